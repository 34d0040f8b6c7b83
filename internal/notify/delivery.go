package notify

import (
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// The forms in which a subscriber of this installation gets notifications.
const (
	// FormatSNS is the envelope in which Amazon SNS posts to HTTP(S) subscribers.
	FormatSNS = "sns"
	// FormatCloudEvents is a CloudEvents 1.0 document with a Standard Webhooks signature.
	FormatCloudEvents = "cloudevents"
)

// Subscription is an HTTP(S) endpoint that gets what is published to a topic.
type Subscription struct {
	// ID is a UUID.
	ID string
	// Topic is the ARN of the topic.
	Topic string
	// Format is one of the Format constants.
	Format string
	// Endpoint is an address without user and password.
	Endpoint string
	// SignatureVersion is 1 or 2 for FormatSNS, 0 otherwise.
	SignatureVersion int
	// Confirmed reports that it gets events; until then it is only asked to confirm.
	Confirmed bool
	// Token is what the links to confirm and to unsubscribe carry. Secret.
	Token string
	// Sealed is what else is secret, sealed with the installation key.
	Sealed []byte
	// Created is when it was made; the store sets it.
	Created time.Time
}

// ARN is the subscription's name on the wire, in the form of Amazon SNS.
func (s *Subscription) ARN() string { return s.Topic + ":" + s.ID }

// Delivery is an event on its way to one subscriber, or, without a State, the
// message that asks a new subscriber to confirm.
type Delivery struct {
	// ID is the delivery's; MessageID is a UUID, the same for all subscribers of
	// an event and for all tries.
	ID        int64
	MessageID string
	// Subscriber is the id of a subscription, or the topic itself for Amazon SNS.
	Subscriber string
	// Subscription is nil for Amazon SNS.
	Subscription *Subscription
	// Topic is the ARN of the topic, Role that of the pipeline.
	Topic, Role string
	// JobID, PipelineID, State and Message are those of the [Event].
	JobID, PipelineID, State string
	Message                  []byte
	// Created is when the event was handed out to subscribers.
	Created time.Time
	// Tries counts failed deliveries since the event was handed out or sent again.
	Tries int
}

// Transport names how a notification travels: "amazon-sns" or the subscription's format.
func (n *Delivery) Transport() string {
	if n.Subscription == nil {
		return "amazon-sns"
	}
	return n.Subscription.Format
}

// Failure is what became of a try to deliver a notification.
type Failure struct {
	// Reason is shown to the operator.
	Reason string
	// RetryAfter is the time to the next try.
	RetryAfter time.Duration
	// GiveUpAfter is how long tries go on; the first failure whose next try would
	// lie beyond it makes the notification a dead letter.
	GiveUpAfter time.Duration
}

// Delivery states, as the store and the extension API tell them.
const (
	Pending = "pending"
	Dead    = "dead"
)

// Record is a notification as the operator sees it.
type Record struct {
	ID                            int64
	Subscriber, Topic             string
	JobID, PipelineID, EventState string // EventState is "" for a request to confirm
	Status                        string
	Tries                         int
	LastError                     string
	Created, NextTry              time.Time
}

// Filter selects deliveries. The zero value selects all.
type Filter struct {
	// Status is one of the Delivery constants, "" for any.
	Status string
	// Subscriber is a subscription's id or a topic, "" for any.
	Subscriber string
	// IDs are those of deliveries; none for any.
	IDs []int64
}

// Stats counts deliveries by state.
type Stats struct{ Pending, Dead int }

// TopicOf is the ARN of the topic for events of a state, "" when the pipeline has none.
func TopicOf(p *api.Pipeline, state string) string {
	if p == nil || p.Notifications == nil {
		return ""
	}
	switch state {
	case StateProgressing:
		return text(p.Notifications.Progressing)
	case StateCompleted:
		return text(p.Notifications.Completed)
	case StateWarning:
		return text(p.Notifications.Warning)
	case StateError:
		return text(p.Notifications.Error)
	}
	return ""
}

// SubscriptionRequest asks for a subscription; it is the body of POST /v1/subscriptions.
type SubscriptionRequest struct {
	TopicARN string `json:"topicArn"`
	// Format is one of the Format constants; "" is FormatSNS.
	Format string `json:"format"`
	// Endpoint is an http or https address; user and password in it are sent as
	// basic authentication.
	Endpoint string `json:"endpoint"`
	// SignatureVersion is 1 or 2 for FormatSNS, 0 is 1; it must be 0 for others.
	SignatureVersion int `json:"signatureVersion"`
}

// topicPattern is the API model's pattern of a topic.
var topicPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\Aarn:aws:sns:.*:\w{12}:.+\z`) })

// maxEndpoint is the longest address of a subscriber, in bytes.
const maxEndpoint = 2048

// Check fills the defaults and returns the endpoint's address.
func (r *SubscriptionRequest) Check() (*url.URL, error) {
	if r.Format == "" {
		r.Format = FormatSNS
	}
	if r.Format == FormatSNS && r.SignatureVersion == 0 {
		r.SignatureVersion = 1
	}
	switch {
	case !topicPattern().MatchString(r.TopicARN):
		return nil, invalid("topicArn", r.TopicARN, "it must be the ARN of a topic, arn:aws:sns:REGION:ACCOUNT:NAME")
	case r.Format != FormatSNS && r.Format != FormatCloudEvents:
		return nil, invalid("format", r.Format, "it must be sns or cloudevents")
	case r.Format == FormatSNS && r.SignatureVersion != 1 && r.SignatureVersion != 2:
		return nil, invalid("signatureVersion", strconv.Itoa(r.SignatureVersion), "it must be 1 or 2")
	case r.Format != FormatSNS && r.SignatureVersion != 0:
		return nil, invalid("signatureVersion", strconv.Itoa(r.SignatureVersion), "it is for the format sns only")
	case len(r.Endpoint) > maxEndpoint:
		return nil, invalidf("endpoint has %d bytes: it must have at most %d.", len(r.Endpoint), maxEndpoint)
	}
	u, err := url.Parse(r.Endpoint)
	if err != nil {
		// What url.Parse says may quote a password.
		return nil, invalidf("endpoint is not valid: it must be an address.")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" || u.Opaque != "" {
		return nil, InvalidEndpoint(r.Endpoint, "it must be http://... or https://..., without a fragment")
	}
	return u, nil
}

// InvalidEndpoint refuses the address of a subscriber; why says what is wrong with
// it. A password in it is not repeated.
func InvalidEndpoint(endpoint, why string) *transcode.Error {
	if u, err := url.Parse(endpoint); err == nil {
		endpoint = u.Redacted()
	}
	return invalid("endpoint", endpoint, why)
}

// invalid refuses the value of a member and says what is allowed instead.
func invalid(member, value, allowed string) *transcode.Error {
	return invalidf("%s %q is not valid: %s.", member, value, allowed)
}

// invalidf refuses a request in words of its own.
func invalidf(format string, args ...any) *transcode.Error {
	return transcode.Errorf(api.ValidationException, format, args...)
}

// Due is a subscriber who has something to get now.
type Due struct {
	Subscriber string
	// Endpoint is the address of a subscription; "" for a topic of Amazon SNS.
	Endpoint string
}
