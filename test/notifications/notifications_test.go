package notifications

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// validator is npm's sns-validator, told that certificates come from the server.
type validator struct{ *reelastictest.Driver }

func newValidator(t *testing.T, s *reelastictest.Server) validator {
	t.Helper()
	reelastictest.Need(t, "", "node", "-e", "require('../sdks/js/node_modules/sns-validator')")
	return validator{reelastictest.StartDriver(t, append(os.Environ(), "NODE_EXTRA_CA_CERTS="+s.CertFile), "node",
		"validate.js", s.Addr())}
}

// check lets it judge a message, as it came and with a member changed.
func (v validator) check(t *testing.T, body []byte, tampered ...string) {
	t.Helper()
	ask := func(text []byte) (answer struct {
		Accepted bool
		Refused  string
	}) {
		var whole json.RawMessage = text
		v.Exchange(t, whole, &answer)
		return answer
	}
	if a := ask(body); !a.Accepted {
		t.Errorf("sns-validator refuses our message: %s\n%s", a.Refused, body)
	}
	for _, name := range tampered {
		var members map[string]string
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatal(err)
		}
		members[name] = "x" + members[name]
		changed, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		if a := ask(changed); a.Accepted || a.Refused == "" {
			t.Errorf("sns-validator accepts a message whose %s was changed", name)
		}
	}
}

