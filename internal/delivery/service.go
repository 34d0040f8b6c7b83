package delivery

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/leader"
	"github.com/reelastic/reelastic/internal/notify"
)

// Store is the part of the state that the service reads and writes.
type Store interface {
	// Events lists the events of the outbox, oldest first.
	Events(ctx context.Context, limit int) ([]notify.Event, error)
	// FanOut takes events out of the outbox, each as one delivery for every
	// subscriber, Amazon SNS among them if sns, and returns their number.
	FanOut(ctx context.Context, events []notify.Event, sns bool) (int, error)
	// DueSubscribers lists who has a delivery to get now: those for whom a try has
	// failed since the last delivery, or the others. DueDeliveries lists the deliveries of
	// one of them: of each job the earliest only.
	DueSubscribers(ctx context.Context, failing bool, limit int) ([]notify.Due, error)
	DueDeliveries(ctx context.Context, subscriber string, limit int) ([]notify.Delivery, error)
	DeliverySucceeded(ctx context.Context, id int64) error
	// DeliveryFailed reports whether the delivery is given up.
	DeliveryFailed(ctx context.Context, id int64, f notify.Failure) (dead bool, err error)
}

// Queue is the part of the queue that the service uses.
type Queue interface {
	leader.Queue
	// TellEvent tells those who watch the job now. A repeated one does no harm.
	TellEvent(ctx context.Context, e notify.Event) error
}

// Deliverer carries a delivery to its subscriber. One that failed, or was not
// recorded, is carried again.
type Deliverer interface {
	Deliver(ctx context.Context, d notify.Delivery) error
}

// Observer is told what became of a try to deliver: "delivered", "failed", or
// "dead" when it was the last.
type Observer interface {
	Delivery(transport, result string)
}

// nobody is the observer of a service that has none.
type nobody struct{}

func (nobody) Delivery(string, string) {}

// Config is what the service is told. The zero value is complete.
type Config struct {
	// Node names this node in the lock: unique for each start; "" draws a name.
	Node string
	// Tick is how often the service looks without being woken; 0 is a second.
	Tick time.Duration
	// SNS hands every event that has a topic to Amazon SNS too.
	SNS bool
	// GiveUp is how long a delivery is tried before it is a dead letter; 0 is a day.
	GiveUp time.Duration
	// Prompt and Slow are how many subscribers are served at the same time: those that
	// answer, and those that do not, of which at most SlowPerHost are of one host; 0 is
	// 512, 1024 and 64.
	Prompt, Slow, SlowPerHost int
	// Patience is how long a subscriber may take to answer before it counts as slow; 0 is
	// a quarter of a second.
	Patience time.Duration
	// Observer is nil for nobody.
	Observer Observer
	// Log is nil to discard.
	Log *slog.Logger
}

// Service hands the events of the outbox to their subscribers. One of a fleet is
// active at a time; every step is right with two, and can be repeated. Make one
// with [New].
type Service struct {
	cfg       Config
	leader    *leader.Leader
	store     Store
	queue     Queue
	deliverer Deliverer
	// deliverNow says that there may be something to deliver.
	deliverNow chan struct{}
}

// New makes a service; nothing runs before [Service.Run].
func New(cfg Config, store Store, queue Queue, deliverer Deliverer) *Service {
	cfg.Tick = cmp.Or(cfg.Tick, time.Second)
	cfg.GiveUp = cmp.Or(cfg.GiveUp, 24*time.Hour)
	cfg.Prompt = cmp.Or(cfg.Prompt, 512)
	cfg.Slow = cmp.Or(cfg.Slow, 1024)
	cfg.SlowPerHost = cmp.Or(cfg.SlowPerHost, 64)
	cfg.Patience = cmp.Or(cfg.Patience, 250*time.Millisecond)
	cfg.Observer = cmp.Or[Observer](cfg.Observer, nobody{})
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Service{cfg: cfg, leader: leader.New("delivery", cfg.Node, queue, cfg.Log),
		store: store, queue: queue, deliverer: deliverer, deliverNow: make(chan struct{}, 1)}
}

// Run delivers while this node holds the lock, and waits for it otherwise, until
// ctx ends. It returns nil; what goes wrong is logged, once for each outage, and
// tried again.
func (s *Service) Run(ctx context.Context) error {
	s.leader.Run(ctx, s.lead)
	return nil
}

// lead does the work of the active service until ctx ends.
func (s *Service) lead(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { s.leader.Loop(ctx, "hand out events", s.cfg.Tick, s.leader.Woken(ctx), s.fanOut) })
	loops.Go(func() { s.deliver(ctx) })
	loops.Wait()
	s.deliverLast(ctx)
}
