package delivery

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/leader"
	"github.com/reelastic/reelastic/internal/notify"
)

const (
	// subscriberLimit bounds the subscribers that are served at the same time. One
	// whose last try failed holds one connection, others at most tryLimit.
	subscriberLimit = 512
	tryLimit        = 8
	// deliveryLimit bounds one try.
	deliveryLimit = 15 * time.Second
	// firstRetry and lastRetry bound the time between tries of one delivery.
	firstRetry = time.Second
	lastRetry  = 10 * time.Minute
)

// subscribers are those that are being served, each by a goroutine of its own, so
// that none waits for another.
type subscribers struct {
	s    *Service
	wg   sync.WaitGroup
	mu   sync.Mutex
	busy map[string]bool
}

func (s *Service) newSubscribers() *subscribers { return &subscribers{s: s, busy: map[string]bool{}} }

// deliver serves who is due whenever it is woken and after every tick, until ctx
// ends; it returns when nobody is served any more.
func (s *Service) deliver(ctx context.Context) {
	all := s.newSubscribers()
	s.leader.Loop(ctx, "deliver notifications", s.cfg.Tick, s.deliverNow, all.serveDue)
	all.wait()
}

// wait returns when no subscriber is served any more.
func (a *subscribers) wait() { a.wg.Wait() }

// serveDue begins to serve every subscriber that has something to get and is not
// being served, up to the limit.
func (a *subscribers) serveDue(ctx context.Context) error {
	due, err := a.s.store.DueSubscribers(ctx, 2*subscriberLimit)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, subscriber := range due {
		if a.busy[subscriber] || len(a.busy) >= subscriberLimit {
			continue
		}
		a.busy[subscriber] = true
		a.wg.Go(func() {
			a.serve(ctx, subscriber)
			a.mu.Lock()
			defer a.mu.Unlock()
			delete(a.busy, subscriber)
			leader.Signal(a.s.deliverNow) // more may have become due meanwhile
		})
	}
	return nil
}

// serve delivers what is due to a subscriber: side by side while all goes well,
// one by one after a failure. While the store is away it pauses, so that what
// could not be recorded is not delivered over and over.
func (a *subscribers) serve(ctx context.Context, subscriber string) {
	o := a.s.leader.Outage("deliver to " + subscriber)
	width := 1
	for ctx.Err() == nil {
		due, err := a.s.store.DueDeliveries(ctx, subscriber, width)
		if err == nil && len(due) == 0 {
			return
		}
		arrived := false
		if err == nil {
			arrived, err = a.all(ctx, due)
		}
		if o.Note(ctx, err) {
			o.Pause(ctx)
		}
		if width = 1; arrived {
			width = tryLimit
		}
	}
}

// all carries deliveries out side by side and tells whether every one arrived.
// The error is the store's.
func (a *subscribers) all(ctx context.Context, due []notify.Delivery) (bool, error) {
	failures, errs := make([]error, len(due)), make([]error, len(due))
	var wg sync.WaitGroup
	for i := range due {
		wg.Go(func() { failures[i], errs[i] = a.s.deliverOne(ctx, due[i]) })
	}
	wg.Wait()
	return errors.Join(failures...) == nil, errors.Join(errs...)
}

// deliverOne tries a delivery and stores the outcome. It returns why nothing
// arrived, and the error of the store.
func (s *Service) deliverOne(ctx context.Context, d notify.Delivery) (failure, err error) {
	bounded, cancel := context.WithTimeout(ctx, deliveryLimit)
	defer cancel()
	failure = s.deliverer.Deliver(bounded, d)
	if failure != nil && ctx.Err() != nil {
		return failure, nil // not the subscriber's failure
	}
	// The outcome is stored also when the service ends meanwhile.
	stored, stop := context.WithTimeout(context.WithoutCancel(ctx), lastLimit)
	defer stop()
	if failure != nil {
		return failure, s.failed(stored, d, failure)
	}
	s.cfg.Observer.Delivery(d.Transport(), "delivered")
	return nil, s.store.DeliverySucceeded(stored, d.ID)
}

// failed puts a delivery off, or gives it up. The error is the store's.
func (s *Service) failed(ctx context.Context, d notify.Delivery, failure error) error {
	after := leader.Backoff(d.Tries, firstRetry, lastRetry)
	dead, err := s.store.DeliveryFailed(ctx, d.ID, notify.Failure{
		Reason: failure.Error(), RetryAfter: after, GiveUpAfter: s.cfg.GiveUp})
	if err != nil {
		return err
	}
	log := s.cfg.Log.With("delivery", d.ID, "subscriber", d.Subscriber,
		"job", d.JobID, "state", d.State, "tries", d.Tries+1)
	if dead {
		s.cfg.Observer.Delivery(d.Transport(), "dead")
		log.ErrorContext(ctx, "notification given up: a dead letter", "err", failure)
		return nil
	}
	s.cfg.Observer.Delivery(d.Transport(), "failed")
	log.WarnContext(ctx, "notification not delivered", "again_after", after.Round(time.Millisecond), "err", failure)
	return nil
}
