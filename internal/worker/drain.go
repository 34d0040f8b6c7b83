package worker

import (
	"context"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// gate is where the worker takes jobs. It is shut while the worker drains. The zero value
// is open.
type gate struct {
	mu   sync.Mutex
	shut bool
	// changing ends when the gate opens or shuts.
	changing context.Context
	change   context.CancelFunc
}

// state is whether the gate is shut, and what ends when that changes.
func (g *gate) state() (shut bool, changing context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changing == nil {
		g.changing, g.change = context.WithCancel(context.Background())
	}
	return g.shut, g.changing
}

// set shuts the gate or opens it.
func (g *gate) set(shut bool) {
	g.state()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != shut {
		g.shut = shut
		g.change()
		g.changing = nil
	}
}

// pass waits until the gate is open. The returned context ends when it shuts; the caller
// ends it before.
func (g *gate) pass(ctx context.Context) (context.Context, context.CancelFunc) {
	for {
		shut, changing := g.state()
		if !shut {
			open, end := context.WithCancel(ctx)
			stop := context.AfterFunc(changing, end)
			return open, func() { stop(); end() }
		}
		select {
		case <-changing.Done():
		case <-ctx.Done():
			return context.WithCancel(ctx)
		}
	}
}

// obey begins to drain the worker, or lets it take jobs again. Orders come one at a time.
func (w *Worker) obey(o task.Order) {
	w.gate.set(o.Drain)
	if w.late != nil {
		w.late.Stop()
		w.late = nil
	}
	if o.Drain {
		w.jobs.stop(errStopped, func(r *runningJob) bool { return !r.encoding() })
		if o.Grace != nil {
			w.late = time.AfterFunc(*o.Grace, func() {
				w.jobs.stop(errStopped, func(*runningJob) bool { return true })
			})
		}
	}
	w.Log.Info("worker told", "worker", w.ID, "drain", o.Drain)
	w.jobs.tell()
}
