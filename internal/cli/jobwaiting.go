package cli

import (
	"context"
	"fmt"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type waitingCommand struct {
	Pipeline string `name:"pipeline" placeholder:"ID" help:"Only jobs of this pipeline."`
	Limit    int    `name:"limit" default:"50" help:"Maximum number of jobs; 0: all."`
	output   `embed:""`
	remote   `embed:""`
}

// waitingColumns are those of the list of waiting jobs.
var waitingColumns = []column[v1.WaitingJob]{
	{"ID", func(j v1.WaitingJob) string { return j.JobID }},
	{"PIPELINE", func(j v1.WaitingJob) string { return j.PipelineID }},
	{"PRIORITY", func(j v1.WaitingJob) string { return fmt.Sprint(j.Priority) }},
	{"ATTEMPTS", func(j v1.WaitingJob) string { return fmt.Sprint(j.Attempts) }},
	{"SINCE", func(j v1.WaitingJob) string { return moment(j.Since) }},
	{"REASON", func(j v1.WaitingJob) string { return j.Reason }},
	{"DETAIL", func(j v1.WaitingJob) string { return j.Detail }},
}

// Run lists the jobs that wait.
func (c *waitingCommand) Run(ctx context.Context, s streams) error {
	if c.Limit < 0 {
		return &usageError{fmt.Errorf("--limit %d must be 0 or more", c.Limit)}
	}
	return c.with(func(cl *client.Client) error {
		return printList(c.output, s.out, waitingColumns, first(c.Limit, cl.WaitingJobs(ctx, c.Pipeline)))
	})
}
