package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/delivery"
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
	// never is an interval that does not come round within a test, tick one that does.
	never = time.Hour
	tick  = 20 * time.Millisecond
)

// flaky is a real store that is away on cue.
type flaky struct {
	*sqlstore.DB
	away   atomic.Bool
	misses atomic.Int32 // calls while it was away
	// unrecorded makes so many deliveries fail to be recorded.
	unrecorded atomic.Int32
}

func (f *flaky) DeliverySucceeded(ctx context.Context, id int64) error {
	if f.unrecorded.Add(-1) >= 0 {
		return fmt.Errorf("on cue: %w", transcode.ErrUnavailable)
	}
	return f.DB.DeliverySucceeded(ctx, id)
}

func (f *flaky) fail() error {
	if f.away.Load() {
		f.misses.Add(1)
		return fmt.Errorf("on cue: %w", transcode.ErrUnavailable)
	}
	return nil
}

func (f *flaky) DueSubscribers(ctx context.Context, failing bool, limit int) ([]notify.Due, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.DB.DueSubscribers(ctx, failing, limit)
}

func (f *flaky) Events(ctx context.Context, limit int) ([]notify.Event, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.DB.Events(ctx, limit)
}

// receiver keeps what it is given; it fails on cue.
type receiver struct {
	failures atomic.Int32
	got      chan notify.Delivery
	// hang keeps what is for a subscriber until the try is given up, or the channel closed.
	hang map[string]chan struct{}
	hung chan notify.Delivery
	// ended counts tries that were given up.
	ended atomic.Int32
}

func (r *receiver) Deliver(ctx context.Context, d notify.Delivery) error {
	if wait, ok := r.hang[d.Subscriber]; ok {
		r.hung <- d
		select {
		case <-wait:
		case <-ctx.Done():
			r.ended.Add(1)
			return ctx.Err()
		}
	}
	if r.failures.Add(-1) >= 0 {
		return errors.New("nobody there")
	}
	r.got <- d
	return nil
}

// results are what became of tries.
type results chan string

func (r results) Delivery(_, result string) { r <- result }

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

// fixture is a store with a pipeline that tells of the beginning and the end of
// jobs, a queue, and a service that may be started. With Amazon SNS switched on
// the topic has one subscriber.
type fixture struct {
	*testing.T
	store    *flaky
	queue    *taskqueue.Queue
	receiver *receiver
	log      *lines
	results  results
	giveUp   time.Duration
	limits   delivery.Config // on who is served
	jobs     int
}

func newFixture(t *testing.T) *fixture {
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
		Dir: t.TempDir(), LockTTL: 2 * time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queue.Close)
	f := &fixture{T: t, store: &flaky{DB: store}, queue: queue, log: new(lines), results: make(results, 1000),
		receiver: &receiver{got: make(chan notify.Delivery, 1000), hung: make(chan notify.Delivery, 10000)}}
	p := storetest.Pipeline(1)
	p.Notifications.Progressing, p.Notifications.Completed = new(topic), new(topic)
	if err := store.CreatePipeline(t.Context(), p, 0); err != nil {
		t.Fatal(err)
	}
	return f
}

// start runs a service that looks every so often until stop is called or the test ends.
func (f *fixture) start(every time.Duration) (stop func()) {
	f.Helper()
	ctx, cancel := context.WithCancel(f.Context())
	ended := make(chan error, 1)
	log := slog.New(slog.NewTextHandler(f.log, nil))
	cfg := f.limits
	cfg.Tick, cfg.SNS, cfg.GiveUp, cfg.Observer, cfg.Log = every, true, f.giveUp, f.results, log
	s := delivery.New(cfg, f.store, f.queue, f.receiver)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			f.Errorf("the service ended with %v", err)
		}
	})
	f.Cleanup(stop)
	return stop
}

func (f *fixture) within() context.Context {
	ctx, cancel := context.WithTimeout(f.Context(), limit)
	f.Cleanup(cancel)
	return ctx
}

// begin has a worker begin a new job, and wakes the service, as the worker does.
func (f *fixture) begin() *task.Claim {
	f.Helper()
	f.jobs++
	if _, err := f.store.CreateJob(f.within(), storetest.Draft(1, f.jobs, 0), 0); err != nil {
		f.Fatal(err)
	}
	admitted, err := f.store.Admit(f.within(), 1)
	if err != nil || len(admitted) != 1 {
		f.Fatalf("admitted %v, %v", admitted, err)
	}
	c, outcome, err := f.store.Claim(f.within(), task.ClaimRequest{
		Admission: admitted[0], Delivered: 1, Worker: "worker", MaxAttempts: 5})
	if err != nil || outcome != task.Claimed {
		f.Fatalf("claim: %v, %v", outcome, err)
	}
	f.wake()
	return c
}

