package worker

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/wait"
)

// leftAfter is how long a task lies there before a worker whose slots are taken stages it:
// another one that has just ended a task asks for the next in that time.
const leftAfter = 250 * time.Millisecond

// take receives and handles one message after the other until ctx ends; what
// it has begun by then goes on until hard ends. While the worker has a free slot it waits
// for messages; else it takes those that wait for nobody: a task goes to a free slot
// anywhere before it is staged behind another one.
func (w *Worker) take(ctx, hard context.Context) {
	for ctx.Err() == nil {
		var m task.Message
		if w.slots.ask(ctx) {
			m = w.receive(ctx, w.queue.Receive)
			w.slots.asked(m != nil)
		} else if m = w.left(ctx); m != nil {
			w.slots.begin()
		}
		if m != nil {
			w.handle(hard, m)
			w.slots.end()
		}
	}
}

// left takes a task that has lain there for a while; nil for none.
func (w *Worker) left(ctx context.Context) task.Message {
	if wait.For(ctx, leftAfter) != nil {
		return nil
	}
	n, err := w.queue.Left(ctx)
	if err != nil {
		w.Log.DebugContext(ctx, "look for tasks that wait", "err", err)
	}
	if n == 0 || wait.For(ctx, leftAfter) != nil || !w.slots.full() {
		return nil
	}
	return w.receive(ctx, w.queue.ReceiveLeft)
}

// receive asks for a message while the worker takes jobs; nil for none.
func (w *Worker) receive(ctx context.Context, ask func(context.Context) (task.Message, error)) task.Message {
	taking, end := w.gate.pass(ctx)
	defer end()
	if ctx.Err() != nil {
		return nil
	}
	m, err := ask(taking)
	if err == nil && m != nil {
		w.lookAtRoom()
	}
	switch {
	case err != nil && taking.Err() == nil:
		w.Log.ErrorContext(ctx, "receive", "worker", w.ID, "err", err)
		_ = wait.For(ctx, time.Second) // the caller looks at ctx
		return nil
	case err != nil || m == nil:
		return nil
	case taking.Err() != nil: // stopped, or shut, while it came in: leave it to others
		w.settle(ctx, w.Log, "give back", func(ctx context.Context) error { return m.Nak(ctx, 0) })
		return nil
	}
	return m
}

// handle claims the message's task and, if it is ours, does it.
func (w *Worker) handle(ctx context.Context, m task.Message) {
	received := time.Now()
	log := w.Log.With("task", m.Admission().TaskID, "worker", w.ID)
	leave, ok := w.isolation.enter()
	if !ok { // one runs alone
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return m.Nak(ctx, time.Second) })
		return
	}
	defer func() { leave() }()
	claim, outcome, err := w.claim(ctx, m)
	switch {
	case err != nil:
		log.ErrorContext(ctx, "claim", "err", err)
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return m.Nak(ctx, time.Second) })
	case outcome == task.Defer:
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return m.Nak(ctx, w.queue.AckWait()) })
	case outcome == task.Drop:
		w.settle(ctx, log, "acknowledge", m.Ack)
		w.wakeDispatch(ctx, log)
	default:
		leave = w.attempt(ctx, m, received, claim, leave)
	}
}

// claim asks the store for the message's task, for less than the ack wait: a claim
// that came later would be of a message that others may have by then. A job whose document
// makes the reading of it panic is an error.
func (w *Worker) claim(ctx context.Context, m task.Message) (claim *task.Claim, outcome task.ClaimOutcome,
	err error) {
	w.claiming.Lock() // the store notes who runs beside whom
	defer w.claiming.Unlock()
	ctx, cancel := context.WithTimeout(ctx, w.queue.AckWait()*2/3)
	defer cancel()
	err = parallel.Guard(func() (err error) {
		claim, outcome, err = w.store.Claim(ctx, task.ClaimRequest{
			Admission: m.Admission(), Delivered: m.Count(), Worker: w.ID, MaxAttempts: w.MaxAttempts})
		return err
	})
	return claim, outcome, err
}
