package cli

import (
	"context"
	"fmt"
	"iter"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

// jobFilter selects jobs on the command line.
type jobFilter struct {
	Pipeline string            `name:"pipeline" placeholder:"ID" help:"Those of one pipeline."`
	Status   string            `name:"status" help:"Submitted, Progressing, Complete, Canceled or Error."`
	Text     string            `name:"text" help:"Words of ids, input keys and output keys; the last as a beginning."`
	Metadata map[string]string `name:"metadata" placeholder:"KEY=VALUE" help:"A pair of the user metadata; repeatable."`
	From     *time.Time        `name:"from" placeholder:"TIME" format:"${time}" help:"Submitted then or later (RFC 3339)."`
	Until    *time.Time        `name:"until" placeholder:"TIME" format:"${time}" help:"Submitted before (RFC 3339)."`
}

func (f jobFilter) filter() v1.JobFilter {
	return v1.JobFilter{PipelineID: f.Pipeline, Status: f.Status, Text: f.Text, UserMetadata: f.Metadata,
		SubmittedFrom: f.From, SubmittedUntil: f.Until}
}

type searchJobsCommand struct {
	Words     []string `arg:"" optional:"" name:"text" help:"As --text."`
	Limit     int      `name:"limit" default:"50" help:"The most jobs to list; 0: all."`
	jobFilter `embed:""`
	output    `embed:""`
	remote    `embed:""`
}

// Run lists the jobs.
func (c *searchJobsCommand) Run(ctx context.Context, s streams) error {
	if c.Limit < 0 {
		return &usageError{fmt.Errorf("--limit %d must be 0 or more", c.Limit)}
	}
	filter := c.filter()
	for _, word := range c.Words {
		filter.Text += " " + word
	}
	return c.with(func(cl *client.Client) error {
		return printList(c.output, s.out, jobColumns, first(c.Limit, cl.SearchJobs(ctx, filter)))
	})
}

// first ends a list after n elements; 0 does not.
func first[T any](n int, all iter.Seq2[T, error]) iter.Seq2[T, error] {
	if n == 0 {
		return all
	}
	return func(yield func(T, error) bool) {
		left := n
		for element, err := range all {
			if left--; !yield(element, err) || left == 0 {
				return
			}
		}
	}
}
