package client

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWaitJob(t *testing.T) {
	s := states(submittedJob, submittedJob, progressingJob, progressingJob, progressingJob, progressingJob,
		progressingJob, progressingJob, completeJob)
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		job, err := c.WaitJob(t.Context(), jobID)
		if err != nil || *job.Status != JobComplete {
			t.Errorf("%v, %v", job, err)
		}
		bound := time.Second
		for i, w := range s.waits() {
			if w > bound || w < bound*3/4 {
				t.Errorf("wait %d is %v, want %v less at most a quarter", i, w, bound)
			}
			bound = min(bound*3/2, 15*time.Second)
		}
	})
}

func TestWaitDelays(t *testing.T) {
	s := states(submittedJob, submittedJob, submittedJob, submittedJob, completeJob)
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		if _, err := c.WaitJob(t.Context(), jobID, WaitDelays(10*time.Second, 12*time.Second)); err != nil {
			t.Error(err)
		}
		for i, w := range s.waits() {
			if w > 12*time.Second || w < 7500*time.Millisecond {
				t.Errorf("wait %d is %v", i, w)
			}
		}
	})
}

func TestJobError(t *testing.T) {
	t.Parallel()
	const detail = "4000 5f1c7b1c-8e60-4a8f-8d8c-ecf4e3f0e0c7: Amazon Elastic Transcoder could not interpret the " +
		"media file."
	for name, c := range map[string]struct {
		job       string
		outputs   []OutputFailure
		playlists []PlaylistFailure
		text      string
	}{
		"failed": {failedJob, []OutputFailure{{"2", "b", JobFailed, 4000, detail}, {"3", "c", JobFailed, 0, ""},
			{"4", "d", JobFailed, 0, "broken"}},
			[]PlaylistFailure{{"all", JobFailed, 1001, "1001 x: depends"}},
			"job " + jobID + ": Error; output 2 (b): " + detail + "; output 3 (c): Error; output 4 (d): broken; " +
				"playlist all: 1001 x: depends"},
		"canceled": {canceledJob, []OutputFailure{{"1", "a", JobCanceled, 0, ""}}, nil,
			"job " + jobID + ": Canceled; output 1 (a): Canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, states(progressingJob, c.job).ServeHTTP, func(t *testing.T, client *Client) {
				job, err := client.WaitJob(t.Context(), jobID)
				e, ok := errors.AsType[*JobError](err)
				if !ok || job == nil || e.Job != job || !slices.Equal(e.Outputs, c.outputs) ||
					!slices.Equal(e.Playlists, c.playlists) || err.Error() != c.text {
					t.Errorf("%v: %v", job, err)
				}
			})
		})
	}
}

func TestWaitJobEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		replies []reply
		opts    []WaitOption
		took    time.Duration // at least
		is      func(error) bool
	}{
		"timeout": {states(progressingJob).replies, []WaitOption{WaitTimeout(time.Minute)}, time.Minute,
			func(err error) bool {
				return errors.Is(err, context.DeadlineExceeded) && strings.Contains(err.Error(), jobID)
			}},
		"gone": {[]reply{states(progressingJob).replies[0], {status: 404, code: "ResourceNotFoundException"}}, nil, 0,
			func(err error) bool { _, ok := errors.AsType[*ResourceNotFoundException](err); return ok }},
		"no job in the answer": {[]reply{{status: 200, body: "null"}}, nil, 0,
			func(err error) bool { return strings.Contains(err.Error(), "no job") }},
		"outage": {[]reply{states(progressingJob).replies[0], busy}, []WaitOption{WaitOutage(10 * time.Minute)},
			10 * time.Minute,
			func(err error) bool { e, ok := errors.AsType[*ResponseError](err); return ok && e.Status == 503 }},
		"outage survived": {[]reply{busy, busy, busy, cutOff, cutBody, failed, failed, failed, failed, failed, failed,
			failed, states(completeJob).replies[0]}, nil, time.Second,
			func(err error) bool { return err == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, play(c.replies...).ServeHTTP, func(t *testing.T, client *Client) {
				began := time.Now()
				_, err := client.WaitJob(t.Context(), jobID, c.opts...)
				if took := time.Since(began); took < c.took || took > c.took*2+time.Minute || !c.is(err) {
					t.Errorf("error %v after %v", err, took)
				}
			})
		})
	}
	t.Run("canceled", func(t *testing.T) {
		bubble(t, states(progressingJob).ServeHTTP, func(t *testing.T, client *Client) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Hour, cancel)
			began := time.Now()
			job, err := client.WaitJob(ctx, jobID)
			if !errors.Is(err, context.Canceled) || time.Since(began) != time.Hour || *job.Status != JobProgressing {
				t.Errorf("%v, %v after %v", job, err, time.Since(began))
			}
		})
	})
}

// states plays the life of a job: one status for each read, the last for ever.
func states(jobs ...string) *script {
	s := &script{}
	for _, job := range jobs {
		s.replies = append(s.replies, reply{status: 200, body: `{"Job":` + job + `}`})
	}
	return s
}

const (
	submittedJob = `{"Id":"` + jobID +
		`","Status":"Submitted","Outputs":[{"Id":"1","Key":"a","Status":"Submitted"},{"Id":"2","Key":"b",` +
		`"Status":"Submitted"}]}`
	progressingJob = `{"Id":"` + jobID +
		`","Status":"Progressing","Outputs":[{"Id":"1","Key":"a","Status":"Complete"},{"Id":"2","Key":"b",` +
		`"Status":"Progressing"}]}`
	completeJob = `{"Id":"` + jobID +
		`","Status":"Complete","Outputs":[{"Id":"1","Key":"a","Status":"Complete"},{"Id":"2","Key":"b",` +
		`"Status":"Complete"}]}`
	failedJob = `{"Id":"` + jobID +
		`","Status":"Error","Outputs":[{"Id":"1","Key":"a","Status":"Complete","StatusDetail":"a remark"},` +
		`{"Id":"2","Key":"b","Status":"Error","StatusDetail":"4000 5f1c7b1c-8e60-4a8f-8d8c-ecf4e3f0e0c7: Amazon ` +
		`Elastic Transcoder could not interpret the media file."},` +
		`{"Id":"3","Key":"c","Status":"Error","StatusDetail":null},{"Id":"4","Key":"d","Status":"Error",` +
		`"StatusDetail":"broken"}],` +
		`"Playlists":[{"Name":"all","Status":"Error","StatusDetail":"1001 x: ` +
		`depends"},{"Name":"ok","Status":"Complete"},{"Name":"old"}]}`
	canceledJob = `{"Id":"` + jobID + `","Status":"Canceled","Output":{"Id":"1","Key":"a","Status":"Canceled"}}`
)
