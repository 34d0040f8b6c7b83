package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/dispatch"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/sqlstore/storetest"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
	"github.com/reelastic/reelastic/internal/transcode"
)

const (
	// limit bounds every wait; it passes only when a test fails.
	limit = 20 * time.Second
	// never is an interval that does not come round within a test.
	never = time.Hour
	// soon is an ack wait, and so an interval between sweeps, that comes round;
	// late is one that a busy machine does not overstep between two calls.
	soon = 500 * time.Millisecond
	late = time.Minute
)

// flaky is a real store and a real queue, each of which is away on cue.
type flaky struct {
	*sqlstore.DB
	away   atomic.Bool
	misses atomic.Int32 // calls while it was away
}

func (f *flaky) fail() error {
	if f.away.Load() {
		f.misses.Add(1)
		return fmt.Errorf("on cue: %w", transcode.ErrUnavailable)
	}
	return nil
}

func (f *flaky) Admit(ctx context.Context, room int) ([]task.Admission, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.DB.Admit(ctx, room)
}

func (f *flaky) Outstanding(ctx context.Context) ([]task.Admission, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.DB.Outstanding(ctx)
}

type flakyQueue struct {
	*taskqueue.Queue
	refuse atomic.Int32 // so many messages are refused
}

func (f *flakyQueue) Enqueue(ctx context.Context, a task.Admission) error {
	if f.refuse.Add(-1) >= 0 {
		return errors.New("refused on cue")
	}
	return f.Queue.Enqueue(ctx, a)
}

// bench is a store with a pipeline, a queue, and a dispatcher that may be started.
type bench struct {
	t     *testing.T
	store *flaky
	queue *flakyQueue
	log   *lines
	jobs  int
}

