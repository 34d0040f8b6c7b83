package taskqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/reelastic/reelastic/internal/task"
)

// orderPrefix is where a worker is told what to do, on core NATS: its state is the worker's
// own, which announces it.
const orderPrefix = "order."

// canceledSubject is where the ids of jobs are told that are canceled, on core NATS: the
// database knows it, too.
const canceledSubject = "canceled"

// orderLimit bounds the wait for a worker's answer.
const orderLimit = 3 * time.Second

// Order tells a worker what to do and returns when it has confirmed. A worker that is gone,
// or does not answer, is [task.ErrNoWorker].
func (q *Queue) Order(ctx context.Context, workerID string, o task.Order) error {
	if checkToken(workerID) != nil {
		return fmt.Errorf("order to worker %q: %w", workerID, task.ErrNoWorker)
	}
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("order to worker %s: %w", workerID, err)
	}
	asking, cancel := context.WithTimeout(ctx, orderLimit)
	defer cancel()
	err = q.try(asking, nil, func(ctx context.Context, _ *state) error {
		_, err := q.nc.RequestWithContext(ctx, orderPrefix+workerID, body)
		return err
	})
	if errors.Is(err, nats.ErrNoResponders) || ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		err = task.ErrNoWorker
	}
	if err != nil {
		return fmt.Errorf("order to worker %s: %w", workerID, err)
	}
	return nil
}

// Orders has obey called for each order to a worker, one at a time, until ctx or the queue
// ends. It listens when Orders returns. Obey must not wait; the order is confirmed when it
// returns.
func (q *Queue) Orders(ctx context.Context, workerID string, obey func(task.Order)) error {
	if err := checkToken(workerID); err != nil {
		return fmt.Errorf("orders to a worker: %w", err)
	}
	return q.hear(ctx, orderPrefix+workerID, func(msg *nats.Msg) {
		var o task.Order
		if err := json.Unmarshal(msg.Data, &o); err != nil {
			return // not from one of ours
		}
		obey(o)
		if err := msg.Respond(nil); err != nil {
			q.cfg.Log.Warn("an order could not be confirmed", "worker", workerID, "err", err)
		}
	})
}

// hear has heard called for each message of a subject, one at a time, until ctx or the
// queue ends. It listens when hear returns; heard must not wait.
func (q *Queue) hear(ctx context.Context, subject string, heard func(*nats.Msg)) error {
	if !q.enter() {
		return ErrClosed
	}
	ctx, cancel := q.until(ctx)
	end := func() {
		cancel()
		q.running.Done()
	}
	sub, err := q.nc.Subscribe(subject, heard)
	if err != nil {
		end()
		return fmt.Errorf("listen to NATS: %w", err)
	}
	stop := func() {
		_ = sub.Unsubscribe() // fails only when the connection is gone, and the subscription with it
		end()
	}
	flushed, done := context.WithTimeout(ctx, requestLimit)
	defer done()
	if err := q.nc.FlushWithContext(flushed); err != nil {
		stop()
		return fmt.Errorf("listen to NATS: %w", err)
	}
	context.AfterFunc(ctx, stop)
	return nil
}

// TellCanceled tells all workers that a job is canceled. One that does not hear it finds
// out when it confirms its claim.
func (q *Queue) TellCanceled(_ context.Context, jobID string) error {
	if err := q.nc.Publish(canceledSubject, []byte(jobID)); err != nil {
		return fmt.Errorf("tell that job %s is canceled: %w", jobID, err)
	}
	return nil
}

// Canceled has heard called with the id of each job that is canceled, one at a time, until
// ctx or the queue ends. It listens when Canceled returns; heard must not wait.
func (q *Queue) Canceled(ctx context.Context, heard func(jobID string)) error {
	return q.hear(ctx, canceledSubject, func(msg *nats.Msg) { heard(string(msg.Data)) })
}
