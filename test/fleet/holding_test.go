package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestOneHolder gives many jobs to several workers. Nobody's lease runs out, so
// each task is claimed once, also those that take longer than the ack wait.
func TestOneHolder(t *testing.T) {
	const ackWait, workers, short, long = 6 * time.Second, 4, 40, 2
	onEachShape(t, ackWait, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		for range workers {
			n := c.node(t)
			n.Slots, n.encoder.takes = 2, time.Millisecond
			n.after("Claim", func(e entry) error { return onlyHolder(c, e) })
			n.work()
		}
		var jobs []string
		for i := range short {
			if i%4 == 0 {
				jobs = append(jobs, c.submit(t, ladder(i%3)))
			} else {
				jobs = append(jobs, c.submit(t, request(i%3)))
			}
		}
		c.reach(t, transcode.Complete, jobs...)

		slow := c.node(t)
		slow.encoder.cued, slow.Slots = true, long
		slow.work()
		for len(c.journal.all(func(e entry) bool { return e.Node == slow.node && e.What == "run" })) < long {
			jobs = append(jobs, c.submit(t, request(0)))
			c.journal.await(t, "the next run", len(jobs), func(e entry) bool { return e.What == "run" })
		}
		for _, run := range c.journal.all(is(slow.node, "run")) {
			// Four extensions are more than an ack wait.
			c.journal.await(t, "extensions", 4, about(run.Job, is(slow.node, "Extend")))
			slow.encoder.finish(run.Job)
		}
		c.reach(t, transcode.Complete, jobs...)
		c.finishedOnce(t, jobs...)
		c.told(t, completed, jobs...)
		for _, id := range jobs {
			if n := len(c.journal.all(about(id, claimed("")))); n != 1 {
				t.Errorf("job %s was claimed %d times", id, n)
			}
		}
		for _, e := range c.journal.all(func(e entry) bool { return e.What == "Claim" && e.Err != nil }) {
			t.Errorf("claim of %s by %s: %v", e.Job, e.Node, e.Err)
		}
	})
}

// onlyHolder checks, at a new claim of a task, that all earlier ones are void.
func onlyHolder(c *cluster, e entry) error {
	for _, old := range c.journal.all(about(e.Job, claimed(""))) {
		if err := c.store.Confirm(context.Background(), old.claim); !errors.Is(err, task.ErrLeaseLost) {
			return fmt.Errorf("attempt %d still holds the task: %w", old.Attempt, errors.Join(err, errDoubled))
		}
	}
	return nil
}

var errDoubled = errors.New("two workers hold one task")

// lateWrites are all the writes of an attempt.
func lateWrites(s wiredStore, c *task.Claim) map[string]func() error {
	ctx := context.Background()
	var outputs []task.OutputResult
	for i := range c.Job.Outputs {
		outputs = append(outputs, task.OutputResult{Index: i, Status: transcode.Errored, Detail: "late"})
	}
	var playlists []task.PlaylistResult
	for i := range c.Job.Playlists {
		playlists = append(playlists, task.PlaylistResult{Index: i, Status: transcode.Errored, Detail: "late"})
	}
	return map[string]func() error{
		"UpdateJob": func() error {
			return s.UpdateJob(ctx, c, outputs, []api.DetectedProperties{{Width: new(1)}})
		},
		"SetPublishing": func() error { return s.SetPublishing(ctx, c, []object.Key{{Bucket: "out", Key: "late"}}) },
		"Finish": func() error {
			return s.Finish(ctx, c, task.Result{Outputs: outputs, Playlists: playlists})
		},
		"Release": func() error { return s.Release(ctx, c) },
	}
}

// silentSince checks that a node has neither acknowledged nor extended a job's
// task, and made no object visible, after a moment.
func (c *cluster) silentSince(t *testing.T, node, job string, since time.Time) {
	t.Helper()
	for _, e := range c.journal.all(about(job, func(e entry) bool {
		return e.Node == node && e.Err == nil && e.At.After(since)
	})) {
		switch e.What {
		case "Ack", "Nak", "Put", "UpdateJob", "SetPublishing", "Finish", "Release":
			t.Errorf("the late worker's %s went well", e.What)
		}
	}
}

