package cli

import (
	"context"
	"fmt"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type bulkCommands struct {
	List listBulkCommand `cmd:"" help:"List bulk actions, the newest first. job cancel, retry and prioritize begin them."`
	Stop stopBulkCommand `cmd:"" help:"Stop a bulk action. What it has done is not undone."`
}

// bulkAction is what is done with all jobs that match a filter.
type bulkAction struct {
	name     string
	priority int
}

// bulkEvery is how often the progress of a bulk action is asked for.
const bulkEvery = 500 * time.Millisecond

// run begins an action, and shows how far it is until it has ended, unless it is detached.
func (b bulkAction) run(ctx context.Context, cl *client.Client, s streams, filter v1.JobFilter, detach bool) error {
	a, err := cl.CreateBulkAction(ctx, v1.CreateBulkActionRequest{Action: b.name, Priority: b.priority, Filter: filter})
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
		if a.State != "running" || detach {
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
}

func bulkLine(a v1.BulkAction) string {
	line := fmt.Sprintf("%s %s: %s, %d done, %d skipped, %d failed",
		a.Action, a.ID, a.State, a.Done, a.Skipped, a.Failed)
	if a.LastError != "" {
		line += ": " + a.LastError
	}
	return line
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
