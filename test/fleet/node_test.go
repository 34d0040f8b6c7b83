package fleet_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/delivery"
	"github.com/reelastic/reelastic/internal/dispatch"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
	"github.com/reelastic/reelastic/internal/worker"
)

// node is a process of the service: a worker, or a dispatcher, or both, whose calls
// pass through a wire.
type node struct {
	*wire
	store   wiredStore
	queue   wiredQueue
	objects wiredObjects
	encoder *encoder
	scratch string

	// MaxAttempts and Slots are the worker's; 5 and 1 by default.
	MaxAttempts, Slots int

	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	order   []string // of first claims, see oneByOne
	// closers close the connections that are the node's own.
	closers []func()
}

func newNode(w *wire, db *sqlstore.DB, queue func() *taskqueue.Queue, objects *dir.Store, scratch string,
	r *runs) *node {
	n := &node{wire: w, store: wiredStore{w, db}, queue: wiredQueue{wire: w, queue: queue},
		objects: wiredObjects{w, objects},
		encoder: newEncoder(w, r), scratch: scratch, MaxAttempts: 5, Slots: 1}
	n.ctx, n.end = context.WithCancel(context.Background())
	return n
}

// node makes a node, which stops with the test. It has connections of its own,
// where the shape lets it.
func (c *cluster) node(t *testing.T) *node {
	t.Helper()
	c.nodes++
	db, queue := c.store, c.local.Load
	var closers []func()
	if c.postgres {
		db = c.openStore(t)
		closers = append(closers, func() { db.Close() })
	}
	if c.remote {
		q := c.openQueue(t)
		queue = func() *taskqueue.Queue { return q }
		closers = append(closers, q.Close)
	}
	n := c.on(t, db, queue)
	n.closers = closers
	return n
}

// guest makes a node that uses the test's own connections.
func (c *cluster) guest(t *testing.T) *node {
	t.Helper()
	c.nodes++
	return c.on(t, c.store, c.local.Load)
}

func (c *cluster) on(t *testing.T, db *sqlstore.DB, queue func() *taskqueue.Queue) *node {
	t.Helper()
	n := newNode(newWire(fmt.Sprint("node", c.nodes), c.journal), db, queue, c.objects, c.scratch(), c.runs)
	t.Cleanup(n.stop)
	return n
}

// work starts the node's worker.
func (n *node) work() *node {
	w := worker.New(worker.Config{ID: n.node, Slots: n.Slots, Threads: 1, Scratch: n.scratch,
		MaxAttempts: n.MaxAttempts,
		Speed:       "veryfast", Log: nodeLog(n.node)}, n.store, n.queue,
		func(string) worker.Objects { return n.objects }, n.encoder,
		func(string) job.Keys { return nil }, observer{})
	n.running.Go(func() {
		if err := w.Run(n.ctx); err != nil {
			n.journal.add(entry{Node: n.node, What: "worker", Err: err})
		}
	})
	return n
}

// dispatch starts what serves workers and subscribers: dispatch and delivery.
func (n *node) dispatch() *node {
	const tick = 200 * time.Millisecond
	d := dispatch.New(dispatch.Config{Node: n.node, Tick: tick, Log: nodeLog(n.node)}, n.store, n.queue)
	s := delivery.New(delivery.Config{Node: n.node, Tick: tick, Log: nodeLog(n.node)}, n.store, n.queue, nobody{})
	for what, run := range map[string]func(context.Context) error{"dispatch": d.Run, "delivery": s.Run} {
		n.running.Go(func() {
			if err := run(n.ctx); err != nil {
				n.journal.add(entry{Node: n.node, What: what, Err: err})
			}
		})
	}
	return n
}

// stop ends the node as SIGTERM does.
func (n *node) stop() {
	n.end()
	n.running.Wait()
	for _, close := range n.closers {
		close()
	}
	n.closers = nil
}

// kill ends the node without a last word.
func (n *node) kill() {
	n.die()
	n.stop()
}

// die is kill for a hook of the node, which can't wait for its own end.
func (n *node) die() {
	n.cut()
	n.end()
}

// oneByOne lets the node receive only what it then claims, one task after the
// other, so that it claims in the queue's order, and keeps that order.
func (n *node) oneByOne() {
	turn := make(chan struct{}, 1)
	n.before("Receive", func(entry) error {
		select {
		case turn <- struct{}{}:
		case <-n.ctx.Done():
		}
		return nil
	})
	n.after("Claim", func(e entry) error {
		n.mu.Lock()
		if e.Attempt > 0 && !slices.Contains(n.order, e.Job) {
			n.order = append(n.order, e.Job)
		}
		n.mu.Unlock()
		select {
		case <-turn:
		default:
		}
		return nil
	})
}

// claims lists the jobs that the node has claimed, in order.
func (n *node) claims() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.order)
}

// nodeLog is where nodes log: nowhere, or to stderr when REELASTIC_TEST_LOG is set.
func nodeLog(node string) *slog.Logger {
	if os.Getenv("REELASTIC_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil)).With("node", node)
}

// observer counts nothing.
type observer struct{}

func (observer) JobFinished(string, task.Result, time.Duration) {}
func (observer) EncodeSpeed(float64)                            {}
func (observer) Running(int)                                    {}
func (observer) Confined(string)                                {}
