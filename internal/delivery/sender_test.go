package delivery_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/delivery"
	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/transcode"
)

const topic = "arn:aws:sns:eu-west-1:111122223333:jobs"

// loopback allows subscribers on this machine, which all servers of tests are.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// request is what a subscriber got.
type request struct {
	header http.Header
	path   string
	body   []byte
}

// subscriber is a real endpoint that keeps what it gets and answers as it is told.
func subscriber(t *testing.T, answer http.HandlerFunc) (address string, got <-chan request) {
	t.Helper()
	ch := make(chan request, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		ch <- request{r.Header, r.URL.String(), body}
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, ch
}

// roles gives credentials by the name of a role.
type roles map[string]transcode.RoleCredentials

func (r roles) Credentials(_ context.Context, role string) (transcode.RoleCredentials, error) {
	c, ok := r[role]
	if !ok {
		return c, errors.New("no such role")
	}
	return c, nil
}

// Expired gives the role the session that follows.
func (r roles) Expired(role, token string) bool {
	c := r[role]
	c.SessionToken = token + "2"
	r[role] = c
	return true
}

type bench struct {
	*delivery.Sender
	store *sqlstore.DB
}

func newBench(t *testing.T, cfg delivery.SenderConfig, r roles) bench {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return newBenchOn(t, cfg, r, store)
}

func newBenchOn(t *testing.T, cfg delivery.SenderConfig, r roles, store *sqlstore.DB) bench {
	t.Helper()
	key, err := identity.NewKey(bytes.Repeat([]byte{7}, identity.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Region, cfg.Account = "eu-west-1", "111122223333"
	if cfg.PublicURL == "" {
		cfg.PublicURL = "https://sns.eu-west-1.example.test/"
	}
	s := delivery.NewSender(cfg, store, identity.NewKeyring(key), r)
	t.Cleanup(s.Close)
	return bench{s, store}
}

// event is a notification for a subscription.
func event(s *notify.Subscription) notify.Delivery {
	return notify.Delivery{ID: 1, MessageID: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", Subscriber: s.ID, Subscription: s,
		Topic: s.Topic, Role: "arn:aws:iam::111122223333:role/transcoder", JobID: "1502631977930-rabioh",
		PipelineID: "1502609200466-80khou",
		State:      "COMPLETED", Message: []byte("{\n  \"state\" : \"COMPLETED\",\n  \"key\" : \"<ü&>\"\n}"),
		Created: time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)}
}

func (b bench) subscribe(t *testing.T, r notify.SubscriptionRequest) (*notify.Subscription, string) {
	t.Helper()
	r.TopicARN = topic
	s, secret, err := b.Subscribe(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s, secret
}

// verify checks the signature of an envelope as its receivers do, and returns its members.
func (b bench) verify(t *testing.T, body []byte, signed ...string) map[string]string {
	t.Helper()
	var e map[string]string
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	var text strings.Builder
	for _, name := range signed {
		text.WriteString(name + "\n" + e[name] + "\n")
	}
	file := e["SigningCertURL"][strings.LastIndex(e["SigningCertURL"], "/")+1:]
	certificate, err := b.Certificate(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(certificate)
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(e["Signature"])
	if err != nil {
		t.Fatal(err)
	}
	hash, sum := crypto.SHA256, sha256.Sum256([]byte(text.String()))
	digest := sum[:]
	if e["SignatureVersion"] == "1" {
		short := sha1.Sum([]byte(text.String()))
		hash, digest = crypto.SHA1, short[:]
	}
	if err := rsa.VerifyPKCS1v15(parsed.PublicKey.(*rsa.PublicKey), hash, digest, signature); err != nil {
		t.Errorf("signature version %s over %q: %v", e["SignatureVersion"], text.String(), err)
	}
	return e
}

func TestNotificationInTheEnvelope(t *testing.T) {
	t.Parallel()
	b := newBench(t, delivery.SenderConfig{Allowed: loopback}, nil)
	address, got := subscriber(t, nil)
	for version := 1; version <= 2; version++ {
		s, secret := b.subscribe(t, notify.SubscriptionRequest{Endpoint: address + "/hook?a=b",
			SignatureVersion: version})
		if secret != "" || s.Confirmed {
			t.Errorf("secret %q, confirmed %v", secret, s.Confirmed)
		}
		if err := b.Deliver(t.Context(), event(s)); err != nil {
			t.Fatal(err)
		}
		r := <-got
		e := b.verify(t, r.body, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
		want := `{
  "Type" : "Notification",
  "MessageId" : "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
  "TopicArn" : "` + topic + `",
  "Subject" : "Amazon Elastic Transcoder has finished transcoding job 1502631977930-rabioh.",
  "Message" : "{\n  \"state\" : \"COMPLETED\",\n  \"key\" : \"<ü&>\"\n}",
  "Timestamp" : "2026-01-02T03:04:05.006Z",
  "SignatureVersion" : "` + string(rune('0'+version)) + `",
  "Signature" : "` + e["Signature"] + `",
  "SigningCertURL" : "` + e["SigningCertURL"] + `",
  "UnsubscribeURL" : "https://sns.eu-west-1.example.test/sns/?Action=Unsubscribe&SubscriptionArn=` +
			url.QueryEscape(s.ARN()) + `&Token=` + s.Token + `"
}`
		if diff := cmp.Diff(want, string(r.body)); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
		if !strings.HasPrefix(e["SigningCertURL"],
			"https://sns.eu-west-1.example.test/sns/SimpleNotificationService-") {
			t.Errorf("SigningCertURL %s", e["SigningCertURL"])
		}
		for name, want := range map[string]string{"x-amz-sns-message-type": "Notification",
			"x-amz-sns-message-id": e["MessageId"],
			"x-amz-sns-topic-arn":  topic, "x-amz-sns-subscription-arn": s.ARN(),
			"Content-Type": "text/plain; charset=UTF-8"} {
			if value := r.header.Get(name); value != want {
				t.Errorf("%s: %q, want %q", name, value, want)
			}
		}
		if r.path != "/hook?a=b" {
			t.Errorf("path %s", r.path)
		}
	}
}

func TestRequestToConfirm(t *testing.T) {
	t.Parallel()
	b := newBench(t, delivery.SenderConfig{Allowed: loopback}, nil)
	address, got := subscriber(t, nil)
	s, _ := b.subscribe(t, notify.SubscriptionRequest{Endpoint: strings.Replace(address, "://", "://user:pass%20word@",
		1)})
	if s.Endpoint != address {
		t.Errorf("endpoint %s: user and password belong to what is sealed", s.Endpoint)
	}
	due, err := b.store.DueDeliveries(t.Context(), s.ID, 1)
	if err != nil || len(due) != 1 {
		t.Fatalf("%+v, %v", due, err)
	}
	if err := b.Deliver(t.Context(), due[0]); err != nil {
		t.Fatal(err)
	}
	r := <-got
	e := b.verify(t, r.body, "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
	if e["Type"] != "SubscriptionConfirmation" || r.header.Get("x-amz-sns-message-type") != e["Type"] ||
		e["Token"] != s.Token ||
		e["SubscribeURL"] != "https://sns.eu-west-1.example.test/sns/?Action=ConfirmSubscription&TopicArn="+
			url.QueryEscape(topic)+"&Token="+s.Token {
		t.Errorf("the request is %s", r.body)
	}
	if want := "Basic " +
		base64.StdEncoding.EncodeToString([]byte("user:pass word")); r.header.Get("Authorization") != want {
		t.Errorf("Authorization %q, want %q", r.header.Get("Authorization"), want)
	}
}

func TestCloudEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t, delivery.SenderConfig{Allowed: loopback}, nil)
	address, got := subscriber(t, nil)
	s, secret := b.subscribe(t, notify.SubscriptionRequest{Format: "cloudevents", Endpoint: address})
	if !s.Confirmed || bytes.Contains(s.Sealed, []byte(secret)) {
		t.Errorf("subscription %+v", s)
	}
	if err := b.Deliver(t.Context(), event(s)); err != nil {
		t.Fatal(err)
	}
	r := <-got
	want := `{"specversion":"1.0","id":"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324","source":"arn:aws:elastictranscoder:eu-west-1:111122223333:pipeline/1502609200466-80khou",` +
		`"type":"reelastic.job.completed","subject":"1502631977930-rabioh","time":"2026-01-02T03:04:05.006Z","datacontenttype":"application/json","data":{"state":"COMPLETED","key":"\u003cü\u0026\u003e"}}`
	if diff := cmp.Diff(want, string(r.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) != 32 {
		t.Fatalf("secret %q: %v", secret, err)
	}
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, r.header.Get("webhook-id")+"."+r.header.Get("webhook-timestamp")+"."+string(r.body))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.header.Get("webhook-signature") != want {
		t.Errorf("webhook-signature %q, want %q", r.header.Get("webhook-signature"), want)
	}
	if r.header.Get("webhook-id") != "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324" ||
		r.header.Get("Content-Type") != "application/cloudevents+json; charset=utf-8" {
		t.Errorf("header %v", r.header)
	}
}

// Two servers of a fleet sign with one key, whichever makes it.
func TestOneKey(t *testing.T) {
	t.Parallel()
	first := newBench(t, delivery.SenderConfig{}, nil)
	all := []bench{first, newBenchOn(t, delivery.SenderConfig{}, nil, first.store),
		newBenchOn(t, delivery.SenderConfig{}, nil, first.store)}
	address, got := subscriber(t, nil)
	var wg sync.WaitGroup
	for _, b := range all {
		wg.Go(func() {
			allowed := newBenchOn(t, delivery.SenderConfig{Allowed: loopback}, nil, b.store)
			s, _ := allowed.subscribe(t, notify.SubscriptionRequest{Endpoint: address})
			if err := allowed.Deliver(t.Context(), event(s)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for range all {
		first.verify(t, (<-got).body, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
	}
	if _, err := first.Certificate(t.Context(), "SimpleNotificationService-0.pem"); !errors.Is(err,
		transcode.ErrNotFound) {
		t.Errorf("another certificate: %v", err)
	}
}

// What a subscriber may do wrong is an error that says what.
func TestUnwilling(t *testing.T) {
	t.Parallel()
	b := newBench(t, delivery.SenderConfig{Allowed: loopback}, nil)
	elsewhere, visited := subscriber(t, nil)
	for _, c := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"500", "answered 500 Internal Server Error",
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
		{"404", "answered 404 Not Found", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
		{"redirect", "redirects are not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
		}},
		{"no answer", "EOF", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		address, _ := subscriber(t, c.answer)
		s, _ := b.subscribe(t, notify.SubscriptionRequest{Endpoint: address})
		if err := b.Deliver(t.Context(), event(s)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	select {
	case r := <-visited:
		t.Errorf("the redirect was followed: %+v", r)
	default:
	}
}

// A body without end is not read to its end.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, delivery.SenderConfig{Allowed: loopback}, nil)
	written := make(chan int, 1)
	address, _ := subscriber(t, func(w http.ResponseWriter, _ *http.Request) {
		n := 0
		for {
			k, err := w.Write(make([]byte, 64<<10))
			if n += k; err != nil {
				written <- n
				return
			}
		}
	})
	s, _ := b.subscribe(t, notify.SubscriptionRequest{Endpoint: address})
	if err := b.Deliver(t.Context(), event(s)); err != nil {
		t.Error(err)
	}
	if n := <-written; n > 32<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

// Addresses that are not public are refused, also behind a name.
func TestPrivateSubscribers(t *testing.T) {
	t.Parallel()
	b := newBench(t, delivery.SenderConfig{}, nil)
	address, visited := subscriber(t, nil)
	s, _, err := b.Subscribe(t.Context(), notify.SubscriptionRequest{TopicARN: topic,
		Endpoint: strings.Replace(address, "127.0.0.1", "localhost", 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Deliver(t.Context(), event(s)); err == nil || !strings.Contains(err.Error(),
		"must be public, or in one of --subscriber-networks") {
		t.Errorf("a name that means this machine: %v", err)
	}
	select {
	case r := <-visited:
		t.Errorf("it was reached: %+v", r)
	default:
	}
	for _, host := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
		"100.64.1.1", "255.255.255.255",
		"198.18.0.1", "192.0.0.8", "224.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]",
		"[::ffff:10.0.0.1]", "[64:ff9b::a9fe:a9fe]",
		"[2002:7f00:1::]", "[ff02::1]", "[::7f00:1]"} {
		_, _, err := b.Subscribe(t.Context(), notify.SubscriptionRequest{TopicARN: topic, Endpoint: "http://" + host +
			":1/"})
		if e, ok := errors.AsType[*transcode.Error](err); !ok ||
			!strings.Contains(e.Message, "must be public, or in one of --subscriber-networks") {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "[64:ff9b::5db8:d70e]",
		"example.com"} {
		if _, _, err := b.Subscribe(t.Context(),
			notify.SubscriptionRequest{TopicARN: topic, Endpoint: "http://" + host + "/"}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	narrow := newBench(t, delivery.SenderConfig{Allowed: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}, nil)
	for host, allowed := range map[string]bool{"10.1.2.3": true, "10.2.2.3": false, "[::ffff:10.1.2.3]": true} {
		_, _, err := narrow.Subscribe(t.Context(),
			notify.SubscriptionRequest{TopicARN: topic, Endpoint: "http://" + host + "/"})
		if (err == nil) != allowed {
			t.Errorf("%s with 10.1.0.0/16: %v", host, err)
		}
	}
}

func TestSubscriptionRequests(t *testing.T) {
	t.Parallel()
	b := newBench(t, delivery.SenderConfig{}, nil)
	for want, r := range map[string]notify.SubscriptionRequest{
		`topicArn "" is not valid`: {Endpoint: "https://example.com/"},
		`topicArn "arn:aws:sqs:`: {TopicARN: "arn:aws:sqs:us-east-1:000000000000:x",
			Endpoint: "https://example.com/"},
		`format "email" is not valid`: {TopicARN: topic, Format: "email", Endpoint: "https://example.com/"},
		`signatureVersion "3"`:        {TopicARN: topic, SignatureVersion: 3, Endpoint: "https://example.com/"},
		`signatureVersion "1"`: {TopicARN: topic, Format: "cloudevents", SignatureVersion: 1,
			Endpoint: "https://example.com/"},
		`endpoint "" is not valid`:                     {TopicARN: topic},
		`endpoint "ftp://u:xxxxx@example.com/"`:        {TopicARN: topic, Endpoint: "ftp://u:secret@example.com/"},
		`endpoint "https:///x" is not valid`:           {TopicARN: topic, Endpoint: "https:///x"},
		`endpoint is not valid: it must be an address`: {TopicARN: topic, Endpoint: "https://u:secret@exa mple.com"},
		`endpoint has 2060 bytes`: {TopicARN: topic, Endpoint: "https://example.com/" +
			strings.Repeat("x", 2040)},
		`endpoint "https://example.com/#fragment"`: {TopicARN: topic, Endpoint: "https://example.com/#fragment"},
	} {
		_, _, err := b.Subscribe(t.Context(), r)
		if e, ok := errors.AsType[*transcode.Error](err); !ok || !strings.Contains(e.Message, want) ||
			strings.Contains(e.Message, "secret") {
			t.Errorf("%+v: %v, want %q", r, err, want)
		}
	}
}

// TestAmazon publishes to an endpoint that checks the signatures of requests.
func TestAmazon(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111122223333:role/transcoder"
	credentials := sigv4.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "session"}
	status, code := http.StatusOK, "AuthorizationError"
	got := make(chan url.Values, 1)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		known := func(id string) (sigv4.Credentials, bool) { return credentials, id == credentials.AccessKeyID }
		if _, err := sigv4.Verify(r, body, known, time.Now()); err != nil {
			t.Errorf("signature: %v", err)
		}
		if scope := r.Header.Get("Authorization"); !strings.Contains(scope, "/eu-west-1/sns/aws4_request") {
			t.Errorf("Authorization %s: not for the topic's region", scope)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		got <- form
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		if status != http.StatusOK {
			io.WriteString(w, `<ErrorResponse><Error><Type>Sender</Type><Code>`+code+
				`</Code><Message>not allowed to publish</Message></Error></ErrorResponse>`)
			return
		}
		io.WriteString(w,
			`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`)
	}))
	t.Cleanup(endpoint.Close)
	granted := roles{role: {AccessKeyID: credentials.AccessKeyID,
		SecretAccessKey: credentials.SecretAccessKey, SessionToken: credentials.SessionToken,
		Expires: time.Now().Add(time.Hour)}}
	b := newBench(t, delivery.SenderConfig{SNS: endpoint.URL}, granted)
	n := event(&notify.Subscription{Topic: topic})
	n.Subscription, n.Subscriber = nil, topic
	if err := b.Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {topic},
		"Message": {string(n.Message)},
		"Subject": {"Amazon Elastic Transcoder has finished transcoding job 1502631977930-rabioh."}}
	if diff := cmp.Diff(want, <-got); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
	status = http.StatusForbidden
	if err := b.Deliver(t.Context(), n); err == nil ||
		!strings.Contains(err.Error(), role+": AuthorizationError: not allowed to publish") {
		t.Errorf("refused: %v", err)
	}
	<-got
	code = "ExpiredToken"
	if err := b.Deliver(t.Context(), n); err == nil || granted[role].SessionToken != "session2" {
		t.Errorf("a session that has ended: %v, then %s", err, granted[role].SessionToken)
	}
	n.Role = "arn:aws:iam::111122223333:role/other"
	if err := b.Deliver(t.Context(), n); err == nil || !strings.Contains(err.Error(), "no such role") {
		t.Errorf("a role that can't be assumed: %v", err)
	}
	off := newBench(t, delivery.SenderConfig{}, nil)
	if err := off.Deliver(t.Context(), n); err == nil || !strings.Contains(err.Error(), "switch it on with --sns") {
		t.Errorf("switched off: %v", err)
	}
}
