// Package leader runs a service of which one in a fleet is active at a time: its
// loops, and its patience while the store or the queue is away.
package leader

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"
)

// Queue is what tells who leads and when there may be work.
type Queue interface {
	// Woken returns a channel that holds a value when there may be work.
	Woken(ctx context.Context) (<-chan struct{}, error)
	// Lead runs lead while this node holds the lock of that name.
	Lead(ctx context.Context, name, holder string, lead func(ctx context.Context)) error
}

// Leader waits for the lock of a service and runs loops while it is held. Every
// step of such a service must be right with two of them, and repeatable: the lock
// only saves work.
type Leader struct {
	service, node string
	queue         Queue
	log           *slog.Logger
}

// New makes the leader of a service, which names the lock. Node names this node in
// the lock: unique for each start; "" draws a name.
func New(service, node string, queue Queue, log *slog.Logger) *Leader {
	if node == "" {
		node = rand.Text()
	}
	return &Leader{service: service, node: node, queue: queue, log: log}
}

// Run calls lead while this node holds the lock, and waits for it otherwise, until
// ctx ends. What goes wrong is logged, once for each outage, and tried again.
func (l *Leader) Run(ctx context.Context, lead func(ctx context.Context)) {
	o := l.Outage("lead")
	for ctx.Err() == nil {
		o.Note(ctx, l.queue.Lead(ctx, l.service, l.node, func(ctx context.Context) {
			o.Note(ctx, nil)
			lead(ctx)
		}))
		o.Pause(ctx)
	}
}

// Loop does a round at once, on every wake and after every interval, until ctx
// ends. A round that failed is repeated soon. A nil wake leaves the interval.
func (l *Leader) Loop(ctx context.Context, work string, every time.Duration, wake <-chan struct{},
	round func(context.Context) error) {
	o := l.Outage(work)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if o.Note(ctx, round(ctx)) {
			o.Pause(ctx)
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case _, open := <-wake:
			if !open {
				wake = nil // the queue is closed, or ctx has ended
			}
		}
	}
}

// Woken listens for wakes of the queue, until ctx ends.
func (l *Leader) Woken(ctx context.Context) <-chan struct{} {
	o := l.Outage("listen for wakes")
	for ctx.Err() == nil {
		woken, err := l.queue.Woken(ctx)
		if !o.Note(ctx, err) {
			return woken
		}
		o.Pause(ctx)
	}
	return nil
}

// Signal leaves a value in a channel that holds one.
func Signal(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
