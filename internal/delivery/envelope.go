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
func (s *Sender) link(action string, params ...string) string {
	text := s.cfg.PublicURL + LinkPath + "?Action=" + action
	for i := 0; i < len(params); i += 2 {
		text += "&" + params[i] + "=" + url.QueryEscape(params[i+1])
	}
	return text
}

// envelopeOf is the message for a subscription, without its signature.
func (s *Sender) envelopeOf(d notify.Delivery) envelope {
	sub, at := d.Subscription, d.Created.UTC().Format(snsTime)
	if d.State == "" {
		return envelope{{"Type", "SubscriptionConfirmation"}, {"MessageId", d.MessageID}, {"Token", sub.Token},
			{"TopicArn", sub.Topic},
			{"Message", "This endpoint shall be subscribed to the topic " + sub.Topic +
				".\nTo confirm it, visit the SubscribeURL of this message."},
			{"SubscribeURL", s.link("ConfirmSubscription", "TopicArn", sub.Topic, "Token", sub.Token)}, {"Timestamp", at}}
	}
	return envelope{{"Type", "Notification"}, {"MessageId", d.MessageID}, {"TopicArn", sub.Topic},
		{"Subject", notify.Subject(d.State, d.JobID)}, {"Message", string(d.Message)}, {"Timestamp", at}}
}

// snsRequest posts a notification in the envelope of Amazon SNS.
func (s *Sender) snsRequest(ctx context.Context, d notify.Delivery) (*http.Request, error) {
	key, err := s.signer(ctx)
	if err != nil {
		return nil, err
	}
	sub, e := d.Subscription, s.envelopeOf(d)
	signature, err := key.sign(sub.SignatureVersion, e.signedText())
	if err != nil {
		return nil, err
	}
	kind := e[0].value
	e = append(e, field{"SignatureVersion", strconv.Itoa(sub.SignatureVersion)}, field{"Signature", signature},
		field{"SigningCertURL", s.cfg.PublicURL + LinkPath + key.file})
	if d.State != "" {
		e = append(e, field{"UnsubscribeURL", s.link("Unsubscribe", "SubscriptionArn", sub.ARN(), "Token", sub.Token)})
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Endpoint, bytes.NewReader(e.document()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	r.Header.Set("x-amz-sns-message-type", kind)
	r.Header.Set("x-amz-sns-message-id", d.MessageID)
	r.Header.Set("x-amz-sns-topic-arn", sub.Topic)
	if d.State != "" {
		r.Header.Set("x-amz-sns-subscription-arn", sub.ARN())
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
func (s *Sender) cloudEventRequest(ctx context.Context, d notify.Delivery, secret []byte) (*http.Request, error) {
	e := cloudEvent{SpecVersion: "1.0", ID: d.MessageID,
		Source: transcode.ARN(s.cfg.Region, s.cfg.Account, "pipeline", d.PipelineID),
		Type:   "reelastic.job." + strings.ToLower(d.State), Subject: d.JobID, Time: d.Created.UTC(),
		DataContentType: "application/json", Data: d.Message}
	if d.State == notify.StateTest {
		e.Source, e.Type, e.Subject = d.Topic, "reelastic.test", d.Role
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Subscription.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	r.Header.Set("webhook-id", d.MessageID)
	r.Header.Set("webhook-timestamp", now)
	r.Header.Set("webhook-signature", webhookSignature(secret, d.MessageID, now, body))
	return r, nil
}
