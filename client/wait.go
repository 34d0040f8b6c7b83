package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/wait"
)

// The statuses of jobs and outputs.
const (
	JobSubmitted   = "Submitted"
	JobProgressing = "Progressing"
	JobComplete    = "Complete"
	JobCanceled    = "Canceled"
	JobFailed      = "Error"
)

// final reports whether a status is the last one.
func final(status string) bool {
	return status == JobComplete || status == JobCanceled || status == JobFailed
}

// WaitOption configures [Client.WaitJob].
type WaitOption func(*waiting)

// waiting is what the WaitOptions set.
type waiting struct {
	first, longest  time.Duration
	timeout, outage time.Duration
	// each sees every job that was read and may end the wait; nil: none.
	each func(*api.Job) (on bool)
}

// WaitDelays sets how long to wait between reads: at first, and at most. The
// delay grows by half each time and is shortened by a random part of up to a
// quarter. Default: 1 s and 15 s.
func WaitDelays(first, longest time.Duration) WaitOption {
	return func(w *waiting) { w.first, w.longest = first, longest }
}

// WaitTimeout bounds the whole wait; when it is over the error is
// [context.DeadlineExceeded], and the job as last read is returned with it.
// Default: the context's deadline only.
func WaitTimeout(d time.Duration) WaitOption { return func(w *waiting) { w.timeout = d } }

// WaitOutage sets how long reads may fail, in ways that may pass, before the
// wait ends with the last error: default 5 minutes. Each read is itself
// repeated as [Retry] says.
func WaitOutage(d time.Duration) WaitOption { return func(w *waiting) { w.outage = d } }

// WaitJob reads a job until it has ended and returns it. When it did not become
// Complete the error is a [*JobError], which says why.
func (c *Client) WaitJob(ctx context.Context, id string, opts ...WaitOption) (*api.Job, error) {
	w := waiting{}
	for _, set := range opts {
		set(&w)
	}
	w.first = cmp.Or(max(0, w.first), time.Second)
	w.longest = cmp.Or(max(0, w.longest), 15*time.Second)
	w.outage = cmp.Or(w.outage, 5*time.Minute)
	if w.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.timeout)
		defer cancel()
	}
	return c.wait(ctx, id, w)
}

func (c *Client) wait(ctx context.Context, id string, w waiting) (*api.Job, error) {
	var job *api.Job
	heard := time.Now()
	for delay := w.first; ; delay = min(delay+delay/2, w.longest) {
		read, err := c.job(ctx, id)
		switch {
		case err == nil:
			job, heard = read, time.Now()
			if w.each != nil && !w.each(job) {
				return job, nil
			}
			if final(value(job.Status)) {
				return job, jobError(job)
			}
		case !c.opts.retry.repeats(err, false), time.Since(heard) > w.outage:
			return job, err
		}
		delay = min(delay, w.longest)
		if wait.For(ctx, jitter(delay)) != nil {
			return job, fmt.Errorf("wait for job %s: %w", id, ctx.Err())
		}
	}
}

// job reads a job that has a status.
func (c *Client) job(ctx context.Context, id string) (*api.Job, error) {
	read, err := c.ReadJob(ctx, &api.ReadJobRequest{Id: &id})
	if err != nil {
		return nil, err
	}
	if read.Job == nil || read.Job.Status == nil {
		return nil, errors.New("ReadJob: the answer holds no job")
	}
	return read.Job, nil
}

// JobError is a job that ended otherwise than Complete.
type JobError struct {
	// Job as it ended.
	Job *api.Job
	// Outputs are those that did not become Complete, in their order.
	Outputs []OutputFailure
	// Playlists are those that did not become Complete, in their order.
	Playlists []PlaylistFailure
}

// OutputFailure is why an output failed.
type OutputFailure struct {
	// ID is the output's number in the job, from "1"; Key its object key without
	// the job's OutputKeyPrefix.
	ID, Key string
	// Status is that of the output, mostly [JobFailed] or [JobCanceled].
	Status string
	// Code is the service's number for the reason, such as 4000: the media file
	// can't be interpreted. It is 0 where StatusDetail does not begin with one.
	Code int
	// Detail is the whole StatusDetail, "" where there is none.
	Detail string
}

// PlaylistFailure is why a playlist failed; Status, Code and Detail are as in
// [OutputFailure].
type PlaylistFailure struct {
	Name, Status string
	Code         int
	Detail       string
}

// Error names the job, its status, and every failed output with its reason.
func (e *JobError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "job %s: %s", value(e.Job.Id), value(e.Job.Status))
	for _, o := range e.Outputs {
		fmt.Fprintf(&b, "; output %s (%s): %s", o.ID, o.Key, cmp.Or(o.Detail, o.Status))
	}
	for _, p := range e.Playlists {
		fmt.Fprintf(&b, "; playlist %s: %s", p.Name, cmp.Or(p.Detail, p.Status))
	}
	return b.String()
}

// jobError returns why a job that has ended is not Complete; nil when it is.
func jobError(job *api.Job) error {
	if value(job.Status) == JobComplete {
		return nil
	}
	e := &JobError{Job: job}
	for _, o := range outputs(job) {
		if !unremarkable(o.Status) {
			e.Outputs = append(e.Outputs, OutputFailure{ID: value(o.Id), Key: value(o.Key), Status: value(o.Status),
				Code: detailCode(value(o.StatusDetail)), Detail: value(o.StatusDetail)})
		}
	}
	for _, p := range job.Playlists {
		if !unremarkable(p.Status) {
			e.Playlists = append(e.Playlists, PlaylistFailure{Name: value(p.Name), Status: value(p.Status),
				Code: detailCode(value(p.StatusDetail)), Detail: value(p.StatusDetail)})
		}
	}
	return e
}

// unremarkable reports whether a part of a failed job is not said to have failed.
func unremarkable(status *string) bool { return value(status) == "" || *status == JobComplete }

// outputs returns the outputs of a job, that of the first form of the API too.
func outputs(job *api.Job) []api.JobOutput {
	if len(job.Outputs) == 0 && job.Output != nil {
		return []api.JobOutput{*job.Output}
	}
	return job.Outputs
}

// detailCode reads the number that a StatusDetail begins with.
func detailCode(detail string) int {
	first, _, _ := strings.Cut(detail, " ")
	code, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return code
}

// value reads an optional member; "" when it is absent.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
