package taskqueue

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
)

// Subjects of core NATS: nothing on them is stored.
const (
	wakeSubject    = "wake"
	progressPrefix = "progress."
	eventPrefix    = "event."
)

// Wake asks dispatch and delivery to look for work now. Losing it costs time, not work.
func (q *Queue) Wake(context.Context) error {
	if err := q.nc.Publish(wakeSubject, nil); err != nil {
		return fmt.Errorf("wake dispatch and delivery: %w", err)
	}
	return nil
}

// Woken returns a channel that holds one value when there was a [Queue.Wake]
// since the last one was read, also when one may have been missed. It listens
// when Woken returns, and the channel is closed when ctx or the queue ends.
func (q *Queue) Woken(ctx context.Context) (<-chan struct{}, error) {
	return subscribe(ctx, q, []string{wakeSubject}, func(ch chan struct{}, _ *nats.Msg) { signal(ch) })
}

// TellProgress tells whoever watches the job.
func (q *Queue) TellProgress(_ context.Context, p task.Progress) error {
	body, err := json.Marshal(p)
	if err == nil {
		err = q.tell(progressPrefix, p.JobID, body)
	}
	if err != nil {
		return fmt.Errorf("tell progress of job %s: %w", p.JobID, err)
	}
	return nil
}

// TellEvent tells whoever watches the job that its state has changed.
func (q *Queue) TellEvent(_ context.Context, e notify.Event) error {
	if err := q.tell(eventPrefix, e.JobID, e.Message); err != nil {
		return fmt.Errorf("tell event %d of job %s: %w", e.ID, e.JobID, err)
	}
	return nil
}

func (q *Queue) tell(prefix, job string, body []byte) error {
	if err := checkToken(job); err != nil {
		return err
	}
	return q.nc.Publish(prefix+job, body)
}

// WatchJob returns a channel that holds the job's latest progress that was not
// read. A change of the job's state arrives as a Progress without Status, which
// says: look into the store. It is never replaced by mere progress, and comes
// also when one may have been missed. It listens when WatchJob returns, and the
// channel is closed when ctx or the queue ends.
func (q *Queue) WatchJob(ctx context.Context, jobID string) (<-chan task.Progress, error) {
	if err := checkToken(jobID); err != nil {
		return nil, fmt.Errorf("watch a job: %w", err)
	}
	progress := progressPrefix + jobID
	return subscribe(ctx, q, []string{progress, eventPrefix + jobID}, func(ch chan task.Progress, msg *nats.Msg) {
		next := task.Progress{JobID: jobID}
		if msg != nil && msg.Subject == progress {
			if err := json.Unmarshal(msg.Data, &next); err != nil || next.Status == "" {
				return // not from one of ours
			}
		}
		select {
		case unread := <-ch:
			if unread.Status == "" {
				next = unread
			}
		default:
		}
		ch <- next // there is room: only this function writes, one call at a time
	})
}

// subscribe joins subjects into a channel for one value. Put adds a message to
// what the channel holds; a nil message says that some may have been missed. Put
// must not wait; calls of it do not overlap.
func subscribe[T any](ctx context.Context, q *Queue, subjects []string, put func(chan T, *nats.Msg)) (<-chan T, error) {
	if !q.enter() {
		return nil, ErrClosed
	}
	ctx, cancel := q.until(ctx)
	ch := make(chan T, 1)
	var mu sync.Mutex
	hear := func(msg *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil {
			put(ch, msg)
		}
	}
	var subs []*nats.Subscription
	stop := q.onReconnect(func() { hear(nil) })
	end := func() {
		stop()
		for _, sub := range subs {
			_ = sub.Unsubscribe() // fails only when the connection is gone, and the subscription with it
		}
		mu.Lock()
		defer mu.Unlock()
		close(ch)
		q.running.Done()
	}
	fail := func(err error) error {
		cancel()
		end()
		return fmt.Errorf("listen to NATS: %w", err)
	}
	for _, subject := range subjects {
		sub, err := q.nc.Subscribe(subject, hear)
		if err != nil {
			return nil, fail(err)
		}
		subs = append(subs, sub)
	}
	flushed, done := context.WithTimeout(ctx, requestLimit)
	defer done()
	if err := q.nc.FlushWithContext(flushed); err != nil {
		return nil, fail(err)
	}
	context.AfterFunc(ctx, func() { cancel(); end() })
	return ch, nil
}
