package worker

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// errLeaseExpired ends an attempt whose lease the queue has not confirmed for
// an ack wait: another worker may hold the task by now, so nothing is written.
var errLeaseExpired = errors.New("the queue has not confirmed the lease in time")

// errStopped ends attempts that outlast the grace after a stop.
var errStopped = errors.New("the worker stops")

// lease keeps one message extended while its attempt runs. An extension is
// confirmed for a stale holder too, so it proves liveness, not ownership: with each
// the attempt is confirmed in the store as well, which also knows that its job was
// canceled. After a gap longer than the ack wait that must succeed.
type lease struct {
	message   task.Message
	ackWait   time.Duration
	confirm   func(context.Context) error
	cancel    context.CancelCauseFunc
	confirmed atomic.Int64 // nanoseconds since start, of the last confirmed extension
	start     time.Time
	end       chan struct{}
	once      sync.Once
	done      sync.WaitGroup
}

// holdLease begins to extend m, which came at received: the ack wait
// runs from then, however long the claim took. The returned context ends, with a cause, when
// the lease is lost. The caller calls release.
func holdLease(ctx context.Context, m task.Message, received time.Time, ackWait time.Duration,
	confirm func(context.Context) error) (context.Context, *lease) {
	ctx, cancel := context.WithCancelCause(ctx)
	l := &lease{message: m, ackWait: ackWait, confirm: confirm, cancel: cancel,
		start: received, end: make(chan struct{})}
	l.done.Go(func() { l.keep(ctx) })
	return ctx, l
}

// release stops the extensions; the message is then the caller's to settle. It
// may be called more than once.
func (l *lease) release() {
	l.once.Do(func() { close(l.end) })
	l.done.Wait()
}

// fresh returns nil when the last confirmed extension is younger than the ack
// wait, so that no other worker can hold the task.
func (l *lease) fresh() error {
	if l.age() >= l.ackWait {
		return errLeaseExpired
	}
	return nil
}

func (l *lease) age() time.Duration {
	return time.Since(l.start) - time.Duration(l.confirmed.Load())
}

func (l *lease) keep(ctx context.Context) {
	next := time.NewTimer(max(0, l.ackWait/3-l.age()))
	defer next.Stop()
	for {
		select {
		case <-l.end:
			return
		case <-ctx.Done():
			return
		case <-next.C:
		}
		asked := l.age()
		if err := l.extend(ctx); err != nil {
			l.cancel(err)
			return
		}
		if l.age() < asked {
			next.Reset(l.ackWait / 3)
		} else {
			next.Reset(l.ackWait / 30) // not confirmed: again, soon
		}
	}
}

// extend asks the queue for another ack wait. A refusal or a silence is no
// error yet while the lease still runs.
func (l *lease) extend(ctx context.Context) error {
	gap := l.age() >= l.ackWait
	asked := time.Since(l.start)
	asking, cancel := context.WithTimeout(ctx, l.ackWait/6)
	defer cancel()
	if err := l.message.Extend(asking); err != nil {
		return l.fresh()
	}
	if err := l.confirm(asking); errors.Is(err, task.ErrLeaseLost) {
		return err
	} else if err != nil && gap {
		return errLeaseExpired
	}
	l.confirmed.Store(int64(asked))
	return nil
}
