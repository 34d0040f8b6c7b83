package client

import (
	"context"
	"fmt"
	"iter"

	"github.com/reelastic/reelastic/api"
)

// Order is the order of a list, by submit or creation time.
type Order string

// The orders of lists.
const (
	NewestFirst Order = "false" // the service's default
	OldestFirst Order = "true"
)

// JobsByPipeline goes through the jobs of a pipeline, page by page; the order is
// the service's unless one is given. An error ends the list and comes with a
// nil job.
func (c *Client) JobsByPipeline(ctx context.Context, pipelineID string, order ...Order) iter.Seq2[*api.Job, error] {
	return pages("ListJobsByPipeline", func(token *string) ([]api.Job, *string, error) {
		out, err := c.ListJobsByPipeline(ctx,
			&api.ListJobsByPipelineRequest{PipelineId: &pipelineID, Ascending: ascending(order), PageToken: token})
		return orEmpty(out).Jobs, orEmpty(out).NextPageToken, err
	})
}

// JobsByStatus goes through the jobs in a status, such as [JobSubmitted], of all
// pipelines. Order and errors are as for [Client.JobsByPipeline].
func (c *Client) JobsByStatus(ctx context.Context, status string, order ...Order) iter.Seq2[*api.Job, error] {
	return pages("ListJobsByStatus", func(token *string) ([]api.Job, *string, error) {
		out, err := c.ListJobsByStatus(ctx,
			&api.ListJobsByStatusRequest{Status: &status, Ascending: ascending(order), PageToken: token})
		return orEmpty(out).Jobs, orEmpty(out).NextPageToken, err
	})
}

// Pipelines goes through the pipelines of the account. Order and errors are as
// for [Client.JobsByPipeline].
func (c *Client) Pipelines(ctx context.Context, order ...Order) iter.Seq2[*api.Pipeline, error] {
	return pages("ListPipelines", func(token *string) ([]api.Pipeline, *string, error) {
		out, err := c.ListPipelines(ctx, &api.ListPipelinesRequest{Ascending: ascending(order), PageToken: token})
		return orEmpty(out).Pipelines, orEmpty(out).NextPageToken, err
	})
}

// Presets goes through the presets of the system and the account. Order and
// errors are as for [Client.JobsByPipeline].
func (c *Client) Presets(ctx context.Context, order ...Order) iter.Seq2[*api.Preset, error] {
	return pages("ListPresets", func(token *string) ([]api.Preset, *string, error) {
		out, err := c.ListPresets(ctx, &api.ListPresetsRequest{Ascending: ascending(order), PageToken: token})
		return orEmpty(out).Presets, orEmpty(out).NextPageToken, err
	})
}

// ascending is the member of a request for the last order given, if any.
func ascending(order []Order) *string {
	if len(order) == 0 {
		return nil
	}
	return new(string(order[len(order)-1]))
}

// pages goes through all pages of a list. A page is read when it is reached. A
// token that comes again would go round for ever and is an error.
func pages[T any](operation string, read func(token *string) ([]T, *string, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		seen := map[string]bool{}
		var token *string
		for {
			page, next, err := read(token)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page {
				if !yield(&page[i], nil) {
					return
				}
			}
			if next == nil || *next == "" {
				return
			}
			if seen[*next] {
				yield(nil, fmt.Errorf("%s: the page token %q came twice", operation, *next))
				return
			}
			seen[*next] = true
			token = next
		}
	}
}
