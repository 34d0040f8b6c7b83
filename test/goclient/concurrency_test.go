package goclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestConcurrentUse lets many goroutines live through jobs with one client.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	const users, each = 16, 4
	server := reelastictest.Start(t, "--workers", "0")
	c := server.GoClient()
	pipeline := newPipeline(t, server, c, "shared")
	var all sync.WaitGroup
	for user := range users {
		all.Go(func() {
			for n := range each {
				if err := liveThrough(t.Context(), c, pipeline, fmt.Sprintf("%d-%d.mp4", user, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := len(ids(t, c.JobsByStatus(t.Context(), client.JobCanceled), jobID)); got != users*each {
		t.Errorf("%d jobs were canceled, want %d", got, users*each)
	}
}

// liveThrough makes a job, reads it, finds it in its list, and cancels it.
func liveThrough(ctx context.Context, c *client.Client, pipeline, key string) error {
	made, err := c.CreateJob(ctx, jobRequest(pipeline, key))
	if err != nil {
		return err
	}
	id := *made.Job.Id
	read, err := c.ReadJob(ctx, &api.ReadJobRequest{Id: &id})
	if err != nil {
		return err
	}
	if *read.Job.Id != id || *read.Job.Outputs[0].Key != key {
		return fmt.Errorf("read %s with %s, want %s with %s", *read.Job.Id, *read.Job.Outputs[0].Key, id, key)
	}
	found := false
	for job, err := range c.JobsByPipeline(ctx, pipeline) {
		if err != nil {
			return err
		}
		if found = *job.Id == id; found {
			break
		}
	}
	if !found {
		return fmt.Errorf("job %s is not in its pipeline's list", id)
	}
	_, err = c.CancelJob(ctx, &api.CancelJobRequest{Id: &id})
	return err
}

// TestNothingOutlivesCalls ends calls by their context and looks for goroutines
// that the client has left behind. It has the process to itself.
func TestNothingOutlivesCalls(t *testing.T) {
	server := reelastictest.Start(t, "--workers", "0")
	c := server.GoClient()
	id := newJob(t, c, jobRequest(newPipeline(t, server, c, "films"), "movie.mp4"))
	calls := map[string]func(context.Context) error{
		"ReadJob": func(ctx context.Context) error {
			_, err := c.ReadJob(ctx, &api.ReadJobRequest{Id: &id})
			return err
		},
		"WaitJob": func(ctx context.Context) error {
			_, err := c.WaitJob(ctx, id)
			return err
		},
		"Watch": func(ctx context.Context) (last error) {
			for _, err := range c.Watch(ctx, id) {
				last = err
			}
			return last
		},
		"Presets": func(ctx context.Context) (last error) {
			for {
				for _, err := range c.Presets(ctx) {
					last = err
				}
				if last != nil {
					return last
				}
			}
		},
	}
	for name, call := range calls {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := call(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that had ended: %v", name, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		began := time.Now()
		err := call(ctx)
		if name != "ReadJob" && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s ended after %s with %v", name, time.Since(began), err)
		}
		cancel()
	}
	c.CloseIdleConnections()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections() // of the harness
	reelastictest.Poll(t, 10*time.Second, "goroutines of calls that have ended are still there", func() bool {
		stacks := make([]byte, 1<<20)
		text := string(stacks[:runtime.Stack(stacks, true)])
		return !strings.Contains(text, "reelastic/client.(") && !strings.Contains(text, "net/http.(*persistConn)")
	})
}
