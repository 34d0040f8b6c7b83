package taskqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/reelastic/reelastic/internal/task"
)

const (
	// pullExpires is how long one request for a message stands.
	pullExpires = 30 * time.Second
	// pullHeartbeat is how often NATS says that the request still stands.
	pullHeartbeat = 5 * time.Second
	// shortestPause and longestPause bound the time between tries in an outage.
	shortestPause = 25 * time.Millisecond
	longestPause  = time.Second
)

// Receive waits for a message and returns it as a lease. It asks for one
// message only, so nothing that it did not return has begun to burn its ack
// wait. It outlives lost connections and lost streams, and returns an error only
// when ctx ends (ctx.Err()) or the queue is closed ([ErrClosed]). Several calls
// may wait at once.
func (q *Queue) Receive(ctx context.Context) (task.Message, error) {
	if !q.enter() {
		return nil, ErrClosed
	}
	defer q.running.Done()
	ctx, cancel := q.until(ctx)
	defer cancel()
	return q.receive(ctx, pullWaiting)
}

// Left is how many tasks lie there that no call of [Queue.Receive] has waited for.
func (q *Queue) Left(ctx context.Context) (int, error) {
	state := q.state.Load()
	consumer, err := state.stream.Consumer(ctx, state.consumer)
	if err != nil {
		return 0, fmt.Errorf("look at the queue: %w", err)
	}
	return int(consumer.CachedInfo().NumPending), nil
}

// ReceiveLeft returns the next task if one lies there that no call of [Queue.Receive] has
// waited for, and nil without an error if none does. Otherwise it is like Receive.
func (q *Queue) ReceiveLeft(ctx context.Context) (task.Message, error) {
	if !q.enter() {
		return nil, ErrClosed
	}
	defer q.running.Done()
	ctx, cancel := q.until(ctx)
	defer cancel()
	return q.receive(ctx, pullLeft)
}

// pullRequest is what NATS is asked for.
type pullRequest struct {
	Batch         int           `json:"batch"`
	Expires       time.Duration `json:"expires"`
	IdleHeartbeat time.Duration `json:"idle_heartbeat,omitempty"`
	NoWait        bool          `json:"no_wait,omitempty"`
}

var (
	pullWaiting = pullRequest{Batch: 1, Expires: pullExpires, IdleHeartbeat: pullHeartbeat}
	pullLeft    = pullRequest{Batch: 1, Expires: pullExpires, NoWait: true}
)

// receive asks for a task until one comes, or once where the request does not wait.
func (q *Queue) receive(ctx context.Context, request pullRequest) (task.Message, error) {
	pause := shortestPause
	for {
		msg, err := q.next(ctx, request)
		if ctx.Err() != nil {
			if msg != nil {
				q.giveBack(msg)
			}
			return nil, ended(ctx)
		}
		if err != nil {
			pause = q.recover(ctx, err, pause)
			continue
		}
		q.note(ctx, nil)
		pause = shortestPause
		switch {
		case msg == nil && request.NoWait:
			return nil, nil
		case msg == nil:
			continue
		}
		m, err := q.deliver(msg)
		if err == nil {
			return m, nil
		}
		q.cfg.Log.ErrorContext(ctx, "a message in NATS makes no sense and is removed", "subject", msg.Subject, "err",
			err)
		if err := q.nc.Publish(msg.Reply, []byte("+TERM")); err != nil {
			q.cfg.Log.WarnContext(ctx, "removing it failed; it will come again", "subject", msg.Subject, "err", err)
		}
	}
}

// ended is why a call that waits has ended.
func ended(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), ErrClosed) {
		return ErrClosed
	}
	return ctx.Err()
}

// note tells the log when receiving begins to fail and when it works again.
func (q *Queue) note(ctx context.Context, err error) {
	if failing := err != nil; q.outage.Swap(failing) != failing {
		if failing {
			q.cfg.Log.WarnContext(ctx, "receiving from NATS fails; trying on", "err", err)
		} else {
			q.cfg.Log.InfoContext(ctx, "receiving from NATS works again")
		}
	}
}

// errForgotten reports that NATS may have forgotten a request for messages.
var errForgotten = errors.New("the connection to NATS was made anew")

