package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type subscriptionCommands struct {
	Create createSubscriptionCommand `cmd:"" help:"Subscribe an HTTP(S) endpoint to a topic."`
	List   listSubscriptionsCommand  `cmd:"" help:"List subscriptions."`
	Delete deleteSubscriptionCommand `cmd:"" help:"Delete a subscription and its pending deliveries."`
}

type deliveryCommands struct {
	List    listDeliveriesCommand    `cmd:"" help:"List notifications that were not delivered."`
	Resend  resendDeliveriesCommand  `cmd:"" help:"Send dead letters again."`
	Discard discardDeliveriesCommand `cmd:"" help:"Delete dead letters."`
}

type createSubscriptionCommand struct {
	Topic            string `arg:"" help:"ARN of the topic, as in a pipeline's Notifications."`
	URL              string `arg:"" name:"url" help:"Address of the endpoint, http or https."`
	Format           string `name:"format" default:"sns" enum:"sns,cloudevents" help:"sns or cloudevents."`
	SignatureVersion int    `name:"signature-version" default:"0" enum:"0,1,2" help:"For sns: 1 (SHA-1, default) or 2."`
	remote           `embed:""`
}

// Help explains the formats.
func (*createSubscriptionCommand) Help() string {
	return "In the format sns the endpoint gets Amazon SNS messages, once it has confirmed. " +
		"In the format cloudevents it gets CloudEvents, signed as Standard Webhooks, at once."
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
	Topic  string `name:"topic" placeholder:"ARN" help:"Only subscriptions to this topic."`
	output `embed:""`
	remote `embed:""`
}

// subscriptionColumns are those of the list of subscriptions.
var subscriptionColumns = []column[v1.Subscription]{
	{"ID", func(s v1.Subscription) string { return s.ID }},
	{"STATUS", func(s v1.Subscription) string { return s.Status }},
	{"FORMAT", func(s v1.Subscription) string { return s.Format }},
	{"CREATED", func(s v1.Subscription) string { return moment(s.Created) }},
	{"TOPIC", func(s v1.Subscription) string { return s.TopicARN }},
	{"ENDPOINT", func(s v1.Subscription) string { return s.Endpoint }},
}

// Run prints the subscriptions.
func (c *listSubscriptionsCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		all, err := cl.Subscriptions(ctx, c.Topic)
		if err != nil {
			return err
		}
		return printList(c.output, s.out, subscriptionColumns, elements(all))
	})
}

type deleteSubscriptionCommand struct {
	ID           string `arg:"" help:"Id of the subscription."`
	confirmation `embed:""`
	remote       `embed:""`
}

// Run deletes the subscription.
func (c *deleteSubscriptionCommand) Run(ctx context.Context, s streams) error {
	if err := c.confirm(s, fmt.Sprintf("Delete the subscription %s?", c.ID)); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error { return cl.Unsubscribe(ctx, c.ID) })
}

type listDeliveriesCommand struct {
	Status     string `name:"status" default:"dead" enum:"dead,pending,any" help:"dead (given up), pending or any."`
	Subscriber string `name:"subscriber" help:"Only for this subscriber: id of a subscription, or a topic."`
	output     `embed:""`
	remote     `embed:""`
}

// deliveryColumns are those of the list of deliveries.
var deliveryColumns = []column[v1.Delivery]{
	{"ID", func(d v1.Delivery) string { return strconv.FormatInt(d.ID, 10) }},
	{"STATUS", func(d v1.Delivery) string { return d.Status }},
	{"EVENT", func(d v1.Delivery) string { return d.State }},
	{"JOB", func(d v1.Delivery) string { return d.JobID }},
	{"TRIES", func(d v1.Delivery) string { return strconv.Itoa(d.Tries) }},
	{"NEXT TRY", func(d v1.Delivery) string { return date(d.NextTry) }},
	{"SUBSCRIBER", func(d v1.Delivery) string { return d.Subscriber }},
	{"LAST ERROR", func(d v1.Delivery) string { return d.LastError }},
}

// Run prints the deliveries.
func (c *listDeliveriesCommand) Run(ctx context.Context, s streams) error {
	status := c.Status
	if status == "any" {
		status = ""
	}
	return c.with(func(cl *client.Client) error {
		return printList(c.output, s.out, deliveryColumns, cl.Deliveries(ctx, status, c.Subscriber))
	})
}

// deliveryChoice names dead letters on the command line.
type deliveryChoice struct {
	IDs        []int64 `arg:"" optional:"" name:"id" help:"Ids of dead letters."`
	Subscriber string  `name:"subscriber" help:"All dead letters of a subscriber: a subscription's id, or a topic."`
	All        bool    `name:"all" help:"All dead letters."`
}

func (c deliveryChoice) choice() (v1.SelectDeliveriesRequest, error) {
	given := 0
	for _, is := range []bool{len(c.IDs) > 0, c.Subscriber != "", c.All} {
		if is {
			given++
		}
	}
	if given != 1 {
		return v1.SelectDeliveriesRequest{}, &usageError{errors.New("one of ids, --subscriber and --all must be given")}
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
	confirmation   `embed:""`
	remote         `embed:""`
}

// Run forgets them and prints how many.
func (c *discardDeliveriesCommand) Run(ctx context.Context, s streams) error {
	if _, err := c.choice(); err != nil {
		return err
	}
	if err := c.confirm(s, "Discard these dead letters?"); err != nil {
		return err
	}
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
