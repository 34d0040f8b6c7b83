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
	Pipeline string            `name:"pipeline" placeholder:"ID" help:"Only jobs of this pipeline."`
	Status   string            `name:"status" help:"Only Submitted, Progressing, Complete, Canceled or Error."`
	Text     string            `name:"text" help:"Only with these words in ids and keys; the last may be a prefix."`
	Metadata map[string]string `name:"metadata" placeholder:"KEY=VALUE" help:"Only with this user metadata; repeatable."`
	From     *time.Time        `name:"from" placeholder:"TIME" format:"${time}" help:"Only submitted at this time (RFC 3339) or later."`
	Until    *time.Time        `name:"until" placeholder:"TIME" format:"${time}" help:"Only submitted before this time (RFC 3339)."`
}

func (f jobFilter) filter() v1.JobFilter {
	return v1.JobFilter{PipelineID: f.Pipeline, Status: f.Status, Text: f.Text, UserMetadata: f.Metadata,
		SubmittedFrom: f.From, SubmittedUntil: f.Until}
}

// filtered reports whether there is a filter.
func (f jobFilter) filtered() bool {
	return f.Pipeline != "" || f.Status != "" || f.Text != "" || len(f.Metadata) > 0 || f.From != nil || f.Until != nil
}

type listJobsCommand struct {
	Words     []string `arg:"" optional:"" name:"text" help:"Words to search for, as with --text."`
	Limit     int      `name:"limit" default:"50" help:"Maximum number of jobs; 0: all."`
	jobFilter `embed:""`
	output    `embed:""`
	remote    `embed:""`
}

// Run lists the jobs.
func (c *listJobsCommand) Run(ctx context.Context, s streams) error {
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