// TestSubscribers follows two jobs through subscribers of every form, over TLS:
// handshake, exact words, signatures, one that fails first, one that is dead.
func TestSubscribers(t *testing.T) {
	t.Parallel()
	b := newBench(t, reelastictest.StartTLS(t, allow...))
	judge := newValidator(t, b.server.Server)
	dead := newSubscriber(t)
	dead.hang = make(chan struct{}) // it takes everything and never answers
	b.subscribe(v1.CreateSubscriptionRequest{Format: "cloudevents", Endpoint: dead.url})
	one, two, events := newSubscriber(t), newSubscriber(t), newSubscriber(t)
	_, secret := b.subscribe(v1.CreateSubscriptionRequest{Format: "cloudevents", Endpoint: events.url})
	var confirmed envelope
	for version, s := range map[int]*subscriber{1: one, 2: two} {
		s.refuse.Store(1)
		sub, _ := b.subscribe(v1.CreateSubscriptionRequest{Endpoint: s.url, SignatureVersion: version})
		m := s.next(t)
		judge.check(t, m.body, "Token", "SubscribeURL")
		e := m.envelope(t)
		if e.Type != "SubscriptionConfirmation" || sub.Status != "pending" {
			t.Errorf("%s, subscription %+v", m.body, sub)
		}
		if version == 1 {
			confirmed = e
			b.get(strings.Replace(e.SubscribeURL, "&Token=", "&Token=0", 1), 404)
		}
		answer := b.get(e.SubscribeURL, 200)
		if !strings.Contains(answer, "<SubscriptionArn>"+sub.ARN+"</SubscriptionArn>") {
			t.Errorf("the answer to the confirmation: %s", answer)
		}
	}
	one.refuse.Store(1) // its first event fails once, too
	job := b.submit("first")
	done := b.await(job)
	for _, s := range []*subscriber{one, two} {
		for _, want := range []string{progressing(job, b.server.PipelineID), completed(done)} {
			m := s.next(t)
			judge.check(t, m.body, "Message", "Subject", "Signature", "SigningCertURL")
			e := m.envelope(t)
			if diff := cmp.Diff(want, e.Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if m.header.Get("x-amz-sns-message-type") != "Notification" ||
				m.header.Get("x-amz-sns-message-id") != e.MessageId ||
				m.header.Get("x-amz-sns-topic-arn") != topic ||
				m.header.Get("Content-Type") != "text/plain; charset=UTF-8" {
				t.Errorf("header %v", m.header)
			}
		}
	}
	for _, state := range []string{"progressing", "completed"} {
		checkCloudEvent(t, events.next(t), secret, state, job)
	}

	// The key is taken now: the same job again fails with 3002.
	failed := b.await(b.submit("first"))
	for _, want := range []string{progressing(*failed.Id, b.server.PipelineID), taken(failed)} {
		e := one.next(t).envelope(t)
		if diff := cmp.Diff(want, e.Message); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
	}
	subject := "The Amazon Elastic Transcoder job " + *failed.Id + " has failed."
	if two.next(t).envelope(t).Subject == subject || two.next(t).envelope(t).Subject != subject {
		t.Errorf("the second subject is not %q", subject)
	}

	// All that time one subscriber did not answer; the operator sees it.
	if dead.tries.Load() == 0 || len(dead.got) > 0 {
		t.Errorf("the dead subscriber had %d tries and answered %d", dead.tries.Load(), len(dead.got))
	}
	reelastictest.Poll(t, within, "metrics do not count what is pending and what has failed", func() bool {
		_, text := b.server.Send(b, http.MethodGet, "/metrics", nil)
		metrics := string(text)
		return strings.Contains(metrics, `reelastic_deliveries{state="pending"} 4`) &&
			strings.Contains(metrics, `reelastic_deliveries_total{result="failed",transport="sns"} 3`)
	})
	testTopic(b, judge, events, one, two)
	unsubscribe(b, one, confirmed)
	close(dead.hang)
}

// testTopic tries a role: every subscriber gets a test notification.
func testTopic(b *bench, judge validator, events *subscriber, enveloped ...*subscriber) {
	b.Helper()
	if got := b.testRole(topic, topic+"-of-nobody"); got != "true " {
		b.Errorf("TestRole says %s", got)
	}
	for _, s := range enveloped {
		m := s.next(b.T)
		judge.check(b.T, m.body, "Message")
		if e := m.envelope(b.T); e.Type != "Notification" || e.Subject != testSubject || e.Message != testMessage {
			b.Errorf("TestRole published %s", m.body)
		}
	}
	for range 2 { // the events of the job that failed
		events.next(b.T)
	}
	m := events.next(b.T)
	var event struct {
		Type, Source, Subject string
		Data                  struct{ State, Role string }
	}
	if err := json.Unmarshal(m.body, &event); err != nil || event.Type != "reelastic.test" || event.Source != topic ||
		event.Subject != testedRole || event.Data.State != "TEST" || event.Data.Role != testedRole {
		b.Errorf("TestRole published %s, %v", m.body, err)
	}
}

// unsubscribe follows the link of a message; what comes later does not arrive.
func unsubscribe(b *bench, s *subscriber, confirmed envelope) {
	b.Helper()
	b.await(b.submit("second"))
	link := s.next(b.T).envelope(b.T).UnsubscribeURL
	s.next(b.T)
	b.get(strings.Replace(link, "&Token=", "&Token=0", 1), 404)
	b.get(link, 200)
	b.get(link, 404)
	b.get(confirmed.SubscribeURL, 404)
	all, err := b.server.Client.Subscriptions(b.Context(), topic)
	if err != nil || len(all) != 3 {
		b.Errorf("subscriptions %+v, %v; want the other three", all, err)
	}
}

// The texts are those of original.md 5, member by member.

func progressing(job, pipeline string) string {
	return fmt.Sprintf(`{
  "state" : "PROGRESSING",
  "version" : "2012-09-25",
  "jobId" : "%s",
  "pipelineId" : "%s",
  "input" : {
    "key" : "clip.mp4"
  },
  "inputCount" : 1,
  "outputKeyPrefix" : "made/",
  "outputs" : [ {
    "id" : "1",
    "presetId" : "1351620000001-200050",
    "key" : "first",
    "thumbnailPattern" : "thumbs-{count}",
    "segmentDuration" : 10.0,
    "status" : "Progressing"
  } ]
}`, job, pipeline)
}

func completed(job *api.Job) string {
	text := strings.Replace(progressing(*job.Id, *job.PipelineId), `"PROGRESSING"`, `"COMPLETED"`, 1)
	return strings.Replace(text, `"Progressing"`, fmt.Sprintf(`"Complete",
    "duration" : %d,
    "width" : %d,
    "height" : %d`, *job.Output.Duration, *job.Output.Width, *job.Output.Height), 1)
}

// taken is the message of a job of one output whose key was taken.
func taken(job *api.Job) string {
	detail := *job.Output.StatusDetail
	text := strings.Replace(progressing(*job.Id, *job.PipelineId), `"PROGRESSING"`, fmt.Sprintf(`"ERROR",
  "errorCode" : 3002,
  "messageDetails" : %q`, detail), 1)
	return strings.Replace(text, `"Progressing"`, fmt.Sprintf(`"Error",
    "statusDetail" : %q,
    "errorCode" : 3002`, detail), 1)
}

// checkCloudEvent checks document and signature by their specifications.
func checkCloudEvent(t *testing.T, m message, secret, state, job string) {
	t.Helper()
	var event struct {
		SpecVersion, ID, Source, Type, Subject string
		Data                                   struct{ State, JobID string }
	}
	if err := json.Unmarshal(m.body, &event); err != nil {
		t.Fatalf("%v: %s", err, m.body)
	}
	if event.SpecVersion != "1.0" || event.Type != "reelastic.job."+state || event.Subject != job ||
		event.Data.JobID != job ||
		event.Data.State != strings.ToUpper(state) || event.ID != m.header.Get("webhook-id") {
		t.Errorf("the event is %s", m.body)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", event.ID, m.header.Get("webhook-timestamp"), m.body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); m.header.Get("webhook-signature") != want {
		t.Errorf("webhook-signature %s, want %s", m.header.Get("webhook-signature"), want)
	}
}

// TestKillBeforeDelivery ends the server while the end of a job is on its way to a
// subscriber that has not answered: it arrives after the restart.
func TestKillBeforeDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t, reelastictest.Start(t, allow...))
	s := newSubscriber(t)
	b.subscribe(v1.CreateSubscriptionRequest{Format: "cloudevents", Endpoint: s.url})
	s.hang = make(chan struct{})
	job := b.submit("first")
	b.await(job)
	<-s.arrived // the first event is there, without an answer; the second waits for it
	b.server.Kill()
	if n := len(s.got); n != 0 {
		t.Fatalf("%d messages were accepted", n)
	}
	close(s.hang)
	b.server.Restart()
	// The first event comes once more when the answer to it found nobody.
	for want := []string{"PROGRESSING"}; len(want) > 0; {
		var event struct{ Data struct{ State, JobID string } }
		err := json.Unmarshal(s.next(t).body, &event)
		if err != nil || !slices.Contains(want, event.Data.State) || event.Data.JobID != job {
			t.Fatalf("after the restart: %+v, %v; want one of %v", event, err, want)
		}
		want = []string{"PROGRESSING", "COMPLETED"}
		if event.Data.State == "COMPLETED" {
			want = nil
		}
	}
}

