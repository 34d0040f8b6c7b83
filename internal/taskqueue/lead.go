package taskqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// releasedPrefix is where a lock's release is told, on core NATS.
const releasedPrefix = "released."

// Lead waits for the lock of that name, runs lead while it is held, and gives it
// back when lead returns, so that another node takes over at once. Lead's context
// ends when ctx ends or the lock is lost; a lost lock is waited for again. Lead
// returns nil after lead returned by itself, and otherwise when ctx or the queue
// ends. Holder is unique for each start of each node.
//
// The lock saves work and guards nothing: when a node is cut off, two may hold
// it for a moment.
func (q *Queue) Lead(ctx context.Context, name, holder string, lead func(ctx context.Context)) error {
	if err := checkToken(name); err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	if !q.enter() {
		return ErrClosed
	}
	defer q.running.Done()
	ctx, cancel := q.until(ctx)
	defer cancel()
	for {
		l := &lock{q: q, name: name, holder: holder}
		if err := l.acquire(ctx); err != nil {
			return err
		}
		if lost := l.hold(ctx, lead); !lost {
			return nil
		}
		if ctx.Err() != nil {
			return ended(ctx)
		}
		q.cfg.Log.WarnContext(ctx, "the lock is lost to another node, or can't be renewed", "lock", name)
	}
}

// lock is one holding of a lock.
type lock struct {
	q            *Queue
	name, holder string
	revision     uint64
	renewed      time.Time // when the last confirmed renewal was sent
}

// acquire waits until the lock is free and takes it. It fails only when ctx ends.
func (l *lock) acquire(ctx context.Context) error {
	released := make(chan struct{}, 1)
	sub, err := l.q.nc.Subscribe(releasedPrefix+l.name, func(*nats.Msg) { signal(released) })
	if err != nil {
		return fmt.Errorf("lead %s: %w", l.name, err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // fails only when the connection is gone
	defer l.q.onReconnect(func() { signal(released) })()
	retry := time.NewTicker(l.q.cfg.LockTTL / 3)
	defer retry.Stop()
	failing := false
	for {
		taken, err := l.take(ctx)
		if taken {
			return nil
		}
		if err != nil && !failing && ctx.Err() == nil {
			l.q.cfg.Log.WarnContext(ctx, "NATS can't say who holds the lock; trying on", "lock", l.name, "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return ended(ctx)
		case <-released:
		case <-retry.C:
		}
	}
}

// take tries once. A lock that already names this holder is one whose
// confirmation was lost.
func (l *lock) take(ctx context.Context) (taken bool, err error) {
	err = l.q.with(ctx, func(ctx context.Context, s *state) error {
		sent := time.Now()
		revision, err := s.locks.Create(ctx, l.name, []byte(l.holder))
		if errors.Is(err, jetstream.ErrKeyExists) {
			entry, err := s.locks.Get(ctx, l.name)
			if errors.Is(err, jetstream.ErrKeyNotFound) {
				return nil // it ran out just now; the next try takes it
			}
			if err != nil || string(entry.Value()) != l.holder {
				return err
			}
			sent, revision = entry.Created(), entry.Revision()
		} else if err != nil {
			return err
		}
		taken, l.revision, l.renewed = true, revision, sent
		return nil
	})
	return taken, err
}

// hold runs lead, renews the lock meanwhile, and releases it. Lost reports
// whether lead was ended from outside.
func (l *lock) hold(ctx context.Context, lead func(context.Context)) (lost bool) {
	leading, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		lead(leading)
	}()
	renew := time.NewTicker(l.q.cfg.LockTTL / 3)
	defer renew.Stop()
	for {
		select {
		case <-done:
			l.release()
			return leading.Err() != nil
		case <-leading.Done():
			<-done
		case <-renew.C:
			if !l.renew(leading) {
				cancel()
			}
		}
	}
}

// renew reports whether the lock is still held. While NATS does not
// answer it is, until shortly before it runs out.
func (l *lock) renew(ctx context.Context) bool {
	until := l.renewed.Add(l.q.cfg.LockTTL * 5 / 6)
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	sent := time.Now()
	revision, err := l.q.state.Load().locks.Update(ctx, l.name, []byte(l.holder), l.revision)
	if err == nil {
		l.revision, l.renewed = revision, sent
		return true
	}
	return !otherRevision(err) && !missing(err) && time.Now().Before(until)
}

// otherRevision reports whether the key was written by somebody else, or has run out.
func otherRevision(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// release gives the lock back and says so. When that fails it runs out by itself.
func (l *lock) release() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := l.q.state.Load().locks.Delete(ctx, l.name, jetstream.LastRevision(l.revision)); err != nil {
		return
	}
	_ = l.q.nc.Publish(releasedPrefix+l.name, nil) // the others also look from time to time
}