// finish ends a job well, and wakes the service.
func (f *fixture) finish(c *task.Claim) {
	f.Helper()
	f.complete(c)
	f.wake()
}

// complete ends a job well; nobody hears of it.
func (f *fixture) complete(c *task.Claim) {
	f.Helper()
	result := task.Result{Outputs: []task.OutputResult{{Status: transcode.Complete}}}
	if err := f.store.Finish(f.within(), c, result); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) wake() {
	f.Helper()
	if err := f.queue.Wake(f.within()); err != nil {
		f.Fatal(err)
	}
}

// next reads the next delivery that arrived.
func (f *fixture) next() notify.Delivery {
	f.Helper()
	select {
	case d := <-f.receiver.got:
		return d
	case <-f.within().Done():
		f.Fatal("nothing was delivered")
		panic("not reached")
	}
}

// eventually tries until ok.
func (f *fixture) eventually(what string, ok func() bool) {
	f.Helper()
	ctx := f.within()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			f.Fatalf("%s: never", what)
		case <-ticker.C:
		}
	}
}

// subscribe stores a confirmed subscription.
func (f *fixture) subscribe(id string) string {
	f.Helper()
	s := &notify.Subscription{ID: id, Topic: topic, Confirmed: true, Sealed: []byte{0}}
	if err := f.store.CreateSubscription(f.within(), s); err != nil {
		f.Fatal(err)
	}
	return id
}

// Events are delivered in order, and again after a failure.
func TestEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.receiver.failures.Store(1)
	f.start(tick)
	c := f.begin()
	first := f.next()
	if first.State != "PROGRESSING" || first.Tries != 1 || first.JobID != storetest.JobID(1) ||
		len(first.Message) == 0 {
		t.Errorf("the delivery is %+v", first)
	}
	f.finish(c)
	if second := f.next(); second.State != "COMPLETED" || second.Tries != 0 {
		t.Errorf("the delivery is %+v", second)
	}
	f.eventually("nothing is left", func() bool {
		events, err := f.store.DB.Events(f.within(), 10)
		stats, wrong := f.store.DeliveryStats(f.within())
		return err == nil && wrong == nil && len(events) == 0 && stats == notify.Stats{}
	})
	if f.log.count("notification not delivered") != 1 || f.log.count(`msg="job event"`) != 2 {
		t.Errorf("the log does not tell of the deliveries")
	}
	for _, want := range []string{"failed", "delivered", "delivered"} {
		if got := <-f.results; got != want {
			t.Errorf("the observer is told %q, want %q", got, want)
		}
	}
}

// A wake alone carries an event to its subscribers: no tick comes round.
func TestWoken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.start(never)
	first := f.begin()
	f.eventually("the service leads", func() bool { f.wake(); return len(f.receiver.got) > 0 })
	f.next()
	f.finish(first)
	if d := f.next(); d.State != "COMPLETED" {
		t.Errorf("the delivery is %+v", d)
	}
}

// A subscriber that does not answer holds nobody up but itself: the jobs go on,
// and the others get what they are to get. Its own events stay in order.
func TestHangingSubscriber(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	slow, fast := f.subscribe("slow"), f.subscribe("fast")
	answer := make(chan struct{})
	f.receiver.hang = map[string]chan struct{}{slow: answer}
	f.start(tick)
	const jobs = 3
	got := map[string][]string{}
	read := func(n int) {
		for range n {
			d := f.next()
			got[d.Subscriber+d.JobID] = append(got[d.Subscriber+d.JobID], d.State)
		}
	}
	for range jobs {
		f.finish(f.begin())
		read(4) // two events for fast and for Amazon SNS
	}
	if d := <-f.receiver.hung; d.State != "PROGRESSING" || d.JobID != storetest.JobID(1) {
		t.Errorf("the first that hangs is %+v", d)
	}
	if n := len(f.receiver.hung); n != 0 {
		t.Errorf("%d more deliveries hang at a subscriber that has not answered once", n)
	}
	close(answer)
	read(2 * jobs)
	for _, subscriber := range []string{slow, fast, topic} {
		for job := 1; job <= jobs; job++ {
			states := got[subscriber+storetest.JobID(job)]
			if !slices.Equal(states, []string{"PROGRESSING", "COMPLETED"}) {
				t.Errorf("%s was told of job %d: %q", subscriber, job, states)
			}
		}
	}
}

