package fleet_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
)

// limit bounds every wait; it passes only when a test fails.
const limit = 40 * time.Second

// entry is something that happened in a node: a call, an encoding that begins
// ("run") or ends ("ran"), a service that takes the lead ("lead dispatch", "lead delivery"), a
// worker that begins to wait for a task ("asks").
type entry struct {
	Node, What string
	// Job and Attempt are set where they are known.
	Job     string
	Attempt int
	Err     error
	At      time.Time
	// claim is what a Claim returned.
	claim *task.Claim
	// Event is what TellEvent was given.
	Event notify.Event
}

// journal lists what happened, in order.
type journal struct {
	mu      sync.Mutex
	entries []entry
	grown   chan struct{} // closed and replaced at each entry
	// told is called with each entry; nil for nobody.
	told func(entry)
}

func newJournal() *journal { return &journal{grown: make(chan struct{})} }

func (j *journal) add(e entry) {
	e.At = time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
	close(j.grown)
	j.grown = make(chan struct{})
	if j.told != nil {
		j.told(e)
	}
}

// all lists the entries that match.
func (j *journal) all(match func(entry) bool) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []entry
	for _, e := range j.entries {
		if match(e) {
			found = append(found, e)
		}
	}
	return found
}

// show logs what happened, without what happens all the time.
func (j *journal) show(t *testing.T) {
	t.Helper()
	for _, e := range j.all(func(e entry) bool { return true }) {
		switch e.What {
		case "Announce", "Events", "Outstanding", "TellProgress", "SaveProgress", "Wake", "Woken", "Workers", "asks":
		default:
			t.Logf("%s %-7s %-14s %s/%d %s%v", e.At.Format("05.000"), e.Node, e.What, e.Job, e.Attempt,
				e.Event.State, e.Err)
		}
	}
}

// await waits until n entries match and returns the last of them.
func (j *journal) await(t *testing.T, what string, n int, match func(entry) bool) entry {
	t.Helper()
	var found []entry
	j.until(t, what, func() bool {
		found = j.all(match)
		return len(found) >= n
	})
	return found[n-1]
}

// idle waits until a node's worker waits for tasks with a free slot.
func (j *journal) idle(t *testing.T, node string) {
	t.Helper()
	j.until(t, node+" has nothing to do", func() bool {
		answered := j.all(func(e entry) bool { return e.Node == node && e.What == "Receive" })
		return len(j.all(is(node, "asks"))) > len(answered)
	})
}

// until waits for entries that make ok true.
func (j *journal) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for {
		j.mu.Lock()
		grown := j.grown
		j.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			t.Fatalf("it did not happen: %s", what)
		}
	}
}

// is matches a call of a node that went well; node "" is any.
func is(node, what string) func(entry) bool {
	return func(e entry) bool { return (node == "" || e.Node == node) && e.What == what && e.Err == nil }
}

// eventually looks again and again until ok, for what only the store can tell.
func eventually(t *testing.T, what string, ok func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for err := ok(); err != nil; err = ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var errDead = errors.New("the node is dead")
