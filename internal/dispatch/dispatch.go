// Package dispatch hands waiting tasks to the queue, in the order that the store
// decides. One dispatcher of a fleet is active at a time; every step is right with
// two, and can be repeated, so a dispatcher may die anywhere.
package dispatch

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/leader"
	"github.com/reelastic/reelastic/internal/task"
)

// Store is the part of the state that the dispatcher reads and writes.
type Store interface {
	// Admit moves up to room waiting tasks to admitted and returns them in the
	// order in which they are to run.
	Admit(ctx context.Context, room int) ([]task.Admission, error)
	// Outstanding lists every admitted or running task.
	Outstanding(ctx context.Context) ([]task.Admission, error)
}

// Queue is the part of the queue that the dispatcher uses.
type Queue interface {
	leader.Queue
	// Enqueue hands over an admission; one that is there already stays as it is.
	Enqueue(ctx context.Context, a task.Admission) error
	Workers(ctx context.Context) ([]task.WorkerStatus, error)
	AckWait() time.Duration
}

// Config is what a dispatcher is told. The zero value is complete.
type Config struct {
	// Node names this node in the lock: unique for each start; "" draws a name.
	Node string
	// Tick is how often the dispatcher looks without being woken; 0 is a second.
	Tick time.Duration
	// Log is nil to discard.
	Log *slog.Logger
}

// Dispatcher admits tasks and enqueues them. Make one with [New].
type Dispatcher struct {
	tick   time.Duration
	leader *leader.Leader
	store  Store
	queue  Queue
	// sweepNow asks for a sweep before it is due.
	sweepNow chan struct{}
}

// New makes a dispatcher; nothing runs before [Dispatcher.Run].
func New(cfg Config, store Store, queue Queue) *Dispatcher {
	log := cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Dispatcher{
		tick: cmp.Or(cfg.Tick, time.Second), leader: leader.New("dispatch", cfg.Node, queue, log),
		store: store, queue: queue, sweepNow: make(chan struct{}, 1),
	}
}

// Run dispatches while this node holds the lock, and waits for it otherwise, until
// ctx ends. It returns nil; what goes wrong is logged, once for each outage, and
// tried again.
func (d *Dispatcher) Run(ctx context.Context) error {
	d.leader.Run(ctx, d.lead)
	return nil
}

// lead does the work of the active dispatcher until ctx ends.
func (d *Dispatcher) lead(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { d.leader.Loop(ctx, "admit tasks", d.tick, d.leader.Woken(ctx), d.admit) })
	loops.Go(func() { d.leader.Loop(ctx, "enqueue admitted tasks again", d.queue.AckWait(), d.sweepNow, d.sweep) })
	loops.Wait()
}
