package client

import (
	"context"
	"iter"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// Subscribe makes a subscription. In the format "sns" it gets events when its
// endpoint has confirmed it; in the format "cloudevents" at once, and the secret of
// its signatures is returned, this once.
func (c *Client) Subscribe(ctx context.Context,
	in v1.CreateSubscriptionRequest) (s *v1.Subscription, secret string, err error) {
	out, err := extend[v1.CreateSubscriptionResponse](ctx, c, extended{name: "CreateSubscription", body: in})
	if err != nil {
		return nil, "", err
	}
	return &out.Subscription, out.Secret, nil
}

// Subscriptions lists those of a topic, or all for "", the oldest first.
func (c *Client) Subscriptions(ctx context.Context, topicARN string) ([]v1.Subscription, error) {
	out, err := extend[v1.ListSubscriptionsResponse](ctx, c,
		extended{name: "ListSubscriptions", query: queryOf(map[string]string{"topicArn": topicARN})})
	return orEmpty(out).Subscriptions, err
}

// Unsubscribe deletes a subscription and what it has not got yet.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	_, err := extend[v1.Empty](ctx, c, extended{name: "DeleteSubscription", id: id})
	return err
}

// Deliveries lists what has not arrived yet, the oldest first: of a status
// ("pending", "dead", or "" for both) and a subscriber ("" for all). An error ends the list.
func (c *Client) Deliveries(ctx context.Context, status, subscriber string) iter.Seq2[v1.Delivery, error] {
	query := queryOf(map[string]string{"status": status, "subscriber": subscriber})
	return listed(ctx, c, extended{name: "ListDeliveries", query: query}, "after",
		func(page *v1.ListDeliveriesResponse) ([]v1.Delivery, string) {
			return page.Deliveries, numbered(page.Next)
		})
}

// ResendDeliveries sends dead letters again and returns their number.
func (c *Client) ResendDeliveries(ctx context.Context, which v1.SelectDeliveriesRequest) (int, error) {
	return c.changeDeliveries(ctx, extended{name: "ResendDeliveries", body: which})
}

// DiscardDeliveries forgets dead letters and returns their number.
func (c *Client) DiscardDeliveries(ctx context.Context, which v1.SelectDeliveriesRequest) (int, error) {
	return c.changeDeliveries(ctx, extended{name: "DiscardDeliveries", body: which})
}

func (c *Client) changeDeliveries(ctx context.Context, e extended) (int, error) {
	out, err := extend[v1.SelectDeliveriesResponse](ctx, c, e)
	return orEmpty(out).Count, err
}
