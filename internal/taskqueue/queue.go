package taskqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrClosed reports that the queue was closed.
var ErrClosed = errors.New("the queue is closed")

const (
	streamName    = "TASKS"
	workersBucket = "workers"
	locksBucket   = "locks"

	// requestLimit bounds a request to NATS whose caller set no deadline.
	requestLimit = 5 * time.Second
	// drainLimit bounds how long Close waits for messages on their way.
	drainLimit = 5 * time.Second
	// maxPulls is how many Receive calls of a whole fleet may wait at once.
	maxPulls = 100_000
)

// Queue is a connection to NATS. It is safe for use by several goroutines.
type Queue struct {
	cfg    Config
	server *embedded // nil when remote
	nc     *nats.Conn
	js     jetstream.JetStream

	// closing ends when Close begins, gone when the connection has ended.
	closing context.Context
	close   context.CancelFunc
	gone    chan struct{}
	once    sync.Once
	// running counts calls, and goroutines that outlive them, which need the
	// connection; Close waits for them.
	running sync.WaitGroup

	state   atomic.Pointer[state]
	restore sync.Mutex // held while the state is made anew
	outage  atomic.Bool
	link    atomic.Pointer[link]

	mu        sync.Mutex
	listeners map[*listener]struct{} // told of every reconnect
	announced map[string]announcement
}

// state is what stands in NATS. It is replaced when NATS lost it.
type state struct {
	stream jetstream.Stream
	// consumer is named after the stream's creation, so that an extension or
	// acknowledgement of a message of a lost stream finds nobody, instead of
	// whatever message has the same sequence number in the new stream.
	consumer string
	workers  jetstream.KeyValue
	locks    jetstream.KeyValue
}

// link is one connection, from its making to its loss.
type link struct {
	context.Context
	cut context.CancelFunc
}

func newLink() *link {
	ctx, cancel := context.WithCancel(context.Background())
	return &link{ctx, cancel}
}

// Open starts the NATS server in this process, or connects to remote ones, and makes
// the stream, the consumer and the buckets that are missing. The error says in one
// sentence what is wrong. ctx bounds the opening only.
func Open(ctx context.Context, cfg Config) (*Queue, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	q := newQueue(cfg)
	if !cfg.remote() {
		var err error
		if q.server, err = startEmbedded(q.cfg); err != nil {
			return nil, err
		}
	}
	if err := q.connect(); err != nil {
		q.stopServer()
		return nil, err
	}
	if err := q.setUp(ctx); err != nil {
		q.Close()
		return nil, err
	}
	return q, nil
}

// newQueue makes a queue that is not connected; its close ends what it waits for.
func newQueue(cfg Config) *Queue {
	q := &Queue{
		cfg:       cfg.withDefaults(),
		gone:      make(chan struct{}),
		listeners: make(map[*listener]struct{}),
		announced: make(map[string]announcement),
	}
	q.link.Store(newLink())
	q.closing, q.close = context.WithCancel(context.Background())
	return q
}

