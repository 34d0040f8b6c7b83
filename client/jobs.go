package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// JobProgress reads how far a job is. [Client.Watch] follows it.
func (c *Client) JobProgress(ctx context.Context, id string) (*v1.Progress, error) {
	return extend[v1.Progress](ctx, c, extended{name: "ReadJobProgress", id: id})
}

// JobLog reads what is kept of the attempts at a job.
func (c *Client) JobLog(ctx context.Context, id string) (*v1.JobLog, error) {
	return extend[v1.JobLog](ctx, c, extended{name: "ReadJobLog", id: id})
}

// StopJob cancels a job, also one that runs, which [Client.CancelJob] refuses. Nothing of
// its results stays. A job that is Canceled already is no error.
func (c *Client) StopJob(ctx context.Context, id string) (*v1.Job, error) {
	return c.changeJob(ctx, extended{name: "CancelJob", id: id, repeatable: true})
}

// RetryJob makes a new job of the document of one that is in Error or Canceled, and returns
// the new one.
func (c *Client) RetryJob(ctx context.Context, id string) (*v1.Job, error) {
	return c.changeJob(ctx, extended{name: "RetryJob", id: id})
}

// PrioritizeJob changes the priority, 0 to 9, of a job that waits.
func (c *Client) PrioritizeJob(ctx context.Context, id string, priority int) (*v1.Job, error) {
	return c.changeJob(ctx, extended{name: "PrioritizeJob", id: id,
		body: v1.PrioritizeJobRequest{Priority: priority}, repeatable: true})
}

func (c *Client) changeJob(ctx context.Context, e extended) (*v1.Job, error) {
	out, err := extend[v1.JobResponse](ctx, c, e)
	if err != nil {
		return nil, err
	}
	return &out.Job, nil
}

// SearchJobs lists the jobs that a filter selects, the newest first. An error ends the list.
func (c *Client) SearchJobs(ctx context.Context, f v1.JobFilter) iter.Seq2[v1.Job, error] {
	return listed(ctx, c, extended{name: "SearchJobs", query: filterQuery(f)}, "before",
		func(page *v1.SearchJobsResponse) ([]v1.Job, string) { return page.Jobs, numbered(page.Next) })
}

func filterQuery(f v1.JobFilter) url.Values {
	query := queryOf(map[string]string{"pipelineId": f.PipelineID, "status": f.Status, "text": f.Text})
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
// all for "". An error ends the list.
func (c *Client) WaitingJobs(ctx context.Context, pipelineID string) iter.Seq2[v1.WaitingJob, error] {
	query := queryOf(map[string]string{"pipelineId": pipelineID})
	return listed(ctx, c, extended{name: "ListWaitingJobs", query: query}, "after",
		func(page *v1.ListWaitingJobsResponse) ([]v1.WaitingJob, string) { return page.Jobs, page.Next })
}
