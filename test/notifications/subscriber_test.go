package notifications

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

const (
	topic = "arn:aws:sns:us-east-1:000000000000:jobs"
	// within bounds every wait, on a busy machine.
	within = 3 * time.Minute
)

// message is a request that a subscriber got.
type message struct {
	header http.Header
	body   []byte
}

// envelope is a message in the form of Amazon SNS.
type envelope struct {
	Type, MessageId, TopicArn, Subject, Message, SubscribeURL, UnsubscribeURL, SigningCertURL string
}

func (m message) envelope(t *testing.T) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal(m.body, &e); err != nil {
		t.Fatalf("%v: %s", err, m.body)
	}
	return e
}

// subscriber is an endpoint on loopback.
type subscriber struct {
	url string
	// got are the messages that it has accepted.
	got chan message
	// tries counts all; refuse makes so many of them fail.
	tries, refuse atomic.Int32
	// hang, if not nil, keeps every message without an answer; arrived tells of it.
	hang, arrived chan struct{}
}

func newSubscriber(t *testing.T) *subscriber {
	t.Helper()
	s := &subscriber{got: make(chan message, 100), arrived: make(chan struct{}, 100)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the server was killed
	}
	s.tries.Add(1)
	s.arrived <- struct{}{}
	if s.hang != nil {
		select {
		case <-s.hang:
		case <-r.Context().Done():
			return
		}
	}
	if s.refuse.Add(-1) >= 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.got <- message{r.Header, body}
}

// next is the next message that it accepted.
func (s *subscriber) next(t *testing.T) message {
	t.Helper()
	select {
	case m := <-s.got:
		return m
	case <-time.After(within):
		t.Fatalf("nothing came; %d tries", s.tries.Load())
		panic("not reached")
	}
}

// allow lets subscribers be on this machine.
var allow = []string{"--subscriber-networks", "127.0.0.0/8"}

// bench is a server with a clip and a pipeline that publishes to the topic.
type bench struct {
	*testing.T
	server *reelastictest.Fixture
}

func newBench(t *testing.T, server *reelastictest.Server) *bench {
	t.Helper()
	f := reelastictest.On(t, server)
	f.Within = within
	f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	_, err := f.Client.UpdatePipelineNotifications(t.Context(), &api.UpdatePipelineNotificationsRequest{
		Id: &f.PipelineID,
		Notifications: &api.Notifications{
			Progressing: new(topic), Completed: new(topic), Warning: new(topic), Error: new(topic),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t, f}
}

func (b *bench) subscribe(in v1.CreateSubscriptionRequest) (*v1.Subscription, string) {
	b.Helper()
	in.TopicARN = topic
	s, secret, err := b.server.Client.Subscribe(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	return s, secret
}

const (
	testedRole  = "arn:aws:iam::000000000000:role/r"
	testSubject = "Amazon Elastic Transcoder test notification"
	testMessage = "{\n  \"state\" : \"TEST\",\n  \"version\" : \"2012-09-25\",\n  \"role\" : \"" + testedRole + "\"\n}"
)

// testRole tries the role with topics, and returns what the server says of it.
func (b *bench) testRole(topics ...string) string {
	b.Helper()
	out, err := b.server.Client.TestRole(b.Context(), &api.TestRoleRequest{
		Role: new(testedRole), InputBucket: new("in"), OutputBucket: new("in"), Topics: topics,
	})
	if err != nil {
		b.Fatal(err)
	}
	return *out.Success + " " + strings.Join(out.Messages, "; ")
}

// get follows a link as a receiver of a message does.
func (b *bench) get(link string, status int) string {
	b.Helper()
	answer, err := b.server.HTTP().Get(link)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		b.Fatalf("GET %s: %s, %v: %s; want %d", link, answer.Status, err, text, status)
	}
	return string(text)
}

// submit makes a job of one output under a key.
func (b *bench) submit(key string) string {
	b.Helper()
	output := reelastictest.Output(key, reelastictest.HLS400k, "10")
	output.ThumbnailPattern = new("thumbs-{count}")
	return b.server.Submit(b.T, &api.CreateJobRequest{
		Input: &api.JobInput{Key: new("clip.mp4")}, OutputKeyPrefix: new("made/"), Output: &output,
	})
}

func (b *bench) await(job string) *api.Job {
	b.Helper()
	return b.server.Await(b.T, job)
}
