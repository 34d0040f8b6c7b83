package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// SubscriptionInput asks for a subscription; see [Client.Subscribe].
type SubscriptionInput struct {
	// TopicARN is the ARN of the topic, as in a pipeline's Notifications.
	TopicARN string `json:"topicArn"`
	// Format is "sns", the envelope of Amazon SNS, or "cloudevents"; "" is "sns".
	Format string `json:"format,omitempty"`
	// Endpoint is an http or https address.
	Endpoint string `json:"endpoint"`
	// SignatureVersion is 1 or 2 in the format "sns"; 0 is 1.
	SignatureVersion int `json:"signatureVersion,omitempty"`
}

// Subscription is an endpoint that gets what is published to a topic.
type Subscription struct {
	ID               string `json:"id"`
	ARN              string `json:"arn"`
	TopicARN         string `json:"topicArn"`
	Format           string `json:"format"`
	Endpoint         string `json:"endpoint"`
	SignatureVersion int    `json:"signatureVersion"`
	// Status is "pending" until the endpoint has confirmed it, then "confirmed".
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
}

// Delivery is a notification that has not arrived yet.
type Delivery struct {
	ID int64 `json:"id"`
	// Subscriber is the id of a subscription, or the topic for Amazon SNS.
	Subscriber string `json:"subscriber"`
	TopicARN   string `json:"topicArn"`
	JobID      string `json:"jobId"`
	PipelineID string `json:"pipelineId"`
	// State is that of the event, such as "COMPLETED"; "" asks to confirm a subscription.
	State string `json:"state"`
	// Status is "pending", or "dead" when it was given up.
	Status    string    `json:"status"`
	Tries     int       `json:"tries"`
	LastError string    `json:"lastError"`
	Created   time.Time `json:"created"`
	// NextTry is nil for one that was given up.
	NextTry *time.Time `json:"nextTry"`
}

// DeliveryChoice says which dead letters a call is about: exactly one of its members.
type DeliveryChoice struct {
	IDs        []int64 `json:"ids,omitempty"`
	Subscriber string  `json:"subscriber,omitempty"`
	All        bool    `json:"all,omitempty"`
}

// Subscribe makes a subscription. In the format "sns" it gets events when its
// endpoint has confirmed it; in the format "cloudevents" at once, and the secret of
// its signatures is returned, this once.
func (c *Client) Subscribe(ctx context.Context, in SubscriptionInput) (s *Subscription, secret string, err error) {
	var out struct {
		Subscription *Subscription `json:"subscription"`
		Secret       string        `json:"secret"`
	}
	err = c.extension(ctx, http.MethodPost, "/v1/subscriptions", in, &out)
	return out.Subscription, out.Secret, err
}

// Subscriptions lists those of a topic, or all for "", the oldest first.
func (c *Client) Subscriptions(ctx context.Context, topicARN string) ([]Subscription, error) {
	var out struct {
		Subscriptions []Subscription `json:"subscriptions"`
	}
	err := c.extension(ctx, http.MethodGet, "/v1/subscriptions", nil, &out,
		RequestQuery(url.Values{"topicArn": {topicARN}}))
	return out.Subscriptions, err
}

// Unsubscribe deletes a subscription and what it has not got yet.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	return c.extension(ctx, http.MethodDelete, "/v1/subscriptions/"+url.PathEscape(id), nil, &struct{}{})
}

// Deliveries lists what has not arrived yet, the oldest first: of a status
// ("pending", "dead", or "" for both) and a subscriber ("" for all).
func (c *Client) Deliveries(ctx context.Context, status, subscriber string) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		query := url.Values{"status": {status}, "subscriber": {subscriber}}
		for {
			var out struct {
				Deliveries []Delivery `json:"deliveries"`
				Next       int64      `json:"next"`
			}
			if err := c.extension(ctx, http.MethodGet, "/v1/deliveries", nil, &out, RequestQuery(query)); err != nil {
				yield(Delivery{}, err)
				return
			}
			for _, d := range out.Deliveries {
				if !yield(d, nil) {
					return
				}
			}
			if out.Next == 0 {
				return
			}
			query.Set("after", strconv.FormatInt(out.Next, 10))
		}
	}
}

// ResendDeliveries sends dead letters again and returns their number.
func (c *Client) ResendDeliveries(ctx context.Context, which DeliveryChoice) (int, error) {
	return c.changeDeliveries(ctx, "/v1/deliveries/resend", which)
}

// DiscardDeliveries forgets dead letters and returns their number.
func (c *Client) DiscardDeliveries(ctx context.Context, which DeliveryChoice) (int, error) {
	return c.changeDeliveries(ctx, "/v1/deliveries/discard", which)
}

func (c *Client) changeDeliveries(ctx context.Context, path string, which DeliveryChoice) (int, error) {
	var out struct {
		Count int `json:"count"`
	}
	err := c.extension(ctx, http.MethodPost, path, which, &out)
	return out.Count, err
}

// extension makes a call of the extension API; in is nil for no body.
func (c *Client) extension(ctx context.Context, method, path string, in, out any, opts ...RequestOption) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	answer, err := c.MakeRequest(ctx, method, path, body, opts...)
	if err != nil {
		return err
	}
	return answer.JSON(out)
}
