package dispatch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/notify"
)

const (
	// laneLimit bounds the subscribers that are served at the same time. One whose
	// last try failed holds one connection, others at most laneWidth.
	laneLimit = 512
	laneWidth = 8
	// deliveryLimit bounds one try.
	deliveryLimit = 15 * time.Second
	// firstRetry and lastRetry bound the time between tries of one notification.
	firstRetry = time.Second
	lastRetry  = 10 * time.Minute
)

// lanes serve subscribers at the same time, each in a lane of its own, so that
// none waits for another.
type lanes struct {
	r    *Relay
	wg   sync.WaitGroup
	mu   sync.Mutex
	busy map[string]bool
}

func (r *Relay) newLanes() *lanes { return &lanes{r: r, busy: map[string]bool{}} }

// deliver opens lanes whenever it is woken and after every tick, until ctx ends;
// it returns when all are closed.
func (r *Relay) deliver(ctx context.Context) {
	l := r.newLanes()
	r.loop(ctx, "deliver notifications", r.cfg.Tick, r.deliverNow, l.open)
	l.wait()
}

// wait returns when no subscriber is served any more.
func (l *lanes) wait() { l.wg.Wait() }

// open begins to serve every subscriber that has something to get and is not
// being served, as far as there are lanes.
func (l *lanes) open(ctx context.Context) error {
	due, err := l.r.store.DueSubscribers(ctx, 2*laneLimit)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, subscriber := range due {
		if l.busy[subscriber] || len(l.busy) >= laneLimit {
			continue
		}
		l.busy[subscriber] = true
		l.wg.Go(func() {
			l.serve(ctx, subscriber)
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.busy, subscriber)
			signal(l.r.deliverNow) // more may have become due meanwhile
		})
	}
	return nil
}

// serve delivers what is due to a subscriber: side by side while all goes well,
// one by one after a failure. While the store is away it pauses, so that what
// could not be recorded is not delivered over and over.
func (l *lanes) serve(ctx context.Context, subscriber string) {
	o := l.r.outage("deliver to " + subscriber)
	width := 1
	for ctx.Err() == nil {
		due, err := l.r.store.DueNotifications(ctx, subscriber, width)
		if err == nil && len(due) == 0 {
			return
		}
		arrived := false
		if err == nil {
			arrived, err = l.all(ctx, due)
		}
		if o.note(ctx, err) {
			o.pause(ctx)
		}
		if width = 1; arrived {
			width = laneWidth
		}
	}
}

// all delivers notifications side by side and tells whether every one arrived.
// The error is the store's.
func (l *lanes) all(ctx context.Context, due []notify.Delivery) (bool, error) {
	failures, errs := make([]error, len(due)), make([]error, len(due))
	var wg sync.WaitGroup
	for i := range due {
		wg.Go(func() { failures[i], errs[i] = l.r.deliverOne(ctx, due[i]) })
	}
	wg.Wait()
	return errors.Join(failures...) == nil, errors.Join(errs...)
}

// deliverOne tries to deliver a notification and stores the outcome. It returns
// why the notification did not arrive, and the error of the store.
func (r *Relay) deliverOne(ctx context.Context, n notify.Delivery) (failure, err error) {
	bounded, cancel := context.WithTimeout(ctx, deliveryLimit)
	defer cancel()
	failure = r.publisher.Deliver(bounded, n)
	if failure != nil && ctx.Err() != nil {
		return failure, nil // not the subscriber's failure
	}
	// The outcome is stored also when the relay ends meanwhile.
	stored, stop := context.WithTimeout(context.WithoutCancel(ctx), lastLimit)
	defer stop()
	if failure != nil {
		return failure, r.failed(stored, n, failure)
	}
	r.cfg.Observer.Delivery(n.Transport(), "delivered")
	return nil, r.store.NotificationDelivered(stored, n.ID)
}

// failed puts a notification off, or gives it up. The error is the store's.
func (r *Relay) failed(ctx context.Context, n notify.Delivery, failure error) error {
	after := backoff(n.Tries, firstRetry, lastRetry)
	dead, err := r.store.NotificationFailed(ctx, n.ID, notify.Failure{
		Reason: failure.Error(), RetryAfter: after, GiveUpAfter: r.cfg.GiveUp})
	if err != nil {
		return err
	}
	log := r.cfg.Log.With("delivery", n.ID, "subscriber", n.Subscriber, "job", n.JobID, "state", n.State, "tries", n.Tries+1)
	if dead {
		r.cfg.Observer.Delivery(n.Transport(), "dead")
		log.ErrorContext(ctx, "notification given up: a dead letter", "err", failure)
		return nil
	}
	r.cfg.Observer.Delivery(n.Transport(), "failed")
	log.WarnContext(ctx, "notification not delivered", "again_after", after.Round(time.Millisecond), "err", failure)
	return nil
}
