package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// GivenUpJobs lists the jobs that the server has given up, the newest first.
func (c *Client) GivenUpJobs(ctx context.Context) iter.Seq2[v1.GivenUpJob, error] {
	return func(yield func(v1.GivenUpJob, error) bool) {
		query := url.Values{}
		for {
			var out v1.ListGivenUpJobsResponse
			if err := c.extension(ctx, http.MethodGet, "/v1/jobs/given-up", nil, &out,
				RequestQuery(query)); err != nil {
				yield(v1.GivenUpJob{}, err)
				return
			}
			for _, j := range out.Jobs {
				if !yield(j, nil) {
					return
				}
			}
			if out.Next == 0 {
				return
			}
			query.Set("before", strconv.FormatInt(out.Next, 10))
		}
	}
}
