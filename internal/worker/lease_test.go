package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// wire is a message whose queue can be cut off.
type wire struct {
	task.Message
	cut      atomic.Bool
	extended atomic.Int32
}

func (w *wire) Extend(ctx context.Context) error {
	if w.cut.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	w.extended.Add(1)
	return nil
}

const ackWait = 15 * time.Second

func confirmed(context.Context) error { return nil }

func TestLeaseIsExtendedEveryThird(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		ctx, l := holdLease(t.Context(), w, time.Now(), ackWait, confirmed)
		time.Sleep(2*ackWait + time.Second) // in the bubble's time
		synctest.Wait()
		l.release()
		if n := w.extended.Load(); n != 6 {
			t.Errorf("extended %d times in two ack waits, want 6", n)
		}
		if ctx.Err() != nil || l.fresh() != nil {
			t.Error("a lease that was extended is lost")
		}
	})
}

func TestLeaseEndsWhenTheQueueIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		began := time.Now()
		ctx, l := holdLease(t.Context(), w, time.Now(), ackWait, confirmed)
		defer l.release()
		time.Sleep(ackWait / 2)
		w.cut.Store(true)
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, errLeaseExpired) {
			t.Errorf("cause %v", cause)
		}
		if l.fresh() == nil {
			t.Error("an expired lease is fresh")
		}
		// The last confirmed extension was at a third; another worker may begin at four thirds.
		if took := time.Since(began); took > ackWait/3+ackWait+ackWait/3 {
			t.Errorf("given up after %s", took)
		}
	})
}

func TestLeaseSurvivesAShortOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		ctx, l := holdLease(t.Context(), w, time.Now(), ackWait, confirmed)
		defer l.release()
		time.Sleep(ackWait / 2)
		w.cut.Store(true)
		time.Sleep(ackWait / 2)
		w.cut.Store(false)
		time.Sleep(ackWait)
		if ctx.Err() != nil || l.fresh() != nil {
			t.Errorf("lost after half an ack wait: %v", context.Cause(ctx))
		}
	})
}

// TestLeaseIsConfirmedAfterAGap wants a worker that was frozen to ask the store
// before it goes on, although the queue confirms its extension.
func TestLeaseIsConfirmedAfterAGap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ store, want error }{
		"passed on":      {task.ErrLeaseLost, task.ErrLeaseLost},
		"still ours":     {nil, nil},
		"store is away":  {transcode.ErrUnavailable, errLeaseExpired},
		"store canceled": {context.DeadlineExceeded, errLeaseExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &lease{message: &wire{}, ackWait: ackWait, start: time.Now().Add(-2 * ackWait), // frozen since
				confirm: func(context.Context) error { return c.store }}
			if err := l.extend(t.Context()); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if fresh := l.fresh() == nil; fresh != (c.want == nil) {
				t.Errorf("fresh is %v", fresh)
			}
		})
	}
}

// A claim may take longer than the lease that its message began with.
func TestLeaseCountsFromTheMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		received := time.Now()
		time.Sleep(ackWait + time.Second) // the claim
		var asked atomic.Int32
		ctx, l := holdLease(t.Context(), w, received, ackWait, func(context.Context) error {
			asked.Add(1)
			return task.ErrLeaseLost
		})
		defer l.release()
		if l.fresh() == nil {
			t.Error("a lease that has run out counts as held")
		}
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), task.ErrLeaseLost) || asked.Load() != 1 {
			t.Errorf("ended by %v after %d questions to the store", context.Cause(ctx), asked.Load())
		}
	})
}
