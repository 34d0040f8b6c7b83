package delivery

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/leader"
	"github.com/reelastic/reelastic/internal/notify"
)

const (
	// tryLimit bounds the connections that one subscriber holds; one whose last try
	// failed holds one.
	tryLimit = 8
	// deliveryLimit bounds one try.
	deliveryLimit = 15 * time.Second
	// firstRetry and lastRetry bound the time between tries of one delivery.
	firstRetry = time.Second
	lastRetry  = 10 * time.Minute
)

// errCrowded ends a try that takes long while too many others do.
var errCrowded = errors.New("no prompt answer, while as many subscribers as may do not answer")

// subscribers are those that are being served, each by a goroutine of its own. Those
// that do not answer promptly are counted apart, so that however many hang, there is
// always a place for one that answers.
type subscribers struct {
	s  *Service
	wg sync.WaitGroup

	mu   sync.Mutex
	busy map[string]*turn
	slow int
	// slowAt counts the slow ones by host.
	slowAt map[string]int
}

// turn is the time in which a subscriber is served.
type turn struct {
	host  string // "" for Amazon SNS
	slow  bool
	ended bool
}

func (s *Service) newSubscribers() *subscribers {
	return &subscribers{s: s, busy: map[string]*turn{}, slowAt: map[string]int{}}
}

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
// being served, up to the limits: first those that answer, then those that did not.
func (a *subscribers) serveDue(ctx context.Context) error {
	for _, failing := range []bool{false, true} {
		due, err := a.s.store.DueSubscribers(ctx, failing, a.s.cfg.Prompt+a.s.cfg.Slow)
		if err != nil {
			return err
		}
		for _, d := range due {
			if t := a.begin(d, failing); t != nil {
				a.wg.Go(func() { a.serve(ctx, d.Subscriber, t); a.end(d.Subscriber, t) })
			}
		}
	}
	return nil
}

// begin gives a subscriber a turn; nil when it has one, or none is free.
func (a *subscribers) begin(d notify.Due, slow bool) *turn {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := &turn{host: hostOf(d.Endpoint)}
	switch {
	case a.busy[d.Subscriber] != nil:
		return nil
	case slow && !a.slowDown(t):
		return nil
	case !slow && len(a.busy)-a.slow >= a.s.cfg.Prompt:
		return nil
	}
	a.busy[d.Subscriber] = t
	return t
}

func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// end takes a subscriber's turn back. More may have become due meanwhile.
func (a *subscribers) end(subscriber string, t *turn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.busy, subscriber)
	t.ended = true
	if t.slow {
		a.slow--
		if a.slowAt[t.host]--; a.slowAt[t.host] == 0 {
			delete(a.slowAt, t.host)
		}
	}
	leader.Signal(a.s.deliverNow)
}

// slowDown counts a turn among the slow ones, and reports whether there is a place. The
// caller holds the lock.
func (a *subscribers) slowDown(t *turn) bool {
	switch {
	case t.slow || t.ended:
		return true
	case a.slow >= a.s.cfg.Slow, t.host != "" && a.slowAt[t.host] >= a.s.cfg.SlowPerHost:
		return false
	}
	t.slow = true
	a.slow++
	a.slowAt[t.host]++
	return true
}

// late makes room for others when a subscriber has not answered promptly; where there is
// no place among the slow ones, its tries end.
func (a *subscribers) late(t *turn, abandon context.CancelCauseFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.slowDown(t) {
		abandon(errCrowded)
	}
	leader.Signal(a.s.deliverNow)
}

// serve delivers what is due to a subscriber: side by side while all goes well,
// one by one after a failure. While the store is away it pauses, so that what
// could not be recorded is not delivered over and over.
func (a *subscribers) serve(ctx context.Context, subscriber string, t *turn) {
	o := a.s.leader.Outage("deliver to " + subscriber)
	width := 1
	for ctx.Err() == nil {
		due, err := a.s.store.DueDeliveries(ctx, subscriber, width)
		if err == nil && len(due) == 0 {
			return
		}
		arrived := false
		if err == nil {
			arrived, err = a.all(ctx, t, due)
		}
		if o.Note(ctx, err) {
			o.Pause(ctx)
		}
		if width = 1; arrived {
			width = tryLimit
		}
	}
}

// all carries deliveries out side by side and reports whether every one arrived.
// The error is the store's.
func (a *subscribers) all(ctx context.Context, t *turn, due []notify.Delivery) (bool, error) {
	trying, abandon := context.WithCancelCause(ctx)
	defer abandon(nil)
	defer time.AfterFunc(a.s.cfg.Patience, func() { a.late(t, abandon) }).Stop()
	failures, errs := make([]error, len(due)), make([]error, len(due))
	var wg sync.WaitGroup
	for i := range due {
		wg.Go(func() { failures[i], errs[i] = a.s.deliverOne(ctx, trying, due[i]) })
	}
	wg.Wait()
	return errors.Join(failures...) == nil, errors.Join(errs...)
}

// deliverOne tries a delivery while trying, which ends with ctx at the latest, and stores
// the outcome. It returns why nothing arrived, and the error of the store.
func (s *Service) deliverOne(ctx, trying context.Context, d notify.Delivery) (failure, err error) {
	bounded, cancel := context.WithTimeout(trying, deliveryLimit)
	defer cancel()
	if failure = s.deliverer.Deliver(bounded, d); failure != nil && context.Cause(trying) == errCrowded {
		failure = errCrowded
	}
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
