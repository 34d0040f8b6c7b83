// Package relay hands waiting tasks to the engine, in the order that the store
// decides, and delivers the events of the outbox. One relay of a fleet is active
// at a time; every step is right with two, and can be repeated, so a relay may
// die anywhere.
package relay

import (
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Store is the part of the state that the relay reads and writes.
type Store interface {
	// Admit moves up to room waiting tasks to admitted and returns them in the
	// order in which they are to run.
	Admit(ctx context.Context, room int) ([]transcode.Admission, error)
	// Outstanding lists every admitted or running task.
	Outstanding(ctx context.Context) ([]transcode.Admission, error)
	// Events lists due events, oldest first.
	Events(ctx context.Context, limit int) ([]transcode.Event, error)
	EventDelivered(ctx context.Context, id int64) error
	EventFailed(ctx context.Context, id int64, retryAfter time.Duration) error
}

// Queue is the part of the engine that the relay uses.
type Queue interface {
	// Publish hands over an admission; one that is there already stays as it is.
	Publish(ctx context.Context, a transcode.Admission) error
	// Woken returns a channel that holds a value when there may be work.
	Woken(ctx context.Context) (<-chan struct{}, error)
	Workers(ctx context.Context) ([]transcode.WorkerStatus, error)
	// Lead runs lead while this node holds the lock of that name.
	Lead(ctx context.Context, name, holder string, lead func(ctx context.Context)) error
	AckWait() time.Duration
}

// Publisher delivers an event to those who asked for it. An event whose delivery
// failed, or was not recorded, is delivered again.
type Publisher interface {
	PublishEvent(ctx context.Context, e transcode.Event) error
}

// Config is what a relay is told. The zero value is complete.
type Config struct {
	// Node names this node in the lock: unique for each start; "" draws a name.
	Node string
	// Tick is how often the relay looks without being woken; 0 is a second.
	Tick time.Duration
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
}

// New makes a relay; nothing runs before [Relay.Run].
func New(cfg Config, store Store, queue Queue, publisher Publisher) *Relay {
	if cfg.Node == "" {
		cfg.Node = rand.Text()
	}
	if cfg.Tick == 0 {
		cfg.Tick = time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Relay{cfg: cfg, store: store, queue: queue, publisher: publisher, sweepNow: make(chan struct{}, 1)}
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
	loops.Go(func() { r.loop(ctx, "deliver events", r.cfg.Tick, r.woken(ctx), r.deliver) })
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
