package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

// LinkPath is where the server answers what the messages link to.
const LinkPath = "/sns/"

// field is a member of the envelope.
type field struct{ name, value string }

// envelope is a message of Amazon SNS, its members in the order of the wire.
type envelope []field

// snsTime is the form of a Timestamp.
const snsTime = "2006-01-02T15:04:05.000Z"

// signedFields are what a signature covers, as far as the message has them, in
// their order (Amazon SNS: verifying signatures).
var signedFields = []string{"Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"}

// signedText is what the signature is made over.
func (e envelope) signedText() string {
	var b strings.Builder
	for _, name := range signedFields {
		if i := slices.IndexFunc(e, func(f field) bool { return f.name == name }); i >= 0 {
			b.WriteString(name + "\n" + e[i].value + "\n")
		}
	}
	return b.String()
}

// document is the body as it is sent.
func (e envelope) document() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	separator := "{\n"
	for _, f := range e {
		b.WriteString(separator + `  "` + f.name + `" : `)
		_ = encoder.Encode(f.value) // a string into memory
		b.Truncate(b.Len() - 1)     // the line break
		separator = ",\n"
	}
	b.WriteString("\n}")
	return b.Bytes()
}

// link is an address of the server that needs no signature, because it carries a token.
func (p *Publisher) link(action string, params ...string) string {
	text := p.cfg.PublicURL + LinkPath + "?Action=" + action
	for i := 0; i < len(params); i += 2 {
		text += "&" + params[i] + "=" + url.QueryEscape(params[i+1])
	}
	return text
}

// envelopeOf is the message for a subscription, without its signature.
func (p *Publisher) envelopeOf(n notify.Delivery) envelope {
	s, at := n.Subscription, n.Created.UTC().Format(snsTime)
	if n.State == "" {
		return envelope{{"Type", "SubscriptionConfirmation"}, {"MessageId", n.MessageID}, {"Token", s.Token}, {"TopicArn", s.Topic},
			{"Message", "This endpoint shall be subscribed to the topic " + s.Topic + ".\nTo confirm it, visit the SubscribeURL of this message."},
			{"SubscribeURL", p.link("ConfirmSubscription", "TopicArn", s.Topic, "Token", s.Token)}, {"Timestamp", at}}
	}
	return envelope{{"Type", "Notification"}, {"MessageId", n.MessageID}, {"TopicArn", s.Topic},
		{"Subject", notify.Subject(n.State, n.JobID)}, {"Message", string(n.Message)}, {"Timestamp", at}}
}

// snsRequest posts a notification in the envelope of Amazon SNS.
func (p *Publisher) snsRequest(ctx context.Context, n notify.Delivery) (*http.Request, error) {
	key, err := p.signer(ctx)
	if err != nil {
		return nil, err
	}
	s, e := n.Subscription, p.envelopeOf(n)
	signature, err := key.sign(s.SignatureVersion, e.signedText())
	if err != nil {
		return nil, err
	}
	kind := e[0].value
	e = append(e, field{"SignatureVersion", strconv.Itoa(s.SignatureVersion)}, field{"Signature", signature},
		field{"SigningCertURL", p.cfg.PublicURL + LinkPath + key.file})
	if n.State != "" {
		e = append(e, field{"UnsubscribeURL", p.link("Unsubscribe", "SubscriptionArn", s.ARN(), "Token", s.Token)})
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint, bytes.NewReader(e.document()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	r.Header.Set("x-amz-sns-message-type", kind)
	r.Header.Set("x-amz-sns-message-id", n.MessageID)
	r.Header.Set("x-amz-sns-topic-arn", s.Topic)
	if n.State != "" {
		r.Header.Set("x-amz-sns-subscription-arn", s.ARN())
	}
	return r, nil
}

// cloudEvent is a CloudEvents 1.0 document in structured mode.
type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// cloudEventRequest posts a notification as a CloudEvent, signed as Standard
// Webhooks asks.
func (p *Publisher) cloudEventRequest(ctx context.Context, n notify.Delivery, secret []byte) (*http.Request, error) {
	e := cloudEvent{SpecVersion: "1.0", ID: n.MessageID,
		Source: transcode.ARN(p.cfg.Region, p.cfg.Account, "pipeline", n.PipelineID),
		Type:   "reelastic.job." + strings.ToLower(n.State), Subject: n.JobID, Time: n.Created.UTC(),
		DataContentType: "application/json", Data: n.Message}
	if n.State == notify.StateTest {
		e.Source, e.Type, e.Subject = n.Topic, "reelastic.test", n.Role
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.Subscription.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	r.Header.Set("webhook-id", n.MessageID)
	r.Header.Set("webhook-timestamp", now)
	r.Header.Set("webhook-signature", webhookSignature(secret, n.MessageID, now, body))
	return r, nil
}