func newBench(t *testing.T, ackWait time.Duration) *bench {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	queue, err := taskqueue.Open(t.Context(), taskqueue.Config{
		Dir: t.TempDir(), AckWait: ackWait, LockTTL: 2 * time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queue.Close)
	b := &bench{t: t, store: &flaky{DB: store}, queue: &flakyQueue{Queue: queue}, log: new(lines)}
	if err := store.CreatePipeline(t.Context(), storetest.Pipeline(1), 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// start runs a dispatcher that looks every tick until stop is called or the test ends.
func (b *bench) start(tick time.Duration) (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	d := dispatch.New(dispatch.Config{Tick: tick, Log: slog.New(slog.NewTextHandler(b.log, nil))}, b.store, b.queue)
	go func() { ended <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("the dispatcher ended with %v", err)
		}
	})
	b.t.Cleanup(stop)
	return stop
}

func (b *bench) within() context.Context {
	ctx, cancel := context.WithTimeout(b.t.Context(), limit)
	b.t.Cleanup(cancel)
	return ctx
}

// submit creates n jobs and wakes the dispatcher, as the server does.
func (b *bench) submit(n int) {
	b.t.Helper()
	for range n {
		b.jobs++
		if _, err := b.store.CreateJob(b.within(), storetest.Draft(1, b.jobs, 0), 0); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := b.queue.Wake(b.within()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) announce(slots int) {
	b.t.Helper()
	if err := b.queue.Announce(b.within(), task.WorkerStatus{ID: "worker", Slots: slots}); err != nil {
		b.t.Fatal(err)
	}
}

// claim receives the next task and claims it. A message that a sweep enqueued of
// a task that was being finished is dropped, as a worker does.
func (b *bench) claim() (task.Message, *task.Claim) {
	b.t.Helper()
	for {
		d, err := b.queue.Receive(b.within())
		if err != nil {
			b.t.Fatal(err)
		}
		c, outcome, err := b.store.Claim(b.within(), task.ClaimRequest{
			Admission: d.Admission(), Delivered: d.Count(), Worker: "worker", MaxAttempts: 5})
		switch {
		case err != nil || outcome == task.Defer:
			b.t.Fatalf("claim: %v, %v", outcome, err)
		case outcome == task.Claimed:
			return d, c
		}
		if err := d.Ack(b.within()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// finish ends a job well, as a worker does.
func (b *bench) finish(d task.Message, c *task.Claim) {
	b.t.Helper()
	result := task.Result{Outputs: []task.OutputResult{{Status: transcode.Complete}}}
	if err := errors.Join(b.store.Finish(b.within(), c, result), d.Ack(b.within()),
		b.queue.Wake(b.within())); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) stats() task.QueueStats {
	b.t.Helper()
	stats, err := b.store.QueueStats(b.within())
	if err != nil {
		b.t.Fatal(err)
	}
	return stats
}

// eventually tries until ok.
func (b *bench) eventually(what string, ok func() bool) {
	b.t.Helper()
	ctx := b.within()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			b.t.Fatalf("%s: never", what)
		case <-tick.C:
		}
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), text)
}

// Wakes alone carry jobs from submission to a worker: no tick comes round.
func TestWoken(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.start(never)
	b.submit(1)
	b.announce(1) // a worker that comes later wakes, too
	b.finish(b.claim())
	for range 20 {
		b.submit(1)
		b.finish(b.claim())
	}
}

// Without a worker nothing is admitted; then only a shallow buffer is.
func TestShallow(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.start(10 * time.Millisecond)
	b.submit(30)
	b.announce(2)
	for done := 0; done < 30; done += 2 {
		d1, c1 := b.claim()
		d2, c2 := b.claim()
		if s := b.stats(); s.Admitted > 1 || s.Running != 2 {
			t.Fatalf("%d tasks are admitted and %d run, with 2 slots, all busy", s.Admitted, s.Running)
		}
		b.finish(d1, c1)
		b.finish(d2, c2)
	}
	b.eventually("all done", func() bool { s := b.stats(); return s.Waiting+s.Admitted+s.Running == 0 })
}

// A dispatcher that died between Admit and Enqueue loses nothing.
func TestSweepAtStart(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.submit(3)
	admitted, err := b.store.Admit(b.within(), 3)
	if err != nil || len(admitted) != 3 {
		t.Fatalf("admitted %v, %v", admitted, err)
	}
	b.start(never)
	for range admitted {
		b.finish(b.claim())
	}
}

// A message that is refused is made up for before the next regular sweep.
func TestRefusedMessage(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.queue.refuse.Store(3)
	b.start(never)
	b.announce(4)
	b.submit(4)
	for range 4 {
		b.finish(b.claim())
	}
}

// A queue that lost a message gets it again from the regular sweep.
func TestSweepAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, soon)
	b.start(never)
	b.announce(1)
	b.submit(1)
	d, err := b.queue.Receive(b.within())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Ack(b.within()); err != nil { // the message is gone, the task is not
		t.Fatal(err)
	}
	again, c := b.claim()
	if again.Count() != 1 || again.Admission() != d.Admission() {
		t.Errorf("received %v for the %d. time", again.Admission(), again.Count())
	}
	b.finish(again, c)
}

// The store is away: one line when it begins, one when it ends, and work goes on.
func TestOutage(t *testing.T) {
	t.Parallel()
	b := newBench(t, soon)
	b.start(5 * time.Millisecond)
	b.announce(1)
	b.submit(1)
	b.finish(b.claim())
	b.store.away.Store(true)
	b.submit(1)
	const fails = `level=WARN msg="a service fails at its work; trying on" service=dispatch`
	for _, what := range []string{"admit tasks", "enqueue admitted tasks again"} {
		b.eventually("the outage is logged",
			func() bool { return b.log.count(fmt.Sprintf("%s work=%q", fails, what)) == 1 })
	}
	missed := b.store.misses.Load()
	b.eventually("more tries", func() bool { return b.store.misses.Load() > missed+6 })
	if n := b.log.count(fails + ` work="admit tasks"`); n != 1 {
		t.Errorf("one outage was logged %d times", n)
	}
	b.store.away.Store(false)
	b.finish(b.claim())
	b.eventually("the end of the outage is logged", func() bool {
		return b.log.count(`msg="a service's work goes on again" service=dispatch work="admit tasks"`) > 0
	})
}

// One of two dispatchers works; when it stops the other takes over.
func TestTakeover(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.announce(1)
	stopFirst := b.start(never)
	b.submit(1)
	b.finish(b.claim())
	b.start(never)
	stopFirst()
	for range 5 {
		b.submit(1)
		b.finish(b.claim())
	}
}
