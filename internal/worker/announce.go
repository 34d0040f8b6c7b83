package worker

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// announce tells dispatch how many jobs the worker takes and has, at once on
// every change, and at the end that it takes none.
func (w *Worker) announce(ctx context.Context) {
	tick := time.NewTicker(w.queue.AnnounceEvery())
	defer tick.Stop()
	defer func() {
		w.settle(ctx, w.Log, "withdraw the worker", func(ctx context.Context) error {
			return w.queue.Announce(ctx, task.WorkerStatus{ID: w.ID})
		})
	}()
	for {
		status := task.WorkerStatus{ID: w.ID, Slots: w.Slots + 1, Running: w.jobs.count()}
		if err := w.queue.Announce(ctx, status); err != nil && ctx.Err() == nil {
			w.Log.WarnContext(ctx, "announce", "worker", w.ID, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.jobs.changed:
		}
	}
}