// TestDeadLetters gives a subscriber up, and sends the letters again with the
// command line.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	b := newBench(t, reelastictest.Start(t, append([]string{"--delivery-time", "1s"}, allow...)...))
	s := newSubscriber(t)
	s.refuse.Store(1000)
	run := func(status int, args ...string) string {
		t.Helper()
		out, errs, got := reelastictest.Run(t, nil, append(args, "--endpoint-url", b.server.Endpoint(),
			"--data", b.server.Data)...)
		if got != status {
			t.Fatalf("%v: exit status %d, want %d: %s", args, got, status, errs)
		}
		return out
	}
	var sub struct{ ID, Secret, Status string }
	if err := json.Unmarshal([]byte(run(0, "subscription", "create", topic, s.url, "--format", "cloudevents")),
		&sub); err != nil ||
		!strings.HasPrefix(sub.Secret, "whsec_") || sub.Status != "confirmed" {
		t.Fatalf("subscription %+v, %v", sub, err)
	}
	if list := run(0, "subscription", "list"); !strings.Contains(list, sub.ID) || strings.Contains(list, sub.Secret) {
		t.Errorf("list %s", list)
	}
	b.await(b.submit("first"))
	var letters string
	reelastictest.Poll(t, within, "two dead letters", func() bool {
		letters = run(0, "delivery", "list", "--output", "json")
		return strings.Count(letters, "\n") == 2
	})
	var letter v1.Delivery
	if err := json.NewDecoder(strings.NewReader(letters)).Decode(&letter); err != nil ||
		letter.State != "PROGRESSING" || letter.Status != "dead" ||
		letter.Subscriber != sub.ID || letter.LastError != "the subscriber answered 503 Service Unavailable" ||
		letter.NextTry != nil {
		t.Errorf("dead letter %+v, %v", letter, err)
	}
	s.refuse.Store(0)
	if n := run(0, "delivery", "resend", fmt.Sprint(letter.ID)); n != "1\n" {
		t.Errorf("sent %s again", n)
	}
	s.next(t)
	if n := run(0, "delivery", "discard", "--yes", "--subscriber", sub.ID); n != "1\n" {
		t.Errorf("discarded %s", n)
	}
	run(2, "delivery", "resend")
	run(1, "subscription", "create", topic, "http://10.0.0.1/")
	run(1, "subscription", "delete", "--yes", "none")
	run(0, "subscription", "delete", "--yes", sub.ID)
	if list := run(0, "subscription", "list", "--output", "json"); list != "" {
		t.Errorf("list %s", list)
	}
}

// The certificate and the links need no signature, all else does.
func TestSigned(t *testing.T) {
	t.Parallel()
	s := reelastictest.Start(t, allow...)
	for path, want := range map[string]int{"/v1/subscriptions": 403, "/v1/deliveries": 403, "/sns/": 400,
		"/sns/x.pem": 404,
		"/sns/?Action=Unsubscribe&SubscriptionArn=" + topic + ":x": 404, "/sns/a/b": 404} {
		answer, err := http.Get(s.Endpoint() + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, answer.StatusCode, want)
		}
	}
	_, err := s.GoClient().CreatePipeline(t.Context(),
		&api.CreatePipelineRequest{Name: new("x"), InputBucket: new("in"),
			OutputBucket: new("out"), Role: new(reelastictest.Role),
			Notifications: &api.Notifications{Progressing: new("no topic")}})
	if err == nil {
		t.Error("a topic that is no ARN was accepted")
	}
}
