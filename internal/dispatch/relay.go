// Package dispatch hands waiting tasks to the engine, in the order that the store
// decides, and the events of the outbox to their subscribers. One relay of a fleet is active
// at a time; every step is right with two, and can be repeated, so a relay may
// die anywhere.
package dispatch

import (
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
)

// Store is the part of the state that the relay reads and writes.
type Store interface {
	// Admit moves up to room waiting tasks to admitted and returns them in the
	// order in which they are to run.
	Admit(ctx context.Context, room int) ([]task.Admission, error)
	// Outstanding lists every admitted or running task.
	Outstanding(ctx context.Context) ([]task.Admission, error)
	// Events lists the events of the outbox, oldest first.
	Events(ctx context.Context, limit int) ([]notify.Event, error)
	// FanOut takes events out of the outbox, each as one notification for every
	// subscriber, Amazon SNS among them if sns, and returns their number.
	FanOut(ctx context.Context, events []notify.Event, sns bool) (int, error)
	// DueSubscribers lists who has a notification to get now, DueNotifications
	// those of one of them: of each job the earliest only.
	DueSubscribers(ctx context.Context, limit int) ([]string, error)
	DueNotifications(ctx context.Context, subscriber string, limit int) ([]notify.Delivery, error)
	NotificationDelivered(ctx context.Context, id int64) error
	// NotificationFailed tells whether the notification is given up.
	NotificationFailed(ctx context.Context, id int64, f notify.Failure) (dead bool, err error)
}

// Queue is the part of the engine that the relay uses.
type Queue interface {
	// Publish hands over an admission; one that is there already stays as it is.
	Publish(ctx context.Context, a task.Admission) error
	// Woken returns a channel that holds a value when there may be work.
	Woken(ctx context.Context) (<-chan struct{}, error)
	Workers(ctx context.Context) ([]task.WorkerStatus, error)
	// Lead runs lead while this node holds the lock of that name.
	Lead(ctx context.Context, name, holder string, lead func(ctx context.Context)) error
	AckWait() time.Duration
	// PublishEvent tells those who watch the job now. A repeated one does no harm.
	PublishEvent(ctx context.Context, e notify.Event) error
}

// Publisher delivers a notification to its subscriber. One whose delivery failed,
// or was not recorded, is delivered again.
type Publisher interface {
	Deliver(ctx context.Context, n notify.Delivery) error
}

// Observer is told what became of a try to deliver: "delivered", "failed", or
// "dead" when it was the last.
type Observer interface {
	Delivery(transport, result string)
}

// nobody is the observer of a relay that has none.
type nobody struct{}

func (nobody) Delivery(string, string) {}

// Config is what a relay is told. The zero value is complete.
type Config struct {
	// Node names this node in the lock: unique for each start; "" draws a name.
	Node string
	// Tick is how often the relay looks without being woken; 0 is a second.
	Tick time.Duration
	// SNS hands every event that has a topic to Amazon SNS too.
	SNS bool
	// GiveUp is how long a notification is tried before it is a dead letter; 0 is a day.
	GiveUp time.Duration
	// Observer is nil for nobody.
	Observer Observer
	// Log is nil for slog.Default().
	Log *slog.Logger
}

// Bounds of the pause between tries while the store or the engine is away.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Relay admits tasks and delivers events. Make one with [New].
type Relay struct {
	cfg       Config
	store     Store
	queue     Queue
	publisher Publisher
	// sweepNow asks for a sweep before it is due.
	sweepNow chan struct{}
	// deliverNow says that there may be notifications to deliver.
	deliverNow chan struct{}
}

// New makes a relay; nothing runs before [Relay.Run].
func New(cfg Config, store Store, queue Queue, publisher Publisher) *Relay {
	if cfg.Node == "" {
		cfg.Node = rand.Text()
	}
	if cfg.Tick == 0 {
		cfg.Tick = time.Second
	}
	if cfg.GiveUp == 0 {
		cfg.GiveUp = 24 * time.Hour
	}
	if cfg.Observer == nil {
		cfg.Observer = nobody{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Relay{cfg: cfg, store: store, queue: queue, publisher: publisher,
		sweepNow: make(chan struct{}, 1), deliverNow: make(chan struct{}, 1)}
}

// Run relays while this node holds the lock, and waits for it otherwise, until
// ctx ends. It returns nil; what goes wrong is logged, once for each outage, and
// tried again.
func (r *Relay) Run(ctx context.Context) error {
	o := r.outage("lead")
	for ctx.Err() == nil {
		o.note(ctx, r.queue.Lead(ctx, "relay", r.cfg.Node, func(ctx context.Context) {
			o.note(ctx, nil)
			r.lead(ctx)
		}))
		o.pause(ctx)
	}
	return nil
}

// lead does the work of the active relay until ctx ends.
func (r *Relay) lead(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { r.loop(ctx, "admit tasks", r.cfg.Tick, r.woken(ctx), r.admit) })
	loops.Go(func() { r.loop(ctx, "publish admitted tasks again", r.queue.AckWait(), r.sweepNow, r.sweep) })
	loops.Go(func() { r.loop(ctx, "hand out events", r.cfg.Tick, r.woken(ctx), r.fanOut) })
	loops.Go(func() { r.deliver(ctx) })
	loops.Wait()
	r.deliverLast(ctx)
}

// loop does a round at once, on every wake and after every interval, until ctx
// ends. A round that failed is repeated soon.
func (r *Relay) loop(ctx context.Context, what string, every time.Duration, wake <-chan struct{},
	round func(context.Context) error) {
	o := r.outage(what)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if o.note(ctx, round(ctx)) {
			o.pause(ctx)
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case _, open := <-wake:
			if !open {
				wake = nil // the engine is closed, or ctx has ended
			}
		}
	}
}

// woken listens for wakes. Without the engine's word the ticks remain.
func (r *Relay) woken(ctx context.Context) <-chan struct{} {
	o := r.outage("listen for wakes")
	for ctx.Err() == nil {
		woken, err := r.queue.Woken(ctx)
		if !o.note(ctx, err) {
			return woken
		}
		o.pause(ctx)
	}
	return nil
}

// outage tells the log when something begins to fail and when it works again.
type outage struct {
	log   *slog.Logger
	what  string
	tries int
}

func (r *Relay) outage(what string) *outage { return &outage{log: r.cfg.Log, what: what} }

// note takes the outcome of a try and tells whether it failed. An end of ctx is
// no outage.
func (o *outage) note(ctx context.Context, err error) (failed bool) {
	switch {
	case err != nil && ctx.Err() == nil:
		if o.tries++; o.tries == 1 {
			o.log.WarnContext(ctx, "the relay fails at its work; trying on", "work", o.what, "err", err)
		}
		return true
	case err == nil && o.tries > 0:
		o.log.InfoContext(ctx, "the relay's work goes on again", "work", o.what, "tries", o.tries)
		o.tries = 0
	}
	return err != nil
}

// pause waits before the next try: twice as long each time, with jitter. After a
// success it does not wait.
func (o *outage) pause(ctx context.Context) {
	if o.tries == 0 {
		return
	}
	timer := time.NewTimer(backoff(o.tries-1, firstPause, lastPause))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// backoff is a time span between half and all of first doubled n times, at most
// last: jitter keeps nodes that failed together from coming back together.
func backoff(n int, first, last time.Duration) time.Duration {
	d := last
	if n < 32 && first<<n < last {
		d = first << n
	}
	return d/2 + mathrand.N(d/2+1)
}
