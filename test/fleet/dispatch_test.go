package fleet_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// dispatchSteps are all that a dispatcher does, in the order in which it does it.
var dispatchSteps = []struct {
	call string
	// nth is the call of that name that meets the fault.
	nth int32
}{
	{"Workers", 1}, {"Outstanding", 1}, {"Outstanding", 2}, {"Admit", 1}, {"Enqueue", 1}, {"Enqueue", 2},
	{"Enqueue", 3},
	{"Events", 1}, {"TellEvent", 1}, {"TellEvent", 2}, {"FanOut", 1}, {"DueSubscribers", 1},
}

// TestDispatcherDies ends a dispatcher before and after each of its steps, and lets each
// step fail once. Nothing is lost, and nothing is done twice.
func TestDispatcherDies(t *testing.T) {
	onEachShape(t, 5*time.Second, func(t *testing.T, c *cluster) {
		w := c.node(t)
		w.Slots = 3
		w.work()
		c.journal.await(t, "the worker", 1, is(w.node, "Announce"))
		for _, step := range dispatchSteps {
			for _, dies := range []bool{true, false} {
				for _, after := range []bool{true, false} {
					faultyDispatcher(t, c, step.call, step.nth, after, dies)
				}
			}
		}
	})
}

// faultyDispatcher runs three jobs with a dispatcher that meets a fault, and with the next
// dispatcher where it died of it.
func faultyDispatcher(t *testing.T, c *cluster, call string, nth int32, after, dies bool) {
	t.Helper()
	var jobs []string
	for n := range 3 {
		jobs = append(jobs, c.submit(t, request(n)))
	}
	r := c.guest(t)
	var calls atomic.Int32
	met := make(chan struct{})
	fault := func(entry) error {
		if calls.Add(1) != nth {
			return nil
		}
		if dies {
			r.die()
		}
		close(met)
		return errors.New("on cue")
	}
	if after {
		r.after(call, fault)
	} else {
		r.before(call, fault)
	}
	r.dispatch()
	select {
	case <-met:
	case <-time.After(limit):
		t.Fatalf("the dispatcher did not come to its %s %d", call, nth)
	}
	last := r
	if dies {
		r.kill()
		last = c.guest(t).dispatch()
	}
	c.reach(t, transcode.Complete, jobs...)
	c.finishedOnce(t, jobs...)
	c.told(t, completed, jobs...)
	for _, id := range jobs {
		if n := len(c.journal.all(about(id, claimed("")))); n != 1 {
			t.Errorf("fault at %s %d, after it: %v, dies: %v: job %s was claimed %d times", call, nth, after,
				dies, id, n)
		}
	}
	// What is left in the outbox would come again.
	eventually(t, "the outbox", func() error {
		left, err := c.store.Events(t.Context(), 1)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("event %d is left", left[0].ID)
		}
		return err
	})
	last.stop()
}

// TestTwoDispatchers lets two dispatchers work at the same time, as they may for a moment
// when one is cut off from the lock.
func TestTwoDispatchers(t *testing.T) {
	onEachShape(t, 5*time.Second, func(t *testing.T, c *cluster) {
		for range 2 {
			r := c.node(t)
			r.queue.lockless = true
			r.dispatch()
			w := c.node(t)
			w.Slots = 2
			w.work()
		}
		var jobs []string
		for n := range 30 {
			jobs = append(jobs, c.submit(t, request(n%3)))
		}
		c.reach(t, transcode.Complete, jobs...)
		c.finishedOnce(t, jobs...)
		c.told(t, completed, jobs...)
		for _, id := range jobs {
			if n := len(c.journal.all(about(id, claimed("")))); n != 1 {
				t.Errorf("job %s was claimed %d times", id, n)
			}
		}
		if n := len(c.journal.all(is("", "lead dispatch"))); n != 2 {
			t.Errorf("%d dispatchers led, want 2", n)
		}
	})
}

// TestDispatcherStops lets a dispatcher end in good order: the next one leads at once.
func TestDispatcherStops(t *testing.T) {
	onEachShape(t, 5*time.Second, func(t *testing.T, c *cluster) {
		first := c.node(t).dispatch()
		c.journal.await(t, "the lead", 1, is(first.node, "lead dispatch"))
		next := c.node(t).dispatch()
		c.node(t).work()
		job := c.submit(t, request(0))
		c.reach(t, transcode.Complete, job)
		if len(c.journal.all(is(next.node, "lead dispatch"))) > 0 {
			t.Error("two dispatchers lead")
		}
		first.stop()
		c.journal.await(t, "the next lead", 1, is(next.node, "lead dispatch"))
		job = c.submit(t, request(0))
		c.reach(t, transcode.Complete, job)
	})
}
