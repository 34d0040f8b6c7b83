package fleet_test

import (
	"errors"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// order tells a worker what to do.
func (c *cluster) order(t *testing.T, n *node, o task.Order) {
	t.Helper()
	if err := c.local.Load().Order(t.Context(), n.node, o); err != nil {
		t.Fatal(err)
	}
}

// status is what a worker announces.
func (c *cluster) status(t *testing.T, n *node) task.WorkerStatus {
	t.Helper()
	for _, w := range must[[]task.WorkerStatus](t)(c.local.Load().Workers(t.Context())) {
		if w.ID == n.node {
			return w
		}
	}
	return task.WorkerStatus{}
}

// TestDrain drains a worker that encodes a job and has prepared another: the other one is
// handed back and done elsewhere, the first goes on to its end, and nothing more comes
// until the worker may take jobs again. No attempt counts as lost.
func TestDrain(t *testing.T) {
	onEachShape(t, time.Minute, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		draining := c.node(t)
		draining.encoder.cued, draining.MaxAttempts = true, 1
		draining.work()
		job, prepared := c.submit(t, request(0)), c.submit(t, request(0))
		c.journal.await(t, "the claims", 2, claimed(draining.node))
		if c.journal.await(t, "the run", 1, is(draining.node, "run")).Job != job { // the second was claimed first
			job, prepared = prepared, job
		}

		c.order(t, draining, task.Order{Drain: true})
		c.journal.await(t, "the return of the job that was prepared", 1, about(prepared, is(draining.node, "Release")))
		eventually(t, "the worker says what it does", func() error {
			w := c.status(t, draining)
			if !w.Draining || len(w.Jobs) != 1 || w.Jobs[0].JobID != job || w.Jobs[0].Attempt != 1 ||
				w.FFmpeg != "on cue" {
				return errors.New("it does not")
			}
			return nil
		})
		other := c.node(t)
		other.MaxAttempts = 1
		other.work()
		c.reach(t, transcode.Complete, prepared)
		draining.encoder.finish(job)
		c.reach(t, transcode.Complete, job)
		later := c.submit(t, request(1))
		c.reach(t, transcode.Complete, later)
		other.stop()
		if n := len(c.journal.all(claimed(draining.node))); n != 2 {
			t.Errorf("the worker took %d jobs while it drained", n-2)
		}

		c.order(t, draining, task.Order{})
		last := c.submit(t, request(1))
		c.journal.await(t, "the claim after the end of the drain", 1, about(last, claimed(draining.node)))
		draining.encoder.finish(last)
		c.reach(t, transcode.Complete, last)
	})
}

// TestDrainWithGrace drains a worker whose job outlasts the grace: it is handed back.
func TestDrainWithGrace(t *testing.T) {
	onEachShape(t, time.Minute, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		draining := c.node(t)
		draining.encoder.cued = true
		draining.work()
		job := c.submit(t, request(0))
		c.journal.await(t, "the run", 1, about(job, is(draining.node, "run")))
		c.order(t, draining, task.Order{Drain: true, Grace: new(time.Duration)})
		c.journal.await(t, "the return", 1, about(job, is(draining.node, "Release")))
		other := c.node(t)
		other.MaxAttempts = 1
		other.work()
		c.reach(t, transcode.Complete, job)
		c.finishedOnce(t, job)
	})
}