// TestFrozenNode stops one worker's extensions, and its encoder with them. When
// it goes on, its tasks have passed to another worker.
func TestFrozenNode(t *testing.T) {
	onEachShape(t, time.Second, func(t *testing.T, c *cluster) {
		c.overlaps = true // the frozen run does not know yet
		c.node(t).dispatch()
		late, next := c.node(t), []*node{c.node(t), c.node(t)}
		late.encoder.cued = true
		thaw := make(chan struct{})
		goOn := sync.OnceFunc(func() { close(thaw) })
		t.Cleanup(goOn)
		late.before("Extend", func(entry) error { <-thaw; return nil })
		late.work()
		// It takes two, so that no request of its own for another message stands.
		job := c.submit(t, ladder(0))
		c.journal.await(t, "the first run", 1, about(job, is(late.node, "run")))
		staged := c.submit(t, request(0))
		c.journal.await(t, "the claim of the staged job", 1, about(staged, claimed(late.node)))

		c.takeOver(t, late.node, next, job, staged)
		passed := time.Now()
		before := c.job(t, job)
		claim := c.journal.all(about(job, claimed(late.node)))[0].claim
		for what, write := range lateWrites(wiredStore{newWire("late", newJournal()), late.store.db}, claim) {
			refused(t, what, write())
		}
		refused(t, "Confirm", late.store.db.Confirm(t.Context(), claim))
		if diff := cmp.Diff(before, c.job(t, job)); diff != "" {
			t.Errorf("a late write changed the job (-before +after):\n%s", diff)
		}

		late.encoder.finish(job)
		tried := c.journal.await(t, "the late worker's next write", 1, about(job, func(e entry) bool {
			return e.Node == late.node && e.What == "SetPublishing"
		}))
		refused(t, "SetPublishing", tried.Err)
		goOn()
		release(next)
		c.reach(t, transcode.Complete, job, staged)
		late.stop()
		for _, id := range []string{job, staged} {
			c.silentSince(t, late.node, id, passed)
			c.wholly(t, id, c.attempts(id))
		}
		c.finishedOnce(t, job, staged)
		c.told(t, completed, job, staged)
	})
}

// TestAttempts lets every worker die that takes a job. After five of them it is
// given up and leaves a dead letter.
func TestAttempts(t *testing.T) {
	onEachShape(t, time.Second, func(t *testing.T, c *cluster) {
		const attempts = 5
		c.node(t).dispatch()
		job := c.submit(t, ladder(0))
		var workers []string
		for n := range attempts {
			w := c.node(t)
			w.encoder.cued, w.MaxAttempts = true, attempts
			w.work()
			if e := c.journal.await(t, "the claim", 1, about(job, claimed(w.node))); e.Attempt != n+1 {
				t.Fatalf("attempt %d, want %d", e.Attempt, n+1)
			}
			c.journal.await(t, "the run", 1, about(job, is(w.node, "run")))
			w.kill()
			workers = append(workers, w.node)
		}
		last := c.node(t)
		last.MaxAttempts = attempts
		last.work()
		c.reach(t, transcode.Errored, job)
		for _, o := range c.job(t, job).Outputs {
			if detail := *o.StatusDetail; detail[:5] != "9999 " {
				t.Errorf("detail %q", detail)
			}
		}
		givenUp := must[[]task.GivenUp](t)(c.store.GivenUpJobs(t.Context(), 0, nil, 10))
		if len(givenUp) != 1 || givenUp[0].JobID != job || givenUp[0].Attempts != attempts {
			t.Fatalf("given-up jobs %+v", givenUp)
		}
		if diff := cmp.Diff(workers, givenUp[0].Workers); diff != "" {
			t.Errorf("workers (-want +got):\n%s", diff)
		}
		c.told(t, []string{notify.StateProgressing, notify.StateError}, job)
		c.journal.await(t, "the end of the message", 1, about(job, is(last.node, "Ack")))
	})
}

// takeOver lets workers claim the jobs that one holds, one each: what ran beside
// another when it was lost runs alone.
func (c *cluster) takeOver(t *testing.T, holder string, workers []*node, jobs ...string) {
	t.Helper()
	for _, w := range workers {
		w.encoder.cued = true
		w.work()
	}
	for _, id := range jobs {
		c.journal.await(t, "the next claim", 1, about(id, func(e entry) bool {
			return claimed("")(e) && e.Node != holder
		}))
	}
}

func release(workers []*node) {
	for _, w := range workers {
		w.encoder.release()
	}
}
