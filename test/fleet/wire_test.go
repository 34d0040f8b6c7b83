package fleet_test

import (
	"context"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// wire stands between a node and all that it calls: it keeps the journal, lets a
// call fail or wait on cue, and cuts a dead node off.
type wire struct {
	node    string
	journal *journal

	mu    sync.Mutex
	dead  bool
	hooks map[string]func(entry) error
}

func newWire(node string, j *journal) *wire {
	return &wire{node: node, journal: j, hooks: map[string]func(entry) error{}}
}

// before and after have hook called around each call of that name; its error
// takes the place of the call, or of its answer.
func (w *wire) before(call string, hook func(entry) error) { w.hook(call+" before", hook) }
func (w *wire) after(call string, hook func(entry) error)  { w.hook(call+" after", hook) }

func (w *wire) hook(at string, hook func(entry) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hooks[at] = hook
}

// cut makes the node dead: no call of it does anything any more.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
}

func (w *wire) pass(at string, e entry) error {
	w.mu.Lock()
	hook, dead := w.hooks[at], w.dead
	w.mu.Unlock()
	if dead {
		return errDead
	}
	if hook != nil {
		if err := hook(e); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	return nil
}

// do makes a call.
func (w *wire) do(e entry, call func(*entry) error) error {
	e.Node = w.node
	if e.Err = w.pass(e.What+" before", e); e.Err == nil {
		e.Err = call(&e)
		if err := w.pass(e.What+" after", e); err != nil {
			e.Err = err
		}
	}
	w.journal.add(e)
	return e.Err
}

func (w *wire) call(what string, call func() error) error {
	return w.do(entry{What: what}, func(*entry) error { return call() })
}

// of is an entry about a claim.
func of(what string, c *task.Claim) entry {
	return entry{What: what, Job: *c.Job.Id, Attempt: c.Attempt, claim: c}
}

// wiredStore is the store of a node, worker and dispatcher alike.
type wiredStore struct {
	*wire
	db *sqlstore.DB
}

func (s wiredStore) Claim(ctx context.Context, r task.ClaimRequest) (c *task.Claim, outcome task.ClaimOutcome,
	err error) {
	err = s.do(entry{What: "Claim", Job: r.TaskID}, func(e *entry) (err error) {
		c, outcome, err = s.db.Claim(ctx, r)
		if err == nil && outcome == task.Claimed {
			e.claim, e.Attempt = c, c.Attempt
		}
		return err
	})
	return c, outcome, err
}

func (s wiredStore) Confirm(ctx context.Context, c *task.Claim) error {
	return s.do(of("Confirm", c), func(*entry) error { return s.db.Confirm(ctx, c) })
}

func (s wiredStore) CountAttempt(ctx context.Context, c *task.Claim) error {
	return s.do(of("CountAttempt", c), func(*entry) error { return s.db.CountAttempt(ctx, c) })
}

func (s wiredStore) UpdateJob(ctx context.Context, c *task.Claim, o []task.OutputResult,
	d []api.DetectedProperties) error {
	return s.do(of("UpdateJob", c), func(*entry) error { return s.db.UpdateJob(ctx, c, o, d) })
}

func (s wiredStore) SetPublishing(ctx context.Context, c *task.Claim, keys []object.Key) error {
	return s.do(of("SetPublishing", c), func(*entry) error { return s.db.SetPublishing(ctx, c, keys) })
}

func (s wiredStore) Finish(ctx context.Context, c *task.Claim, r task.Result) error {
	return s.do(of("Finish", c), func(*entry) error { return s.db.Finish(ctx, c, r) })
}

func (s wiredStore) Release(ctx context.Context, c *task.Claim) error {
	return s.do(of("Release", c), func(*entry) error { return s.db.Release(ctx, c) })
}

func (s wiredStore) SaveProgress(ctx context.Context, all []task.Report) error {
	return s.call("SaveProgress", func() error { return s.db.SaveProgress(ctx, all) })
}

func (s wiredStore) SaveFault(ctx context.Context, c *task.Claim, f task.Fault) error {
	return s.do(of("SaveFault", c), func(*entry) error { return s.db.SaveFault(ctx, c, f) })
}

func (s wiredStore) ForgetLeftover(ctx context.Context, job string) error {
	return s.do(entry{What: "ForgetLeftover", Job: job}, func(*entry) error { return s.db.ForgetLeftover(ctx, job) })
}

func (s wiredStore) Admit(ctx context.Context, room int) (admitted []task.Admission, err error) {
	err = s.call("Admit", func() (err error) {
		admitted, err = s.db.Admit(ctx, room)
		return err
	})
	return admitted, err
}

func (s wiredStore) Outstanding(ctx context.Context) (all []task.Admission, err error) {
	err = s.call("Outstanding", func() (err error) {
		all, err = s.db.Outstanding(ctx)
		return err
	})
	return all, err
}

func (s wiredStore) Events(ctx context.Context, n int) (all []notify.Event, err error) {
	err = s.call("Events", func() (err error) {
		all, err = s.db.Events(ctx, n)
		return err
	})
	return all, err
}

func (s wiredStore) FanOut(ctx context.Context, events []notify.Event, sns bool) (n int, err error) {
	err = s.call("FanOut", func() (err error) {
		n, err = s.db.FanOut(ctx, events, sns)
		return err
	})
	return n, err
}

func (s wiredStore) DueSubscribers(ctx context.Context, failing bool, limit int) (all []notify.Due, err error) {
	err = s.call("DueSubscribers", func() (err error) {
		all, err = s.db.DueSubscribers(ctx, failing, limit)
		return err
	})
	return all, err
}

func (s wiredStore) DueDeliveries(ctx context.Context, subscriber string, limit int) (all []notify.Delivery,
	err error) {
	err = s.call("DueDeliveries", func() (err error) {
		all, err = s.db.DueDeliveries(ctx, subscriber, limit)
		return err
	})
	return all, err
}

func (s wiredStore) DeliverySucceeded(ctx context.Context, id int64) error {
	return s.call("DeliverySucceeded", func() error { return s.db.DeliverySucceeded(ctx, id) })
}

func (s wiredStore) DeliveryFailed(ctx context.Context, id int64, f notify.Failure) (dead bool, err error) {
	err = s.call("DeliveryFailed", func() (err error) {
		dead, err = s.db.DeliveryFailed(ctx, id, f)
		return err
	})
	return dead, err
}

// nobody is a publisher without subscribers.
type nobody struct{}

func (nobody) Deliver(context.Context, notify.Delivery) error { return nil }

// wiredQueue is the queue of a node.
type wiredQueue struct {
	*wire
	queue func() *taskqueue.Queue
	// lockless lets every dispatcher lead.
	lockless bool
}

func (q wiredQueue) Receive(ctx context.Context) (task.Message, error) {
	return q.receive(ctx, "Receive", func(ctx context.Context) (task.Message, error) {
		q.journal.add(entry{Node: q.node, What: "asks"})
		return q.queue().Receive(ctx)
	})
}

func (q wiredQueue) ReceiveLeft(ctx context.Context) (task.Message, error) {
	return q.receive(ctx, "ReceiveLeft", q.queue().ReceiveLeft)
}

func (q wiredQueue) Left(ctx context.Context) (n int, err error) {
	err = q.do(entry{What: "Left"}, func(*entry) (err error) {
		n, err = q.queue().Left(ctx)
		return err
	})
	return n, err
}

func (q wiredQueue) receive(ctx context.Context, what string,
	ask func(context.Context) (task.Message, error)) (d task.Message, err error) {
	err = q.do(entry{What: what}, func(e *entry) (err error) {
		if d, err = ask(ctx); err == nil && d != nil {
			e.Job = d.Admission().TaskID
		}
		return err
	})
	if err != nil || d == nil {
		return nil, err
	}
	return wiredMessage{d, q.wire}, nil
}

func (q wiredQueue) AckWait() time.Duration { return q.queue().AckWait() }

func (q wiredQueue) AnnounceEvery() time.Duration { return q.queue().AnnounceEvery() }

func (q wiredQueue) TellProgress(ctx context.Context, p task.Progress) error {
	return q.call("TellProgress", func() error { return q.queue().TellProgress(ctx, p) })
}

func (q wiredQueue) Announce(ctx context.Context, s task.WorkerStatus) error {
	return q.call("Announce", func() error { return q.queue().Announce(ctx, s) })
}

func (q wiredQueue) Orders(ctx context.Context, worker string, obey func(task.Order)) error {
	return q.call("Orders", func() error { return q.queue().Orders(ctx, worker, obey) })
}

func (q wiredQueue) Canceled(ctx context.Context, heard func(string)) error {
	return q.call("Canceled", func() error { return q.queue().Canceled(ctx, heard) })
}

func (q wiredQueue) Wake(ctx context.Context) error {
	return q.call("Wake", func() error { return q.queue().Wake(ctx) })
}

func (q wiredQueue) Enqueue(ctx context.Context, a task.Admission) error {
	return q.do(entry{What: "Enqueue", Job: a.TaskID}, func(*entry) error { return q.queue().Enqueue(ctx, a) })
}

func (q wiredQueue) Woken(ctx context.Context) (woken <-chan struct{}, err error) {
	err = q.call("Woken", func() (err error) {
		woken, err = q.queue().Woken(ctx)
		return err
	})
	return woken, err
}

func (q wiredQueue) Workers(ctx context.Context) (all []task.WorkerStatus, err error) {
	err = q.call("Workers", func() (err error) {
		all, err = q.queue().Workers(ctx)
		return err
	})
	return all, err
}

func (q wiredQueue) Lead(ctx context.Context, name, holder string, lead func(context.Context)) error {
	leading := func(ctx context.Context) {
		q.journal.add(entry{Node: q.node, What: "lead " + name})
		lead(ctx)
	}
	if q.lockless {
		leading(ctx)
		return nil
	}
	return q.queue().Lead(ctx, name, holder, leading)
}

func (q wiredQueue) TellEvent(ctx context.Context, e notify.Event) error {
	return q.do(entry{What: "TellEvent", Job: e.JobID, Event: e}, func(*entry) error {
		return q.queue().TellEvent(ctx, e)
	})
}

// wiredMessage is a message in a node's hands.
type wiredMessage struct {
	task.Message
	*wire
}

func (d wiredMessage) tell(what string, call func() error) error {
	return d.do(entry{What: what, Job: d.Admission().TaskID}, func(*entry) error { return call() })
}

func (d wiredMessage) Extend(ctx context.Context) error {
	return d.tell("Extend", func() error { return d.Message.Extend(ctx) })
}

func (d wiredMessage) Ack(ctx context.Context) error {
	return d.tell("Ack", func() error { return d.Message.Ack(ctx) })
}

func (d wiredMessage) Nak(ctx context.Context, delay time.Duration) error {
	return d.tell("Nak", func() error { return d.Message.Nak(ctx, delay) })
}

// wiredObjects is the object store of a node.
type wiredObjects struct {
	*wire
	*dir.Store
}

func (o wiredObjects) Put(ctx context.Context, bucket, key, path string, opts object.PutOptions) error {
	return o.do(entry{What: "Put", Job: opts.Owner.Job, Attempt: opts.Owner.Attempt}, func(*entry) error {
		return o.Store.Put(ctx, bucket, key, path, opts)
	})
}
