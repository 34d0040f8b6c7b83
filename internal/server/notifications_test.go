package server_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/delivery"
	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/sqlstore"
)

// withNotifications gives a server subscriptions in a real store.
func withNotifications(t *testing.T) func(*server.Config, *harness) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	key, err := identity.NewKey(bytes.Repeat([]byte{7}, identity.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	sender := delivery.NewSender(delivery.SenderConfig{PublicURL: "https://transcoder.example"}, store,
		identity.NewKeyring(key), nil)
	return func(c *server.Config, _ *harness) {
		c.Notifications = struct {
			*sqlstore.DB
			*delivery.Sender
		}{store, sender}
	}
}

// Subscriptions and deliveries: what is answered and what is refused.
func TestNotificationPaths(t *testing.T) {
	t.Parallel()
	h := newHarness(t, withNotifications(t))
	const topic = "arn:aws:sns:us-east-1:000000000000:jobs"
	many := strings.TrimSuffix(strings.Repeat("1,", 1001), ",")
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/v1/subscriptions", "", 200, `{"subscriptions":[]}`},
		{"GET", "/v1/deliveries?status=dead", "", 200, `{"deliveries":[]}`},
		{"POST", "/v1/subscriptions", `{"topicArn":"` + topic + `","endpoint":"https://example.com/hook"}`, 201,
			`"status":"pending"`},
		{"POST", "/v1/subscriptions", `{"topicArn":"` + topic +
			`","endpoint":"https://example.com/","format":"cloudevents"}`, 201, `"secret":"whsec_`},
		{"GET", "/v1/subscriptions?topicArn=" + topic, "", 200,
			`"endpoint":"https://example.com/hook","signatureVersion":1,"status":"pending"`},
		{"GET", "/v1/subscriptions?topicArn=other", "", 200, `{"subscriptions":[]}`},
		{"GET", "/v1/deliveries?status=pending", "", 200, `"topicArn":"` + topic + `","status":"pending","tries":0`},
		{"POST", "/v1/subscriptions", `{"topic":"x"}`, 400, `unknown field`},
		{"POST", "/v1/subscriptions", `{"topicArn":"x","endpoint":"https://example.com/"}`, 400,
			`topicArn \"x\" is not valid`},
		{"POST", "/v1/subscriptions", `{"topicArn":"` + topic + `","endpoint":"http://169.254.169.254/"}`, 400,
			`must be public, or in one of`},
		{"DELETE", "/v1/subscriptions/none", "", 404, `There is no subscription none.`},
		{"GET", "/v1/deliveries?status=lost", "", 400, `status \"lost\" is not valid`},
		{"GET", "/v1/deliveries?after=x", "", 400, `after \"x\" is not valid: it must be the next of an answer`},
		{"POST", "/v1/deliveries/resend", `{}`, 400, `Exactly one of ids`},
		{"POST", "/v1/deliveries/resend", `{"all":true,"ids":[1]}`, 400, `Exactly one of ids`},
		{"POST", "/v1/deliveries/resend", `{"ids":[` + many + `]}`, 400, `Exactly one of ids`},
		{"POST", "/v1/deliveries/resend", `{"ids":[1,2]}`, 200, `{"count":0}`}, // what is pending is no dead letter
		{"POST", "/v1/deliveries/discard", `{"all":true}`, 200, `{"count":0}`},
		{"PUT", "/v1/subscriptions", `{}`, 405, `GET, POST`},
		{"GET", "/sns/", "", 400, `Action \"\" is not valid`},
		{"DELETE", "/sns/", "", 405, `GET, POST`},
		{"GET", "/sns/?Action=ConfirmSubscription&TopicArn=" + topic, "", 404, `No subscription has this token.`},
		{"GET", "/sns/?Action=Unsubscribe&SubscriptionArn=" + topic + ":none", "", 404,
			`No subscription has this token.`},
		{"GET", "/sns/other.pem", "", 404, `/sns/other.pem`},
	} {
		if a := h.do(c.method, c.path, c.body); a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s %s %.80s: %d %s; want %d with %s", c.method, c.path, c.body, a.status, a.body, c.status,
				c.want)
		}
	}
}

// A long list comes in pages.
func TestDeliveryPages(t *testing.T) {
	t.Parallel()
	h := newHarness(t, withNotifications(t))
	for i := range 101 {
		body := fmt.Sprintf(`{"topicArn":"arn:aws:sns:us-east-1:000000000000:jobs",`+
			`"endpoint":"https://example.com/%d"}`, i)
		if a := h.do("POST", "/v1/subscriptions", body); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if a := h.do("GET", "/v1/deliveries", ""); strings.Count(a.body, `"id"`) != 100 ||
		!strings.HasSuffix(a.body, `"next":100}`) {
		t.Errorf("the first page has %d, and ends with %s", strings.Count(a.body, `"id"`),
			a.body[max(0, len(a.body)-20):])
	}
	if a := h.do("GET", "/v1/deliveries?after=100", ""); strings.Count(a.body, `"id"`) != 1 ||
		strings.Contains(a.body, `"next"`) {
		t.Errorf("the second page is %s", a.body)
	}
}
