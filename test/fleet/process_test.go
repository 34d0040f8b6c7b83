package fleet_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// slack is what a busy machine may add to a restart.
const slack = 4 * time.Second

var fleet = shape{postgres: true, remote: true}

// TestThawedProcess stops a worker's process for longer than its lease. When it
// goes on, every write of it is refused.
func TestThawedProcess(t *testing.T) {
	t.Parallel()
	c := newCluster(t, fleet, time.Second, 0)
	c.overlaps = true
	c.node(t).dispatch()
	late := c.child(t, childConfig{Work: true, Cued: true})
	job := c.submit(t, ladder(0))
	c.journal.await(t, "the first run", 1, about(job, is(late.name, "run")))
	staged := c.submit(t, request(0))
	c.journal.await(t, "the claim of the staged job", 1, about(staged, claimed(late.name)))
	late.signal(t, syscall.SIGSTOP)

	next := []*node{c.node(t), c.node(t)}
	c.takeOver(t, late.name, next, job, staged)
	before, passed := c.job(t, job), time.Now()
	late.say(t, "finish", job)
	late.say(t, "write", job)
	late.signal(t, syscall.SIGCONT)
	// Some of the worker's own writes end with its lease; those on our word are refused.
	for _, what := range []string{"UpdateJob", "SetPublishing", "Finish", "Release"} {
		c.journal.await(t, "the refusal of "+what, 1, about(job, func(e entry) bool {
			return e.Node == late.name && e.What == what && errors.Is(e.Err, task.ErrLeaseLost)
		}))
	}
	if diff := cmp.Diff(before, c.job(t, job)); diff != "" {
		t.Errorf("a late write changed the job (-before +after):\n%s", diff)
	}
	release(next)
	c.reach(t, transcode.Complete, job, staged)
	c.silentSince(t, late.name, job, passed)
	c.silentSince(t, late.name, staged, passed)
	c.wholly(t, job, c.attempts(job))
	c.finishedOnce(t, job, staged)
}

// TestKilledProcess kills a worker's process: its task is taken up by another
// worker within the ack wait.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	c := newCluster(t, fleet, time.Second, 0)
	c.node(t).dispatch()
	dead := c.child(t, childConfig{Work: true, Cued: true})
	job := c.submit(t, ladder(0))
	c.journal.await(t, "the run", 1, about(job, is(dead.name, "run")))
	c.journal.await(t, "an extension", 1, about(job, is(dead.name, "Extend")))
	next := c.node(t).work()
	c.journal.await(t, "the next worker", 1, is(next.node, "Announce"))
	killed := time.Now()
	dead.kill()
	again := c.journal.await(t, "the next run", 1, about(job, is(next.node, "run")))
	t.Logf("restarted %v after the kill, with an ack wait of %v",
		again.At.Sub(killed).Round(time.Millisecond), c.ackWait)
	if took := again.At.Sub(killed); took > c.ackWait+slack {
		t.Errorf("the restart took %v", took)
	}
	c.reach(t, transcode.Complete, job)
	c.wholly(t, job, c.attempts(job))
	c.finishedOnce(t, job)
	c.told(t, completed, job)
	// The next worker to start clears up.
	if _, err := os.Stat(filepath.Join(c.scratch(), dead.name)); err != nil {
		t.Fatalf("the dead worker's scratch: %v", err)
	}
	sweeper := c.node(t).work()
	c.journal.await(t, "the start", 1, is(sweeper.node, "Announce"))
	noScratch(t, c, dead.name)
}

func noScratch(t *testing.T, c *cluster, worker string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(c.scratch(), worker)); !os.IsNotExist(err) {
		t.Errorf("the scratch of the dead worker %s: %v, want none", worker, err)
	}
}

// TestEmbeddedRestart kills an embedded server and starts it again: what was
// unfinished runs at once, without an ack wait.
func TestEmbeddedRestart(t *testing.T) {
	t.Parallel()
	for _, s := range []shape{{}, {postgres: true}} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, s, time.Minute, 0)
			dead := c.child(t, childConfig{Work: true, Dispatch: true, Cued: true})
			var jobs []string
			for range 4 {
				// Nobody outside can wake its dispatcher, which looks by itself.
				jobs = append(jobs, c.submit(t, ladder(0)))
			}
			c.journal.await(t, "the claims", 2, claimed(dead.name))
			c.journal.await(t, "the run", 1, is(dead.name, "run"))
			dead.kill()

			began := time.Now()
			again := c.child(t, childConfig{Work: true, Dispatch: true, Revive: true})
			first := c.journal.await(t, "the next run", 1, is(again.name, "run"))
			t.Logf("running again %v after the start of the process", first.At.Sub(began).Round(time.Millisecond))
			c.reach(t, transcode.Complete, jobs...)
			c.finishedOnce(t, jobs...)
			c.told(t, completed, jobs...)
			for _, id := range jobs {
				c.wholly(t, id, c.attempts(id))
			}
			noScratch(t, c, dead.name)
		})
	}
}

// TestLeadPassesOn kills the process of the dispatcher that leads.
func TestLeadPassesOn(t *testing.T) {
	t.Parallel()
	c := newCluster(t, fleet, time.Second, 0)
	leader := c.child(t, childConfig{Dispatch: true})
	c.journal.await(t, "the lead", 1, is(leader.name, "lead dispatch"))
	next := c.node(t).dispatch()
	c.node(t).work()
	job := c.submit(t, request(0))
	c.reach(t, transcode.Complete, job)
	if n := len(c.journal.all(is(next.node, "lead dispatch"))); n != 0 {
		t.Fatal("two dispatchers lead")
	}
	killed := time.Now()
	leader.kill()
	job = c.submit(t, request(0))
	led := c.journal.await(t, "the lead", 1, is(next.node, "lead dispatch"))
	t.Logf("the lead passed on %v after the kill, with a lock time of %v",
		led.At.Sub(killed).Round(time.Millisecond), lockTTL)
	c.reach(t, transcode.Complete, job)
}

// TestThawedRequest stops a worker's process that has room for another task. The
// task comes to it while it is stopped, and passes on; when the process goes on
// it must not take the task from the worker that holds it now.
func TestThawedRequest(t *testing.T) {
	t.Parallel()
	c := newCluster(t, fleet, time.Second, 0)
	c.node(t).dispatch()
	late := c.child(t, childConfig{Work: true, Cued: true})
	first := c.submit(t, request(0))
	c.journal.await(t, "the first run", 1, about(first, is(late.name, "run")))
	late.signal(t, syscall.SIGSTOP)

	next := c.node(t)
	next.encoder.cued = true
	next.work()
	held := c.journal.await(t, "the next run", 1, about(first, is(next.node, "run")))
	late.signal(t, syscall.SIGCONT)
	// It learns that it has lost the task, and handles what came meanwhile.
	late.say(t, "write", first)
	c.journal.await(t, "the late writes", 1, about(first, func(e entry) bool {
		return e.Node == late.name && e.What == "Release"
	}))
	c.journal.await(t, "extensions", 6, about(first, is(next.node, "Extend")))
	for _, e := range c.journal.all(about(first, claimed(late.name))) {
		if e.Attempt > held.Attempt {
			t.Errorf("the thawed worker took the task as attempt %d from attempt %d, which was extended", e.Attempt,
				held.Attempt)
		}
	}
	next.encoder.finish(first)
	c.reach(t, transcode.Complete, first)
}