func (q *Queue) connect() error {
	opts := []nats.Option{
		nats.Name(q.cfg.Name),
		nats.Timeout(requestLimit),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		nats.ReconnectBufSize(-1), // fail at once; an extension sent late would be a lie
		nats.PingInterval(min(max(q.cfg.AckWait/3, time.Second), 20*time.Second)),
		nats.MaxPingsOutstanding(2),
		nats.DrainTimeout(drainLimit),
		nats.ClosedHandler(func(*nats.Conn) { close(q.gone) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			q.link.Swap(newLink()).cut()
			if q.closing.Err() == nil {
				q.cfg.Log.Warn("the connection to NATS is lost", "nats", q.cfg.shown(), "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			q.cfg.Log.Info("the connection to NATS is back", "nats", q.cfg.shown())
			q.reconnected()
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			q.cfg.Log.Warn("NATS reports an error", "err", err)
		}),
	}
	if q.cfg.Creds != "" {
		opts = append(opts, nats.UserCredentials(q.cfg.Creds))
	}
	if q.cfg.CAFile != "" {
		opts = append(opts, nats.RootCAs(q.cfg.CAFile))
	}
	if q.cfg.CertFile != "" {
		opts = append(opts, nats.ClientCert(q.cfg.CertFile, q.cfg.KeyFile))
	}
	if q.server != nil {
		opts = append(opts, nats.InProcessServer(q.server.ns))
	}
	nc, err := nats.Connect(q.cfg.URL, opts...)
	if err != nil {
		return fmt.Errorf("no connection to NATS at %s: %w", q.cfg.shown(), err)
	}
	q.nc = nc
	q.js, err = jetstream.New(nc, jetstream.WithDefaultTimeout(requestLimit))
	return err
}

// setUp makes what is missing in NATS, and takes over what is there.
func (q *Queue) setUp(ctx context.Context) error {
	next, err := q.build(ctx)
	switch {
	case err == nil:
		q.state.Store(next)
		return nil
	case missing(err), errors.Is(err, jetstream.ErrJetStreamNotEnabled),
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the NATS server at %s has no JetStream ready for this account: %w", q.cfg.shown(), err)
	default:
		return fmt.Errorf("set up NATS at %s: %w", q.cfg.shown(), full(err))
	}
}

func (q *Queue) build(ctx context.Context) (*state, error) {
	s := new(state)
	for _, step := range []struct {
		what string
		do   func(context.Context, *state) error
	}{
		{"stream " + streamName, q.makeStream},
		{"consumer", q.makeConsumer},
		{"bucket " + workersBucket, func(ctx context.Context, s *state) (err error) {
			s.workers, err = q.makeBucket(ctx, workersBucket, q.cfg.announceTTL())
			return err
		}},
		{"bucket " + locksBucket, func(ctx context.Context, s *state) (err error) {
			s.locks, err = q.makeBucket(ctx, locksBucket, q.cfg.LockTTL)
			return err
		}},
	} {
		if err := q.try(ctx, s, step.do); err != nil {
			return nil, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return s, nil
}

// storage is memory in this process, and disk elsewhere.
func (q *Queue) storage() jetstream.StorageType {
	if q.cfg.remote() {
		return jetstream.FileStorage
	}
	return jetstream.MemoryStorage
}

func (q *Queue) makeStream(ctx context.Context, s *state) (err error) {
	s.stream, err = q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:                 streamName,
		Description:          "Reelastic: one message for each admitted or running task",
		Subjects:             []string{subjectPrefix + ".>"},
		Retention:            jetstream.WorkQueuePolicy,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgsPerSubject:    1,
		Storage:              q.storage(),
		Replicas:             q.cfg.Replicas,
	})
	return err
}

func (q *Queue) makeConsumer(ctx context.Context, s *state) error {
	s.consumer = "workers-" + strconv.FormatInt(s.stream.CachedInfo().Created.UnixNano(), 36)
	_, err := s.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable:       s.consumer,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       q.cfg.AckWait,
		MaxDeliver:    -1,
		MaxAckPending: -1,
		MaxWaiting:    maxPulls,
	})
	return err
}

func (q *Queue) makeBucket(ctx context.Context, name string, ttl time.Duration) (jetstream.KeyValue, error) {
	return q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: name, TTL: ttl, Storage: q.storage(), Replicas: q.cfg.Replicas,
	})
}

// rebuild restores what NATS lost since old was current. Several callers
// that find the same loss restore it once.
func (q *Queue) rebuild(ctx context.Context, old *state) error {
	q.restore.Lock()
	defer q.restore.Unlock()
	if q.state.Load() != old {
		return nil
	}
	if err := q.setUp(ctx); err != nil {
		return err
	}
	if q.state.Load().consumer != old.consumer {
		q.cfg.Log.WarnContext(ctx, "NATS had lost its streams; they are set up anew", "nats", q.cfg.shown())
		q.reconnected()
	}
	return nil
}

