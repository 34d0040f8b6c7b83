package goclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// quickly makes a wait look ten times a second.
var quickly = client.WaitDelays(100*time.Millisecond, 100*time.Millisecond)

// TestWaitAndWatch follows a job through both at the same time: the one returns
// the results, the other has seen them come.
func TestWaitAndWatch(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "1")
	server.Put("in", "clip.mp4", reelastictest.Clip{Width: 640, Height: 360, Rate: 30, Seconds: 30}.Make(t))
	c := server.GoClient()
	id := newJob(t, c, jobRequest(newPipeline(t, server, c, "films"), "movie.mp4"))
	ctx, cancel := context.WithTimeout(t.Context(), reelastictest.JobsWithin)
	defer cancel()
	type waited struct {
		job *api.Job
		err error
	}
	done := make(chan waited, 1)
	go func() {
		job, err := c.WaitJob(ctx, id, quickly)
		done <- waited{job, err}
	}()

	seen := watchAll(t, ctx, c, id)
	last, between := seen[len(seen)-1], 0
	for i, p := range seen {
		if p.JobID != id || len(p.Outputs) != 1 || p.Outputs[0].ID != "1" || p.Outputs[0].Key != "movie.mp4" ||
			p.Attempt > 1 {
			t.Errorf("progress %+v", p)
		}
		if i > 0 && p.Percent < seen[i-1].Percent {
			t.Errorf("%.1f %% after %.1f %%", p.Percent, seen[i-1].Percent)
		}
		if p.Status == client.JobProgressing && p.Percent > 0 && p.Percent < 100 {
			between++
		}
	}
	if last.Status != client.JobComplete || last.Percent != 100 || last.Outputs[0].Status != client.JobComplete {
		t.Errorf("the last progress is %+v", last)
	}

	w := <-done
	if w.err != nil {
		t.Fatal(w.err)
	}
	took := *w.job.Timing.FinishTimeMillis - *w.job.Timing.StartTimeMillis
	if between == 0 && took > 3000 { // it is told once a second
		t.Errorf("no live progress of a job that took %d ms: %+v", took, seen)
	}
	out, size := w.job.Outputs[0], server.Objects("out")["movie.mp4"]
	if *w.job.Status != client.JobComplete || (*out.DurationMillis+50)/100 != 300 || *out.FileSize != size ||
		size == 0 {
		t.Errorf("job %s, output of %d ms, %d bytes, want %s, 30 s at 29.97 frames a second, %d bytes", *w.job.Status,
			*out.DurationMillis, *out.FileSize, client.JobComplete, size)
	}
}

// watchAll watches a job to its end.
func watchAll(t *testing.T, ctx context.Context, c *client.Client, id string) []v1.Progress {
	t.Helper()
	var seen []v1.Progress
	for p, err := range c.Watch(ctx, id) {
		if err != nil {
			t.Fatalf("after %d elements: %v", len(seen), err)
		}
		seen = append(seen, p)
	}
	if len(seen) == 0 || !seen[len(seen)-1].Final() {
		t.Fatalf("watched %+v", seen)
	}
	return seen
}

// failing is a job with an output that comes out and one that can't: its key is
// taken.
func failing(t *testing.T, server *reelastictest.Server, c *client.Client) string {
	t.Helper()
	server.Put("in", "clip.mp4", reelastictest.Clip{Width: 320, Height: 180, Rate: 30, Seconds: 1}.Make(t))
	if err := os.WriteFile(filepath.Join(server.Bucket("out"), "taken.mp4"), []byte("here first"), 0o600); err != nil {
		t.Fatal(err)
	}
	request := jobRequest(newPipeline(t, server, c, "films"), "free.mp4")
	request.Outputs = append(request.Outputs, api.CreateJobOutput{Key: new("taken.mp4"), PresetId: new(systemMP4)})
	return newJob(t, c, request)
}

// TestFailingJob learns from the error which output failed, and why.
func TestFailingJob(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "1")
	c := server.GoClient()
	id := failing(t, server, c)
	job, err := c.WaitJob(t.Context(), id, quickly, client.WaitTimeout(reelastictest.JobsWithin))
	e, ok := errors.AsType[*client.JobError](err)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	if job == nil || e.Job != job || *job.Status != client.JobFailed || len(e.Outputs) != 1 || len(e.Playlists) != 0 {
		t.Fatalf("%+v", e)
	}
	const why = "an object by that name already exists: bucket=out, key=taken.mp4."
	o := e.Outputs[0]
	if o.ID != "2" || o.Key != "taken.mp4" || o.Status != client.JobFailed || o.Code != 3002 ||
		!strings.Contains(o.Detail, why) {
		t.Errorf("%+v, want code 3002 and %q", o, why)
	}
	if text := err.Error(); !strings.Contains(text, id) || !strings.Contains(text, why) {
		t.Errorf("error %q", text)
	}

	// One who watches, late, sees the end alone.
	if seen := watchAll(t, t.Context(), c, id); len(seen) != 1 || seen[0].Status != client.JobFailed ||
		seen[0].Outputs[0].Status != client.JobComplete || seen[0].Outputs[1].Status != client.JobFailed {
		t.Errorf("watched %+v", seen)
	}
}

// plain is a transport to a server as the original was, without event streams.
type plain struct{ http.RoundTripper }

func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		return p.RoundTripper.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusNotFound, Request: r, Body: io.NopCloser(strings.NewReader("{}")),
		Header: http.Header{api.HeaderErrorType: {string(api.UnknownOperationException)}}}, nil
}

// TestWatchByPolling watches where the server tells nothing live.
func TestWatchByPolling(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "1")
	c := server.GoClient(client.WithHTTPClient(&http.Client{Transport: plain{http.DefaultTransport}}))
	seen := watchAll(t, t.Context(), c, failing(t, server, c))
	last := seen[len(seen)-1]
	if last.Status != client.JobFailed || last.Percent != 100 || last.Outputs[1].Status != client.JobFailed {
		t.Errorf("watched %+v", seen)
	}
}

// TestWaitEnds ends waits for a job that nobody works on.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0")
	c := server.GoClient()
	id := newJob(t, c, jobRequest(newPipeline(t, server, c, "films"), "movie.mp4"))
	job, err := c.WaitJob(t.Context(), id, quickly, client.WaitTimeout(time.Second))
	if !errors.Is(err, context.DeadlineExceeded) || job == nil || *job.Status != client.JobSubmitted {
		t.Errorf("after its time the wait returned %+v, %v", job, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	elements := 0
	var last error
	for p, err := range c.Watch(ctx, id) {
		if elements++; err == nil && p.Status != client.JobSubmitted {
			t.Errorf("progress %+v", p)
		}
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) || elements != 2 {
		t.Errorf("canceled at the first of %d elements, the watch ended with %v", elements, last)
	}
	if _, err := c.CancelJob(t.Context(), &api.CancelJobRequest{Id: &id}); err != nil {
		t.Fatal(err)
	}
	_, err = c.WaitJob(t.Context(), id)
	e, ok := errors.AsType[*client.JobError](err)
	if !ok || *e.Job.Status != client.JobCanceled || e.Outputs[0].Status != client.JobCanceled {
		t.Errorf("a canceled job: %v", err)
	}
	_, err = c.WaitJob(t.Context(), missing)
	wantException[*client.ResourceNotFoundException](t, err, "ReadJob", api.ResourceNotFoundException, 404, missing)
	for _, err := range c.Watch(t.Context(), missing) {
		wantException[*client.ResourceNotFoundException](t, err, "WatchJob", api.ResourceNotFoundException,
			404, missing)
	}
}
