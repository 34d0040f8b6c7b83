package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// Subscribe makes a subscription. In the format "sns" it gets events when its
// endpoint has confirmed it; in the format "cloudevents" at once, and the secret of
// its signatures is returned, this once.
func (c *Client) Subscribe(ctx context.Context,
	in v1.CreateSubscriptionRequest) (s *v1.Subscription, secret string, err error) {
	var out v1.CreateSubscriptionResponse
	if err := c.extension(ctx, http.MethodPost, "/v1/subscriptions", in, &out); err != nil {
		return nil, "", err
	}
	return &out.Subscription, out.Secret, nil
}

// Subscriptions lists those of a topic, or all for "", the oldest first.
func (c *Client) Subscriptions(ctx context.Context, topicARN string) ([]v1.Subscription, error) {
	var out v1.ListSubscriptionsResponse
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
func (c *Client) Deliveries(ctx context.Context, status, subscriber string) iter.Seq2[v1.Delivery, error] {
	return func(yield func(v1.Delivery, error) bool) {
		query := url.Values{"status": {status}, "subscriber": {subscriber}}
		for {
			var out v1.ListDeliveriesResponse
			if err := c.extension(ctx, http.MethodGet, "/v1/deliveries", nil, &out, RequestQuery(query)); err != nil {
				yield(v1.Delivery{}, err)
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
func (c *Client) ResendDeliveries(ctx context.Context, which v1.SelectDeliveriesRequest) (int, error) {
	return c.changeDeliveries(ctx, "/v1/deliveries/resend", which)
}

// DiscardDeliveries forgets dead letters and returns their number.
func (c *Client) DiscardDeliveries(ctx context.Context, which v1.SelectDeliveriesRequest) (int, error) {
	return c.changeDeliveries(ctx, "/v1/deliveries/discard", which)
}

func (c *Client) changeDeliveries(ctx context.Context, path string, which v1.SelectDeliveriesRequest) (int, error) {
	var out v1.SelectDeliveriesResponse
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
