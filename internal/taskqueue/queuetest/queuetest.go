// Package queuetest is the contract of the queue: what holds for the one in
// this process and for remote servers alike.
package queuetest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// Servers are what is under test.
type Servers struct {
	// Config opens a node. The suite shortens its times.
	Config taskqueue.Config
	// Restart stops the servers and starts them again with what they stored; nil
	// when the servers live and die with its queue.
	Restart func(t *testing.T)
	// Lose makes NATS forget everything while q stays open.
	Lose func(t *testing.T, q *taskqueue.Queue)
}

const (
	// ackWait is short, so that redelivery is soon, and long enough that a busy
	// machine extends in time.
	ackWait = 400 * time.Millisecond
	// limit bounds every wait; it passes only when a test fails.
	limit = 20 * time.Second
)

// Run runs the suite; start makes a fresh queue for each test.
func Run(t *testing.T, start func(t *testing.T) Servers) {
	for name, test := range map[string]func(*testing.T, Servers){
		"order":               testOrder,
		"enqueued twice":      testEnqueuedTwice,
		"next admission":      testNextAdmission,
		"enqueued after ack":  testEnqueuedAfterAck,
		"refused ids":         testRefusedIDs,
		"redelivery":          testRedelivery,
		"extension":           testExtension,
		"late extension":      testLateExtension,
		"give back":           testGiveBack,
		"nothing prefetched":  testNothingPrefetched,
		"receive ends":        testReceiveEnds,
		"many receivers":      testManyReceivers,
		"wake":                testWake,
		"watch":               testWatch,
		"workers":             testWorkers,
		"orders":              testOrders,
		"lead":                testLead,
		"lead is handed over": testLeadHandedOver,
		"restart":             testRestart,
		"loss":                testLoss,
		"loss while held":     testLossWhileHeld,
		"loss and finish":     testLossAndFinish,
		"loss of the lock":    testLossOfLock,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

// open opens a node that ends with the test.
func open(t *testing.T, servers Servers) *taskqueue.Queue {
	t.Helper()
	cfg := servers.Config
	cfg.AckWait = ackWait
	cfg.AnnounceEvery = 200 * time.Millisecond
	cfg.LockTTL = 600 * time.Millisecond
	cfg.Log = slog.New(slog.DiscardHandler)
	q, err := taskqueue.Open(within(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

// within is a context for one wait.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func admission(id string) task.Admission { return task.Admission{TaskID: id, Number: 1} }

func enqueue(t *testing.T, q *taskqueue.Queue, admissions ...task.Admission) {
	t.Helper()
	for _, a := range admissions {
		if err := q.Enqueue(within(t), a); err != nil {
			t.Fatal(err)
		}
	}
}

// receive waits for the next message and checks which one it is.
func receive(t *testing.T, q *taskqueue.Queue, want task.Admission, count int) task.Message {
	t.Helper()
	d, err := q.Receive(within(t))
	if err != nil {
		t.Fatalf("receive %v: %v", want, err)
	}
	if d.Admission() != want || d.Count() != count {
		t.Fatalf("received %v for the %d. time, want %v for the %d.", d.Admission(), d.Count(), want, count)
	}
	return d
}

func ack(t *testing.T, d task.Message) {
	t.Helper()
	if err := d.Ack(within(t)); err != nil {
		t.Fatal(err)
	}
}

// nothingElse enqueues a last task and checks that it is the only one there.
func nothingElse(t *testing.T, q *taskqueue.Queue) {
	t.Helper()
	last := admission("last")
	enqueue(t, q, last)
	ack(t, receive(t, q, last, 1))
}

// eventually tries until ok, or fails the test.
func eventually(t *testing.T, what string, ok func() error) {
	t.Helper()
	ctx := within(t)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for err := ok(); err != nil; err = ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}

// read takes a value from a channel.
func read[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v, open := <-ch:
		if !open {
			t.Fatalf("%s: the channel is closed", what)
		}
		return v
	case <-within(t).Done():
		t.Fatalf("%s: nothing came", what)
	}
	panic("not reached")
}

// numbered makes n ids.
func numbered(n int) []task.Admission {
	out := make([]task.Admission, n)
	for i := range out {
		out[i] = admission(fmt.Sprintf("task-%03d", i))
	}
	return out
}
