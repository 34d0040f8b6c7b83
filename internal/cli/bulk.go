package cli

import (
	"context"
	"fmt"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type bulkCommands struct {
	Cancel     bulkCancelCommand     `cmd:"" help:"Cancel all jobs that match a filter."`
	Retry      bulkRetryCommand      `cmd:"" help:"Retry all jobs in Error or Canceled that match a filter."`
	Prioritize bulkPrioritizeCommand `cmd:"" help:"Change the priority of all waiting jobs that match a filter."`
	List       listBulkCommand       `cmd:"" help:"List bulk actions, the newest first."`
	Stop       stopBulkCommand       `cmd:"" help:"Stop a bulk action. What it has done is not undone."`
}

// bulkAction is an action on what a filter selects.
type bulkAction struct {
	jobFilter `embed:""`
	Detach    bool `name:"detach" help:"Return at once; the server goes on."`
	remote    `embed:""`
}

// bulkEvery is how often the progress of a bulk action is asked for.
const bulkEvery = 500 * time.Millisecond

// run begins an action, and shows how far it is until it has ended.
func (b bulkAction) run(ctx context.Context, s streams, action string, priority int) error {
	return b.with(func(cl *client.Client) error {
		a, err := cl.CreateBulkAction(ctx, v1.CreateBulkActionRequest{Action: action, Priority: priority,
			Filter: b.filter()})
		if err != nil {
			return err
		}
		tick := time.NewTicker(bulkEvery)
		defer tick.Stop()
		for shown := ""; ; {
			if line := bulkLine(*a); line != shown {
				fmt.Fprintln(s.out, line)
				shown = line
			}
			if a.State != "running" || b.Detach {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
			if a, err = cl.BulkAction(ctx, a.ID); err != nil {
				return err
			}
		}
	})
}

func bulkLine(a v1.BulkAction) string {
	line := fmt.Sprintf("%s %s: %s, %d done, %d skipped, %d failed",
		a.Action, a.ID, a.State, a.Done, a.Skipped, a.Failed)
	if a.LastError != "" {
		line += ": " + a.LastError
	}
	return line
}

type bulkCancelCommand struct {
	bulkAction `embed:""`
}

// Run cancels jobs.
func (c *bulkCancelCommand) Run(ctx context.Context, s streams) error {
	return c.run(ctx, s, "cancel", 0)
}

type bulkRetryCommand struct {
	bulkAction `embed:""`
}

// Run retries jobs.
func (c *bulkRetryCommand) Run(ctx context.Context, s streams) error {
	return c.run(ctx, s, "retry", 0)
}

type bulkPrioritizeCommand struct {
	Priority   int `name:"priority" required:"" help:"0 to 9; jobs with a higher priority start first."`
	bulkAction `embed:""`
}

// Run prioritizes jobs.
func (c *bulkPrioritizeCommand) Run(ctx context.Context, s streams) error {
	return c.run(ctx, s, "prioritize", c.Priority)
}

type listBulkCommand struct {
	output `embed:""`
	remote `embed:""`
}

// bulkColumns are those of the list of bulk actions.
var bulkColumns = []column[v1.BulkAction]{
	{"ID", func(a v1.BulkAction) string { return a.ID }},
	{"ACTION", func(a v1.BulkAction) string { return a.Action }},
	{"STATE", func(a v1.BulkAction) string { return a.State }},
	{"DONE", func(a v1.BulkAction) string { return fmt.Sprint(a.Done) }},
	{"SKIPPED", func(a v1.BulkAction) string { return fmt.Sprint(a.Skipped) }},
	{"FAILED", func(a v1.BulkAction) string { return fmt.Sprint(a.Failed) }},
	{"BY", func(a v1.BulkAction) string { return a.Caller }},
	{"CREATED", func(a v1.BulkAction) string { return moment(a.Created) }},
	{"ERROR", func(a v1.BulkAction) string { return a.LastError }},
}

// Run lists bulk actions.
func (c *listBulkCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		return printList(c.output, s.out, bulkColumns, cl.BulkActions(ctx))
	})
}

type stopBulkCommand struct {
	ID     string `arg:"" help:"Id of the bulk action."`
	remote `embed:""`
}

// Run ends a bulk action.
func (c *stopBulkCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		a, err := cl.StopBulkAction(ctx, c.ID)
		if err == nil {
			fmt.Fprintln(s.out, bulkLine(*a))
		}
		return err
	})
}
