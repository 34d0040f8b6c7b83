package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// StopJob cancels a job, also one that runs, which [Client.CancelJob] refuses. Nothing of
// its results stays. A job that is Canceled already is no error.
func (c *Client) StopJob(ctx context.Context, id string) (*v1.Job, error) {
	return c.jobCall(ctx, id, "/cancel", nil, RequestRepeatable())
}

// RetryJob makes a new job of the document of one that is in Error or Canceled, and returns
// the new one.
func (c *Client) RetryJob(ctx context.Context, id string) (*v1.Job, error) {
	return c.jobCall(ctx, id, "/retry", nil)
}

// PrioritizeJob changes the priority, 0 to 9, of a job that waits.
func (c *Client) PrioritizeJob(ctx context.Context, id string, priority int) (*v1.Job, error) {
	return c.jobCall(ctx, id, "/prioritize", v1.PrioritizeJobRequest{Priority: priority}, RequestRepeatable())
}

func (c *Client) jobCall(ctx context.Context, id, call string, in any, opts ...RequestOption) (*v1.Job, error) {
	var out v1.JobResponse
	err := c.extension(ctx, http.MethodPost, "/v1/jobs/"+url.PathEscape(id)+call, in, &out, opts...)
	return &out.Job, err
}

// SearchJobs lists the jobs that a filter selects, the newest first.
func (c *Client) SearchJobs(ctx context.Context, f v1.JobFilter) iter.Seq2[v1.Job, error] {
	return func(yield func(v1.Job, error) bool) {
		query := filterQuery(f)
		for {
			var out v1.SearchJobsResponse
			if err := c.extension(ctx, http.MethodGet, "/v1/jobs", nil, &out, RequestQuery(query)); err != nil {
				yield(v1.Job{}, err)
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

func filterQuery(f v1.JobFilter) url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"pipelineId": f.PipelineID, "status": f.Status, "text": f.Text} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for key, value := range f.UserMetadata {
		query.Add("userMetadata", key+"="+value)
	}
	for name, at := range map[string]*time.Time{
		"submittedFrom": f.SubmittedFrom, "submittedUntil": f.SubmittedUntil,
	} {
		if at != nil {
			query.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return query
}

// WaitingJobs lists the jobs that no worker has and why each waits, of a pipeline, or of
// all for "".
func (c *Client) WaitingJobs(ctx context.Context, pipelineID string) iter.Seq2[v1.WaitingJob, error] {
	return func(yield func(v1.WaitingJob, error) bool) {
		query := url.Values{}
		if pipelineID != "" {
			query.Set("pipelineId", pipelineID)
		}
		for {
			var out v1.ListWaitingJobsResponse
			if err := c.extension(ctx, http.MethodGet, "/v1/jobs/waiting", nil, &out, RequestQuery(query)); err != nil {
				yield(v1.WaitingJob{}, err)
				return
			}
			for _, j := range out.Jobs {
				if !yield(j, nil) {
					return
				}
			}
			if out.Next == "" {
				return
			}
			query.Set("after", out.Next)
		}
	}
}
