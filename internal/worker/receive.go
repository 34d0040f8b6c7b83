package worker

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// take receives and handles one delivery after the other until ctx ends; what
// it has begun by then goes on until hard ends.
func (w *Worker) take(ctx, hard context.Context) {
	for ctx.Err() == nil {
		d, err := w.queue.Receive(ctx)
		if err != nil {
			if ctx.Err() == nil {
				w.Log.ErrorContext(ctx, "receive", "worker", w.ID, "err", err)
				_ = wait(ctx, time.Second) // the loop looks at ctx
			}
			continue
		}
		if ctx.Err() != nil { // stopped while it came in: leave it to others
			w.settle(ctx, w.Log, "give back", func(ctx context.Context) error { return d.Nak(ctx, 0) })
			return
		}
		w.handle(hard, d)
	}
}

// handle claims the delivery's task and, if it is ours, does it.
func (w *Worker) handle(ctx context.Context, d task.Message) {
	received := time.Now()
	log := w.Log.With("task", d.Admission().TaskID, "worker", w.ID)
	claim, outcome, err := w.claim(ctx, d)
	switch {
	case err != nil:
		log.ErrorContext(ctx, "claim", "err", err)
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return d.Nak(ctx, time.Second) })
	case outcome == task.Defer:
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return d.Nak(ctx, w.queue.AckWait()) })
	case outcome == task.Drop:
		w.settle(ctx, log, "acknowledge", d.Ack)
		w.wakeRelay(ctx, log)
	default:
		w.attempt(ctx, d, received, claim)
	}
}

// claim asks the store for the delivery's task, for less than the ack wait: a claim
// that came later would be of a delivery that others may have by then.
func (w *Worker) claim(ctx context.Context, d task.Message) (*task.Claim, task.ClaimOutcome, error) {
	ctx, cancel := context.WithTimeout(ctx, w.queue.AckWait()*2/3)
	defer cancel()
	return w.store.Claim(ctx, task.ClaimRequest{
		Admission: d.Admission(), Delivered: d.Count(), Worker: w.ID, MaxAttempts: w.MaxAttempts})
}