// More subscribers than have places hang, and hold up nobody who answers: a delivery
// arrives while not one of their tries has ended. In a soak there are 600.
func TestHangingSubscribers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	hanging := 600
	if os.Getenv("REELASTIC_SOAK") == "" {
		hanging, f.limits = 30, delivery.Config{Prompt: 25, Slow: 50}
	}
	f.receiver.hang = map[string]chan struct{}{}
	for i := range hanging { // all are due before the one that answers
		f.receiver.hang[f.subscribe(fmt.Sprintf("a-%03d", i))] = nil
	}
	good := f.subscribe("z")
	f.start(tick)
	c := f.begin()
	arrives := func(state string) {
		t.Helper()
		for d := f.next(); d.Subscriber != good || d.State != state; {
			d = f.next() // Amazon SNS gets them, too
		}
		if n := f.receiver.ended.Load(); n > 0 {
			t.Errorf("%s arrived when %d tries at others had ended", state, n)
		}
	}
	arrives("PROGRESSING")
	f.finish(c)
	arrives("COMPLETED")
}

// Where no more may be slow, tries that take long are given up, and those who answer are
// served.
func TestCrowd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.limits = delivery.Config{Prompt: 2, Slow: 3, SlowPerHost: 2, Patience: time.Millisecond}
	f.receiver.hang = map[string]chan struct{}{}
	for i := range 9 {
		f.receiver.hang[f.subscribe(fmt.Sprintf("a-%d", i))] = nil
	}
	good := f.subscribe("z")
	f.start(tick)
	f.begin()
	for d := f.next(); d.Subscriber != good; {
		d = f.next()
	}
	f.eventually("tries are given up", func() bool { return f.log.count("no prompt answer") > 0 })
	if held := len(f.receiver.hung) - int(f.receiver.ended.Load()); held > 5 {
		t.Errorf("%d tries are held", held)
	}
}

// A delivery that could not be recorded is repeated, after a pause.
func TestUnrecordedDelivery(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.store.unrecorded.Store(2)
	f.start(tick)
	f.begin()
	first := f.next()
	for range 2 {
		if again := f.next(); again.ID != first.ID || again.MessageID != first.MessageID {
			t.Errorf("%+v, want %+v again", again, first)
		}
	}
	f.eventually("the end of the outage is logged", func() bool {
		return f.log.count("a service's work goes on again") == 1
	})
	if n := f.log.count("a service fails at its work"); n != 1 || len(f.receiver.got) != 0 {
		t.Errorf("the outage was logged %d times, and %d more are delivered", n, len(f.receiver.got))
	}
}

// What can't be delivered in time is a dead letter, which can be sent again.
func TestDeadLetter(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.giveUp = time.Nanosecond
	f.receiver.failures.Store(1)
	f.start(tick)
	f.begin()
	if got := <-f.results; got != "dead" {
		t.Fatalf("the observer is told %q, want dead", got)
	}
	dead := notify.Filter{Status: notify.Dead}
	all, err := f.store.Deliveries(f.within(), dead, 0, 9)
	if err != nil || len(all) != 1 || all[0].LastError != "nobody there" || all[0].Subscriber != topic {
		t.Fatalf("dead letters %+v, %v", all, err)
	}
	if n, err := f.store.Resend(f.within(), dead); err != nil || n != 1 {
		t.Fatalf("%d sent again, %v", n, err)
	}
	if d := f.next(); d.ID != all[0].ID || d.State != "PROGRESSING" {
		t.Errorf("sent again: %+v", d)
	}
}

// The store is away: one line when it begins, one when it ends, and work goes on.
func TestOutage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.start(5 * time.Millisecond)
	f.finish(f.begin())
	f.next()
	f.next()
	f.store.away.Store(true)
	const fails = `level=WARN msg="a service fails at its work; trying on" service=delivery`
	for _, work := range []string{"hand out events", "deliver notifications"} {
		f.eventually("the outage is logged", func() bool {
			return f.log.count(fmt.Sprintf("%s work=%q", fails, work)) == 1
		})
	}
	missed := f.store.misses.Load()
	f.eventually("more tries", func() bool { return f.store.misses.Load() > missed+6 })
	if n := f.log.count(fails + ` work="hand out events"`); n != 1 {
		t.Errorf("one outage was logged %d times", n)
	}
	f.store.away.Store(false)
	f.begin()
	f.next()
}

// What the last jobs before a stop leave in the outbox is delivered before the
// service ends, although nothing wakes it any more.
func TestEventsAtTheEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stop := f.start(never)
	c := f.begin()
	f.eventually("the service leads", func() bool { f.wake(); return len(f.receiver.got) > 0 })
	f.complete(c)
	stop()
	for _, want := range []string{"PROGRESSING", "COMPLETED"} {
		if d := f.next(); d.State != want {
			t.Errorf("the delivery is %+v, want %s", d, want)
		}
	}
}