// with calls op, and once more after it restored what op found missing.
func (q *Queue) with(ctx context.Context, op func(context.Context, *state) error) error {
	s := q.state.Load()
	err := q.try(ctx, s, op)
	if !missing(err) {
		return full(err)
	}
	if err := q.rebuild(ctx, s); err != nil {
		return err
	}
	return full(q.try(ctx, q.state.Load(), op))
}

// try calls op with a bounded time.
func (q *Queue) try(ctx context.Context, s *state, op func(context.Context, *state) error) error {
	ctx, cancel := q.bounded(ctx)
	defer cancel()
	err := op(ctx, s)
	if err != nil && errors.Is(context.Cause(ctx), errCut) {
		return errCut
	}
	return err
}

// errCut ends a request whose answer went down with its connection.
var errCut = errors.New("the connection to NATS was lost during the request")

// bounded limits a request's time, and ends it when its connection is lost: the
// client library would go on waiting for the answer.
func (q *Queue) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	ctx, interrupt := context.WithCancelCause(ctx)
	stop := context.AfterFunc(q.link.Load(), func() { interrupt(errCut) })
	return ctx, func() { stop(); interrupt(nil); cancel() }
}

// missing reports whether a stream, consumer or bucket is not there (any more).
func missing(err error) bool {
	for _, target := range []error{
		nats.ErrNoResponders, jetstream.ErrNoStreamResponse, jetstream.ErrStreamNotFound, jetstream.ErrConsumerNotFound,
		jetstream.ErrConsumerDoesNotExist, jetstream.ErrConsumerDeleted, jetstream.ErrBucketNotFound,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// full says it clearly when NATS has no room left.
func full(err error) error {
	api, ok := errors.AsType[*jetstream.APIError](err)
	if !ok {
		return err
	}
	switch api.ErrorCode {
	// Resources exceeded: of the account, of the server, of its memory, of its disk.
	case 10002, 10023, 10028, 10047:
		return fmt.Errorf("NATS is full, its limits for storage or memory are reached: %w", err)
	default:
		return err
	}
}

// Ping reports whether NATS can carry work now.
func (q *Queue) Ping(ctx context.Context) error {
	err := q.with(ctx, func(ctx context.Context, s *state) error {
		_, err := s.stream.Consumer(ctx, s.consumer)
		return err
	})
	if err != nil {
		return fmt.Errorf("NATS at %s does not answer: %w", q.cfg.shown(), err)
	}
	return nil
}

// AckWait is how long a delivery is a worker's without extension.
func (q *Queue) AckWait() time.Duration { return q.cfg.AckWait }

// AnnounceEvery is how often a worker should call Announce.
func (q *Queue) AnnounceEvery() time.Duration { return q.cfg.AnnounceEvery }

// Close ends every waiting call, hands back what was just being delivered, and
// stops the in-process server. It waits for that, and may be called again.
func (q *Queue) Close() {
	q.once.Do(func() {
		q.mu.Lock()
		q.close()
		q.mu.Unlock()
		q.running.Wait()
		if err := q.nc.Drain(); err != nil {
			q.nc.Close()
		}
		<-q.gone
		q.stopServer()
	})
}

func (q *Queue) stopServer() {
	if q.server != nil {
		q.server.stop()
	}
}

// listener is told when news may have been missed.
type listener struct{ heard func() }

// onReconnect has heard called after every reconnect, and after a loss of the
// streams of NATS, until stop is called.
func (q *Queue) onReconnect(heard func()) (stop func()) {
	l := &listener{heard}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.listeners[l] = struct{}{}
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.listeners, l)
	}
}

func (q *Queue) reconnected() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for l := range q.listeners {
		l.heard()
	}
}

// enter counts a call that waits, until running.Done; false when the queue is closed.
func (q *Queue) enter() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing.Err() != nil {
		return false
	}
	q.running.Add(1)
	return true
}

// until joins ctx with the life of the queue.
func (q *Queue) until(ctx context.Context) (context.Context, context.CancelFunc) {
	joined, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(q.closing, func() { cancel(ErrClosed) })
	return joined, func() { stop(); cancel(nil) }
}
