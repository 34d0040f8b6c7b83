package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/wait"
)

// conclude settles the message of an attempt that ended with err.
func (w *Worker) conclude(ctx context.Context, log *slog.Logger, m task.Message, claim *task.Claim,
	result task.Result, err error) {
	switch {
	case err == nil:
		log.InfoContext(ctx, "job ends", "status", result.Status(), "detail", firstDetail(result))
		w.observer.JobFinished(*claim.Job.PipelineId, result, standby(claim))
		w.settle(ctx, log, "acknowledge", m.Ack)
		w.wakeDispatch(ctx, log)
	case errors.Is(err, task.ErrCanceled):
		log.InfoContext(ctx, "job canceled")
		w.settle(ctx, log, "acknowledge", m.Ack)
		w.wakeDispatch(ctx, log)
	case errors.Is(err, task.ErrLeaseLost), errors.Is(err, errLeaseExpired):
		// Neither acknowledge nor extend: the message belongs to the next holder.
		log.WarnContext(ctx, "attempt given up", "err", err)
	case errors.Is(err, errStopped):
		log.InfoContext(ctx, "job handed back")
		if err := w.store.Release(ctx, claim); err != nil {
			log.ErrorContext(ctx, "hand back", "err", err)
			return
		}
		w.settle(ctx, log, "acknowledge", m.Ack)
		w.wakeDispatch(ctx, log)
	default:
		log.ErrorContext(ctx, "attempt failed", "err", err)
		if err := w.store.CountAttempt(ctx, claim); err != nil {
			log.WarnContext(ctx, "count the attempt", "err", err)
		}
		delay := retryDelay(claim.Attempt)
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return m.Nak(ctx, delay) })
	}
}

// failed reports whether an attempt failed for a fault of our own: it has not ended well, was not
// stopped, and has not lost its task.
func failed(err error) bool {
	return err != nil && !errors.Is(err, task.ErrLeaseLost) && !errors.Is(err, errLeaseExpired) &&
		!errors.Is(err, errStopped)
}

// patiently does a write of an attempt, over again while the database is away and
// the lease holds: what has been encoded is not given up for an outage.
func patiently(ctx context.Context, write func(context.Context) error) error {
	for {
		err := write(ctx)
		if !errors.Is(err, transcode.ErrUnavailable) || wait.For(ctx, time.Second) != nil {
			return err
		}
	}
}

// settleTimeout bounds one word to the queue; it redelivers what it did not hear.
const settleTimeout = 5 * time.Second

func (w *Worker) settle(ctx context.Context, log *slog.Logger, what string, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := do(ctx); err != nil {
		log.WarnContext(ctx, "the queue did not confirm", "what", what, "err", err)
	}
}

func (w *Worker) wakeDispatch(ctx context.Context, log *slog.Logger) {
	if err := w.queue.Wake(context.WithoutCancel(ctx)); err != nil {
		log.WarnContext(ctx, "wake the dispatcher", "err", err)
	}
}

// retryDelay spaces the attempts after faults of our own: 1 s, 2 s, 4 s, ... at most a minute.
func retryDelay(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 6), time.Minute)
}

func standby(claim *task.Claim) time.Duration {
	t := claim.Job.Timing
	if t == nil || t.SubmitTimeMillis == nil || t.StartTimeMillis == nil {
		return 0
	}
	return time.Duration(*t.StartTimeMillis-*t.SubmitTimeMillis) * time.Millisecond
}

func firstDetail(r task.Result) string {
	for _, o := range r.Outputs {
		if o.Status == transcode.Errored {
			return o.Detail
		}
	}
	return ""
}
