package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/dispatch"
	"github.com/reelastic/reelastic/internal/notify"
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

// flaky is a real store and a real engine, each of which is away on cue.
type flaky struct {
	*sqlstore.DB
	away   atomic.Bool
	misses atomic.Int32 // calls while it was away
	// unrecorded makes so many deliveries fail to be recorded.
	unrecorded atomic.Int32
}

func (f *flaky) NotificationDelivered(ctx context.Context, id int64) error {
	if f.unrecorded.Add(-1) >= 0 {
		return fmt.Errorf("on cue: %w", transcode.ErrUnavailable)
	}
	return f.DB.NotificationDelivered(ctx, id)
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

func (f *flaky) DueSubscribers(ctx context.Context, limit int) ([]string, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.DB.DueSubscribers(ctx, limit)
}

func (f *flaky) Events(ctx context.Context, limit int) ([]notify.Event, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.DB.Events(ctx, limit)
}

type flakyQueue struct {
	*taskqueue.Queue
	refuse atomic.Int32 // so many publications are refused
}

func (f *flakyQueue) Publish(ctx context.Context, a task.Admission) error {
	if f.refuse.Add(-1) >= 0 {
		return errors.New("refused on cue")
	}
	return f.Queue.Publish(ctx, a)
}

// publisher keeps what it is given; it fails on cue.
type publisher struct {
	failures atomic.Int32
	got      chan notify.Delivery
	// hang keeps what is for a subscriber until the try is given up, or the channel closed.
	hang map[string]chan struct{}
	hung chan notify.Delivery
}

func (p *publisher) Deliver(ctx context.Context, n notify.Delivery) error {
	if wait, ok := p.hang[n.Subscriber]; ok {
		p.hung <- n
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if p.failures.Add(-1) >= 0 {
		return errors.New("nobody there")
	}
	p.got <- n
	return nil
}

// bench is a store with a pipeline, an engine, and a relay that may be started.
type bench struct {
	t         *testing.T
	store     *flaky
	queue     *flakyQueue
	publisher *publisher
	log       *lines
	results   results
	giveUp    time.Duration
	jobs      int
}

// topic is that of the pipeline. With Amazon SNS switched on it has one subscriber.
const topic = "arn:aws:sns:us-east-1:000000000000:jobs"

// results are what became of tries.
type results chan string

func (r results) Delivery(_, result string) { r <- result }

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
	b := &bench{t: t, store: &flaky{DB: store}, queue: &flakyQueue{Queue: queue},
		log: new(lines), results: make(results, 1000),
		publisher: &publisher{got: make(chan notify.Delivery, 1000), hung: make(chan notify.Delivery, 1000)}}
	p := storetest.Pipeline(1)
	p.Notifications.Progressing, p.Notifications.Completed = new(topic), new(topic)
	if err := store.CreatePipeline(t.Context(), p, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// start runs a relay that looks every tick until stop is called or the test ends.
func (b *bench) start(tick time.Duration) (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	r := dispatch.New(dispatch.Config{Tick: tick, SNS: true, GiveUp: b.giveUp, Observer: b.results, Log: slog.New(slog.NewTextHandler(b.log, nil))}, b.store, b.queue, b.publisher)
	go func() { ended <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("the relay ended with %v", err)
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

// submit creates n jobs and wakes the relay, as the server does.
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

// claim receives the next task and claims it. A message that a sweep published of
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
	if err := errors.Join(b.store.Finish(b.within(), c, result), d.Ack(b.within()), b.queue.Wake(b.within())); err != nil {
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

// event reads the next event that was delivered.
func (b *bench) event() notify.Delivery {
	b.t.Helper()
	select {
	case e := <-b.publisher.got:
		return e
	case <-b.within().Done():
		b.t.Fatal("no event came")
		panic("not reached")
	}
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

// A relay that died between Admit and Publish loses nothing.
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

// A publication that fails is made up for before the next regular sweep.
func TestRefusedPublication(t *testing.T) {
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

// An engine that lost a message gets it again from the regular sweep.
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
	const fails = `level=WARN msg="the relay fails at its work; trying on"`
	for _, what := range []string{"admit tasks", "hand out events", "deliver notifications", "publish admitted tasks again"} {
		b.eventually("the outage is logged", func() bool { return b.log.count(fmt.Sprintf("%s work=%q", fails, what)) == 1 })
	}
	missed := b.store.misses.Load()
	b.eventually("more tries", func() bool { return b.store.misses.Load() > missed+6 })
	if n := b.log.count(fails + ` work="admit tasks"`); n != 1 {
		t.Errorf("one outage was logged %d times", n)
	}
	b.store.away.Store(false)
	b.finish(b.claim())
	b.eventually("the end of the outage is logged", func() bool { return b.log.count(`msg="the relay's work goes on again" work="admit tasks"`) > 0 })
}

// Events are delivered in order, and again after a failure.
func TestEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.publisher.failures.Store(1)
	b.start(20 * time.Millisecond)
	b.announce(1)
	b.submit(1)
	d, c := b.claim()
	first := b.event()
	if first.State != "PROGRESSING" || first.Tries != 1 || first.JobID != storetest.JobID(1) || len(first.Message) == 0 {
		t.Errorf("the notification is %+v", first)
	}
	b.finish(d, c)
	if second := b.event(); second.State != "COMPLETED" || second.Tries != 0 {
		t.Errorf("the notification is %+v", second)
	}
	b.eventually("nothing is left", func() bool {
		events, err := b.store.DB.Events(b.within(), 10)
		stats, wrong := b.store.DeliveryStats(b.within())
		return err == nil && wrong == nil && len(events) == 0 && stats == notify.Stats{}
	})
	if b.log.count("notification not delivered") != 1 || b.log.count(`msg="job event"`) != 2 {
		t.Errorf("the log does not tell of the deliveries")
	}
	for _, want := range []string{"failed", "delivered", "delivered"} {
		if got := <-b.results; got != want {
			t.Errorf("the observer is told %q, want %q", got, want)
		}
	}
}

// subscribe stores a confirmed subscription.
func (b *bench) subscribe(id string) string {
	b.t.Helper()
	if err := b.store.CreateSubscription(b.within(), &notify.Subscription{ID: id, Topic: topic, Confirmed: true, Sealed: []byte{0}}); err != nil {
		b.t.Fatal(err)
	}
	return id
}

// A subscriber that does not answer holds nobody up but itself: the jobs go on,
// and the others get what they are to get. Its own events stay in order.
func TestHangingSubscriber(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	slow, fast := b.subscribe("slow"), b.subscribe("fast")
	answer := make(chan struct{})
	b.publisher.hang = map[string]chan struct{}{slow: answer}
	b.start(20 * time.Millisecond)
	b.announce(1)
	const jobs = 3
	got := map[string][]string{}
	for range jobs {
		b.submit(1)
		b.finish(b.claim())
		for range 4 { // two events for fast and for Amazon SNS
			n := b.event()
			got[n.Subscriber+n.JobID] = append(got[n.Subscriber+n.JobID], n.State)
		}
	}
	if n := <-b.publisher.hung; n.State != "PROGRESSING" || n.JobID != storetest.JobID(1) {
		t.Errorf("the first that hangs is %+v", n)
	}
	if n := len(b.publisher.hung); n != 0 {
		t.Errorf("%d more deliveries hang at a subscriber that has not answered once", n)
	}
	close(answer)
	for range 2 * jobs {
		n := b.event()
		got[n.Subscriber+n.JobID] = append(got[n.Subscriber+n.JobID], n.State)
	}
	for _, subscriber := range []string{slow, fast, topic} {
		for job := 1; job <= jobs; job++ {
			if states := got[subscriber+storetest.JobID(job)]; !slices.Equal(states, []string{"PROGRESSING", "COMPLETED"}) {
				t.Errorf("%s was told of job %d: %q", subscriber, job, states)
			}
		}
	}
}

// A delivery that could not be recorded is repeated, after a pause.
func TestUnrecordedDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.store.unrecorded.Store(2)
	b.start(20 * time.Millisecond)
	b.announce(1)
	b.submit(1)
	b.claim()
	first := b.event()
	for range 2 {
		if again := b.event(); again.ID != first.ID || again.MessageID != first.MessageID {
			t.Errorf("%+v, want %+v again", again, first)
		}
	}
	b.eventually("the end of the outage is logged", func() bool {
		return b.log.count("the relay's work goes on again") == 1
	})
	if n := b.log.count("the relay fails at its work"); n != 1 || len(b.publisher.got) != 0 {
		t.Errorf("the outage was logged %d times, and %d more are delivered", n, len(b.publisher.got))
	}
}

// What can't be delivered in time is a dead letter, which can be sent again.
func TestDeadLetter(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	b.giveUp = time.Nanosecond
	b.publisher.failures.Store(1)
	b.start(20 * time.Millisecond)
	b.announce(1)
	b.submit(1)
	b.claim()
	if got := <-b.results; got != "dead" {
		t.Fatalf("the observer is told %q, want dead", got)
	}
	dead := notify.Filter{Status: notify.Dead}
	all, err := b.store.Deliveries(b.within(), dead, 0, 9)
	if err != nil || len(all) != 1 || all[0].LastError != "nobody there" || all[0].Subscriber != topic {
		t.Fatalf("dead letters %+v, %v", all, err)
	}
	if n, err := b.store.Resend(b.within(), dead); err != nil || n != 1 {
		t.Fatalf("%d sent again, %v", n, err)
	}
	if n := b.event(); n.ID != all[0].ID || n.State != "PROGRESSING" {
		t.Errorf("sent again: %+v", n)
	}
}

// What the last jobs before a stop leave in the outbox is delivered before the
// relay ends, although nothing wakes it any more.
func TestEventsAtTheEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t, late)
	stop := b.start(never)
	b.announce(1)
	b.submit(1)
	_, c := b.claim()
	result := task.Result{Outputs: []task.OutputResult{{Status: transcode.Complete}}}
	if err := b.store.Finish(b.within(), c, result); err != nil {
		b.t.Fatal(err)
	}
	stop()
	for _, want := range []string{"PROGRESSING", "COMPLETED"} {
		if e := b.event(); e.State != want {
			t.Errorf("the event is %+v, want %s", e, want)
		}
	}
}

// One of two relays works; when it stops the other takes over.
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