// recover restores what is missing in NATS, which does not always say
// that nobody hears a request, and pauses unless asking again makes sense at once.
// It returns the next pause. A reconnect ends the pause.
func (q *Queue) recover(ctx context.Context, err error, pause time.Duration) time.Duration {
	again := make(chan struct{}, 1)
	defer q.onReconnect(func() { signal(again) })()
	there := q.Ping(ctx)
	if there == nil && (missing(err) || errors.Is(err, errForgotten)) {
		return shortestPause
	}
	if ctx.Err() == nil {
		q.note(ctx, errors.Join(err, there))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-again:
	case <-ctx.Done():
	}
	return min(2*pause, longestPause)
}

// pull is one caller's wait for one message.
type pull struct {
	q    *Queue
	sub  *nats.Subscription
	msgs chan *nats.Msg
}

// next asks NATS for one message and waits. It returns nil and no error
// when there is none yet.
func (q *Queue) next(ctx context.Context, request pullRequest) (*nats.Msg, error) {
	p := &pull{q: q, msgs: make(chan *nats.Msg, 8)}
	var err error
	if p.sub, err = q.nc.ChanSubscribe(q.nc.NewInbox(), p.msgs); err != nil {
		return nil, err
	}
	again := make(chan struct{}, 1)
	defer q.onReconnect(func() { signal(again) })()
	text, err := json.Marshal(request)
	if err == nil {
		subject := "$JS.API.CONSUMER.MSG.NEXT." + streamName + "." + q.state.Load().consumer
		err = q.nc.PublishRequest(subject, p.sub.Subject, text)
	}
	if err != nil {
		p.abandon()
		return nil, err
	}
	msg, err := p.wait(ctx, again)
	if msg == nil {
		p.abandon()
		return nil, err
	}
	_ = p.sub.Unsubscribe() // it has served its one message
	return msg, nil
}

// wait returns the message, or nil when this request has ended without one.
func (p *pull) wait(ctx context.Context, again <-chan struct{}) (*nats.Msg, error) {
	silence := time.NewTimer(2 * pullHeartbeat)
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case <-again:
			return nil, errForgotten
		case <-silence.C:
			return nil, errors.New("NATS fell silent")
		case msg := <-p.msgs:
			alive, err := status(msg)
			if alive {
				silence.Reset(2 * pullHeartbeat)
				continue
			}
			if err != nil || msg.Header.Get(statusHeader) != "" {
				return nil, err
			}
			return msg, nil
		}
	}
}

const statusHeader = "Status"

// status reads a message that is about the request itself. Alive is a
// heartbeat; an error is one that does not end by asking again.
func status(msg *nats.Msg) (alive bool, err error) {
	if len(msg.Data) > 0 {
		return false, nil
	}
	switch code := msg.Header.Get(statusHeader); code {
	case "", "404", "408": // a task; nothing there; expired
		return false, nil
	case "100":
		return true, nil
	case "503":
		return false, nats.ErrNoResponders
	default:
		why := msg.Header.Get("Description")
		if why == "Consumer Deleted" {
			return false, jetstream.ErrConsumerDeleted
		}
		return false, fmt.Errorf("NATS refuses to deliver: %s %s", code, why)
	}
}

// abandon ends a request that may still be answered. What arrives until the
// NATS knows is given back at once, so that nobody waits for its ack wait.
func (p *pull) abandon() {
	closed := make(chan struct{})
	p.sub.SetClosedHandler(func(string) { close(closed) })
	if err := p.sub.Drain(); err != nil {
		return // the connection is gone, and NATS's view of the request with it
	}
	p.q.running.Go(func() {
		timer := time.NewTimer(drainLimit)
		defer timer.Stop()
		select {
		case <-closed:
		case <-timer.C:
		}
		for {
			select {
			case msg := <-p.msgs:
				if msg.Header.Get(statusHeader) == "" {
					p.q.giveBack(msg)
				}
			default:
				return
			}
		}
	})
}

// giveBack returns a message that nobody waits for. When that fails it comes
// back after its ack wait.
func (q *Queue) giveBack(msg *nats.Msg) {
	if err := q.nc.Publish(msg.Reply, []byte("-NAK")); err != nil {
		q.cfg.Log.Warn("a task could not be handed back; it waits for its ack wait", "subject", msg.Subject, "err", err)
	}
}

// deliver reads a message.
func (q *Queue) deliver(msg *nats.Msg) (*message, error) {
	a, err := admissionOf(msg.Subject)
	if err != nil {
		return nil, err
	}
	meta, err := msg.Metadata()
	if err != nil {
		return nil, err
	}
	return &message{q: q, admission: a, subject: msg.Subject, count: int(meta.NumDelivered), reply: msg.Reply}, nil
}

// signal wakes a reader that may be awake already.
func signal(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
