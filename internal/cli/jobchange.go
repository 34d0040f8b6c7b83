package cli

import (
	"context"
	"errors"
	"fmt"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

// jobChoice are the jobs that a command changes: those that are named, or all that match a
// filter, which the server goes through by itself.
type jobChoice struct {
	IDs       []string `arg:"" optional:"" name:"id" help:"Ids of jobs; without any, all jobs that match the filter."`
	jobFilter `embed:"" group:"Filter:"`
	Detach    bool `name:"detach" group:"Filter:" help:"Return at once; the server goes on."`
	remote    `embed:""`
}

// check refuses what can't be ids, and a choice of none, of all, or in two ways.
func (j jobChoice) check() error {
	for _, id := range j.IDs {
		if err := checkJobID(id); err != nil {
			return err
		}
	}
	if (len(j.IDs) > 0) == j.filtered() {
		return &usageError{errors.New("either ids or a filter (--pipeline, --status, --text, --metadata, --from, " +
			"--until) must be given")}
	}
	return nil
}

// change does something with each job that is named, and prints what became of the one that is
// returned; it ends with the first error. Jobs of a filter are the server's to change.
func (j jobChoice) change(ctx context.Context, s streams, action bulkAction,
	do func(cl *client.Client, id string) (*v1.Job, error), became func(*v1.Job) string) error {
	if err := j.check(); err != nil {
		return err
	}
	return j.with(func(cl *client.Client) error {
		if j.filtered() {
			return action.run(ctx, cl, s, j.filter(), j.Detach)
		}
		for _, id := range j.IDs {
			job, err := do(cl, id)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "job %s: %s\n", id, became(job))
		}
		return nil
	})
}

type cancelJobCommand struct {
	jobChoice `embed:""`
}

// Run cancels the jobs.
func (c *cancelJobCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, bulkAction{name: "cancel"},
		func(cl *client.Client, id string) (*v1.Job, error) { return cl.StopJob(ctx, id) },
		func(j *v1.Job) string { return j.Status })
}

type retryJobCommand struct {
	jobChoice `embed:""`
}

// Help says what a retry may replace.
func (*retryJobCommand) Help() string {
	return "A job must be in Error or Canceled. The new one has the same document, reads its input again, and " +
		"may replace objects that the old one has left."
}

// Run retries the jobs and prints the new ones.
func (c *retryJobCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, bulkAction{name: "retry"},
		func(cl *client.Client, id string) (*v1.Job, error) { return cl.RetryJob(ctx, id) },
		func(j *v1.Job) string { return "retried as " + j.ID })
}

type prioritizeJobCommand struct {
	Priority  int `name:"priority" required:"" help:"0 to 9; jobs with a higher priority start first."`
	jobChoice `embed:""`
}

// Run prioritizes the jobs.
func (c *prioritizeJobCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, bulkAction{name: "prioritize", priority: c.Priority},
		func(cl *client.Client, id string) (*v1.Job, error) { return cl.PrioritizeJob(ctx, id, c.Priority) },
		func(j *v1.Job) string { return fmt.Sprintf("priority %d", j.Priority) })
}

// jobColumns are those of lists of jobs.
var jobColumns = []column[v1.Job]{
	{"ID", func(j v1.Job) string { return j.ID }},
	{"PIPELINE", func(j v1.Job) string { return j.PipelineID }},
	{"STATUS", func(j v1.Job) string { return j.Status }},
	{"PRIORITY", func(j v1.Job) string { return fmt.Sprint(j.Priority) }},
	{"SUBMITTED", func(j v1.Job) string { return moment(j.Submitted) }},
	{"INPUT", func(j v1.Job) string { return several(j.InputKeys) }},
	{"OUTPUT", func(j v1.Job) string {
		keys := make([]string, len(j.Outputs))
		for i, o := range j.Outputs {
			keys[i] = j.OutputKeyPrefix + o.Key
		}
		return several(keys)
	}},
}

// several shows the first of several texts and how many more there are.
func several(texts []string) string {
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return texts[0]
	}
	return fmt.Sprintf("%s +%d", texts[0], len(texts)-1)
}
