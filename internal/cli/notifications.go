package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type subscriptionCommands struct {
	Create createSubscriptionCommand `cmd:"" help:"Subscribe an HTTP(S) endpoint to a topic."`
	List   listSubscriptionsCommand  `cmd:"" help:"List subscriptions, one JSON document a line."`
	Delete deleteSubscriptionCommand `cmd:"" help:"Delete a subscription and what it has not got yet."`
}

type deliveryCommands struct {
	List    listDeliveriesCommand    `cmd:"" help:"List notifications that have not arrived, one JSON document a line."`
	Resend  resendDeliveriesCommand  `cmd:"" help:"Send dead letters again."`
	Discard discardDeliveriesCommand `cmd:"" help:"Forget dead letters."`
}

// with runs a call of the server.
func (r remote) with(call func(*client.Client) error) error {
	cl, err := r.open()
	if err != nil {
		return err
	}
	defer cl.CloseIdleConnections()
	err = call(cl)
	if refused, ok := errors.AsType[*client.ResponseError](err); ok && refused.Message != "" {
		return fmt.Errorf("%s: %s", refused.Code, refused.Message)
	}
	return err
}

type createSubscriptionCommand struct {
	Topic            string `arg:"" help:"ARN of the topic, as in a pipeline's Notifications."`
	URL              string `arg:"" name:"url" help:"Address of the endpoint, http or https."`
	Format           string `name:"format" default:"sns" enum:"sns,cloudevents" help:"sns or cloudevents."`
	SignatureVersion int    `name:"signature-version" default:"0" enum:"0,1,2" help:"Of sns: 1 (SHA-1, default) or 2."`
	remote           `embed:""`
}

// Help explains the formats.
func (*createSubscriptionCommand) Help() string {
	return "With the format sns the endpoint gets the envelope of Amazon SNS, after it has confirmed. " +
		"With cloudevents it gets CloudEvents with a Standard Webhooks signature, at once."
}

// Run prints the subscription, with its secret if it has one: it is not shown again.
func (c *createSubscriptionCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		sub, secret, err := cl.Subscribe(ctx, v1.CreateSubscriptionRequest{
			TopicARN: c.Topic, Format: c.Format, Endpoint: c.URL, SignatureVersion: c.SignatureVersion})
		if err != nil {
			return err
		}
		return json.NewEncoder(s.out).Encode(struct {
			*v1.Subscription
			Secret string `json:"secret,omitempty"`
		}{sub, secret})
	})
}

type listSubscriptionsCommand struct {
	Topic  string `name:"topic" placeholder:"ARN" help:"Those of this topic only."`
	remote `embed:""`
}

// Run prints the subscriptions.
func (c *listSubscriptionsCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		all, err := cl.Subscriptions(ctx, c.Topic)
		if err != nil {
			return err
		}
		out := json.NewEncoder(s.out)
		for _, sub := range all {
			if err := out.Encode(sub); err != nil {
				return err
			}
		}
		return nil
	})
}

type deleteSubscriptionCommand struct {
	ID     string `arg:"" help:"Id of the subscription."`
	remote `embed:""`
}

// Run deletes the subscription.
func (c *deleteSubscriptionCommand) Run(ctx context.Context) error {
	return c.with(func(cl *client.Client) error { return cl.Unsubscribe(ctx, c.ID) })
}

type listDeliveriesCommand struct {
	Status     string `name:"status" default:"dead" enum:"dead,pending,any" help:"dead (given up), pending or any."`
	Subscriber string `name:"subscriber" help:"Those of one subscriber: a subscription's id, or a topic."`
	remote     `embed:""`
}

// Run prints the deliveries.
func (c *listDeliveriesCommand) Run(ctx context.Context, s streams) error {
	status := c.Status
	if status == "any" {
		status = ""
	}
	return c.with(func(cl *client.Client) error {
		out := json.NewEncoder(s.out)
		for d, err := range cl.Deliveries(ctx, status, c.Subscriber) {
			if err != nil {
				return err
			}
			if err := out.Encode(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliveryChoice names dead letters on the command line.
type deliveryChoice struct {
	IDs        []int64 `arg:"" optional:"" name:"id" help:"Ids of dead letters."`
	Subscriber string  `name:"subscriber" help:"All of one subscriber: a subscription's id, or a topic."`
	All        bool    `name:"all" help:"All."`
}

func (c deliveryChoice) choice() (v1.SelectDeliveriesRequest, error) {
	given := 0
	for _, is := range []bool{len(c.IDs) > 0, c.Subscriber != "", c.All} {
		if is {
			given++
		}
	}
	if given != 1 {
		return v1.SelectDeliveriesRequest{}, &usageError{errors.New("give ids, --subscriber, or --all")}
	}
	return v1.SelectDeliveriesRequest{IDs: c.IDs, Subscriber: c.Subscriber, All: c.All}, nil
}

type resendDeliveriesCommand struct {
	deliveryChoice `embed:""`
	remote         `embed:""`
}

// Run sends them again and prints how many.
func (c *resendDeliveriesCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.remote, (*client.Client).ResendDeliveries)
}

type discardDeliveriesCommand struct {
	deliveryChoice `embed:""`
	remote         `embed:""`
}

// Run forgets them and prints how many.
func (c *discardDeliveriesCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.remote, (*client.Client).DiscardDeliveries)
}

func (c deliveryChoice) change(ctx context.Context, s streams, r remote,
	change func(*client.Client, context.Context, v1.SelectDeliveriesRequest) (int, error)) error {
	which, err := c.choice()
	if err != nil {
		return err
	}
	return r.with(func(cl *client.Client) error {
		n, err := change(cl, ctx, which)
		if err == nil {
			fmt.Fprintln(s.out, n)
		}
		return err
	})
}
