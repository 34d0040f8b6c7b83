package notifications

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestAmazonSNS publishes to an endpoint that checks signatures, as Amazon's does,
// with the credentials of the process. The first call fails.
func TestAmazonSNS(t *testing.T) {
	keys := sigv4.Credentials{AccessKeyID: "AKIATESTTESTTESTTEST", SecretAccessKey: "a secret of the test"}
	t.Setenv("AWS_ACCESS_KEY_ID", keys.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey)
	t.Setenv("AWS_SESSION_TOKEN", "")
	var calls atomic.Int32
	published := make(chan url.Values, 10)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if _, err := sigv4.Verify(r, body, func(id string) (sigv4.Credentials, bool) {
			return keys, id == keys.AccessKeyID
		}, time.Now()); err != nil {
			t.Errorf("signature: %v", err)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "text/xml")
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if form.Get("TopicArn") != topic {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w,
				`<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>`)
			return
		}
		published <- form
		_, _ = io.WriteString(w,
			`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`)
	}))
	t.Cleanup(endpoint.Close)
	b := newBench(t, reelastictest.Start(t, "--sns", endpoint.URL))
	job := b.submit("first")
	done := b.await(job)
	for _, want := range []struct{ subject, message string }{
		{"Amazon Elastic Transcoder has scheduled job " + job + " for transcoding.",
			progressing(job, b.server.PipelineID)},
		{"Amazon Elastic Transcoder has finished transcoding job " + job + ".", completed(done)},
	} {
		select {
		case got := <-published:
			if got.Get("Action") != "Publish" || got.Get("TopicArn") != topic || got.Get("Subject") != want.subject ||
				got.Get("Message") != want.message {
				t.Errorf("published %v, want %+v", got, want)
			}
		case <-time.After(within):
			t.Fatalf("not published: %s", want.subject)
		}
	}
	if got := b.testRole(topic,
		topic+"2"); got != "false The role arn:aws:iam::000000000000:role/r does not have access to the topic: "+topic+
		"2" {
		t.Errorf("TestRole says %s", got)
	}
	if got := <-published; got.Get("Subject") != testSubject || got.Get("Message") != testMessage {
		t.Errorf("TestRole published %v", got)
	}
}
