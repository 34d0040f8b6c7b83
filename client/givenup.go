package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// GivenUpJob is a job that ended in Error, with the code 9999, because its attempts
// were used up: each ended with its worker, or without a result.
type GivenUpJob struct {
	JobID      string `json:"jobId"`
	PipelineID string `json:"pipelineId"`
	// Attempts is how often the job was begun.
	Attempts int `json:"attempts"`
	// Workers are the workers that began it, in that order.
	Workers []string `json:"workers"`
	// LastError is the last failure of an output that an attempt stored, "" for none.
	LastError string `json:"lastError,omitempty"`
	// GivenUp is when the server gave the job up.
	GivenUp time.Time `json:"givenUp"`
}

// GivenUpJobs lists the jobs that the server has given up, the newest first.
func (c *Client) GivenUpJobs(ctx context.Context) iter.Seq2[GivenUpJob, error] {
	return func(yield func(GivenUpJob, error) bool) {
		query := url.Values{}
		for {
			var out struct {
				Jobs []GivenUpJob `json:"jobs"`
				Next int64        `json:"next"`
			}
			if err := c.extension(ctx, http.MethodGet, "/v1/jobs/given-up", nil, &out, RequestQuery(query)); err != nil {
				yield(GivenUpJob{}, err)
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
