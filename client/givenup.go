package client

import (
	"context"
	"iter"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// GivenUpJobs lists the jobs that the server has given up, the newest first. An error ends
// the list.
func (c *Client) GivenUpJobs(ctx context.Context) iter.Seq2[v1.GivenUpJob, error] {
	return listed(ctx, c, extended{name: "ListGivenUpJobs"}, "before",
		func(page *v1.ListGivenUpJobsResponse) ([]v1.GivenUpJob, string) {
			return page.Jobs, numbered(page.Next)
		})
}
