package queuetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

func testOrder(t *testing.T, servers Servers) {
	q := open(t, servers)
	tasks := numbered(20)
	enqueue(t, q, tasks...)
	for _, want := range tasks {
		ack(t, receive(t, q, want, 1))
	}
	if q.AckWait() != ackWait {
		t.Errorf("the ack wait is %v, want %v", q.AckWait(), ackWait)
	}
	if err := q.Ping(within(t)); err != nil {
		t.Error(err)
	}
}

func testEnqueuedTwice(t *testing.T, servers Servers) {
	q := open(t, servers)
	one := admission("one")
	enqueue(t, q, one, one)
	d := receive(t, q, one, 1)
	enqueue(t, q, one) // also while it is delivered
	ack(t, d)
	nothingElse(t, q)
}

func testNextAdmission(t *testing.T, servers Servers) {
	q := open(t, servers)
	first, second := task.Admission{TaskID: "one", Number: 1}, task.Admission{TaskID: "one", Number: 2}
	enqueue(t, q, first, second)
	ack(t, receive(t, q, first, 1))
	ack(t, receive(t, q, second, 1))
}

func testEnqueuedAfterAck(t *testing.T, servers Servers) {
	q := open(t, servers)
	one := admission("one")
	for range 3 {
		enqueue(t, q, one)
		ack(t, receive(t, q, one, 1))
	}
}

func testRefusedIDs(t *testing.T, servers Servers) {
	q := open(t, servers)
	for _, a := range []task.Admission{
		{TaskID: "", Number: 1}, {TaskID: "a.b", Number: 1}, {TaskID: "*", Number: 1}, {TaskID: "a b", Number: 1},
		{TaskID: "a", Number: 0},
	} {
		if err := q.Enqueue(within(t), a); err == nil {
			t.Errorf("%v was enqueued", a)
		}
	}
	if _, err := q.WatchJob(within(t), ">"); err == nil {
		t.Error("a wildcard can be watched")
	}
}

func testRedelivery(t *testing.T, servers Servers) {
	q := open(t, servers)
	one := admission("one")
	enqueue(t, q, one)
	receive(t, q, one, 1)
	from := time.Now()
	second := receive(t, q, one, 2)
	if took := time.Since(from); took < ackWait/2 {
		t.Errorf("redelivered after %v, before the ack wait", took)
	}
	ack(t, second)
	nothingElse(t, q)
}

func testExtension(t *testing.T, servers Servers) {
	q := open(t, servers)
	one := admission("one")
	enqueue(t, q, one)
	d := receive(t, q, one, 1)
	from := time.Now()
	again, stop := context.WithCancel(within(t))
	defer stop()
	came := make(chan error, 1)
	go func() {
		_, err := q.Receive(again)
		came <- err
	}()
	tick := time.NewTicker(ackWait / 6)
	defer tick.Stop()
	for time.Since(from) < 3*ackWait {
		select {
		case <-tick.C:
			if err := d.Extend(within(t)); err != nil {
				t.Fatal(err)
			}
		case err := <-came:
			t.Fatalf("redelivered after %v although it was extended (%v)", time.Since(from), err)
		}
	}
	stop()
	if err := <-came; !errors.Is(err, context.Canceled) {
		t.Errorf("receive ended with %v", err)
	}
	ack(t, d)
	nothingElse(t, q)
}

// A stale holder's extension is confirmed and does not harm the new holder, nor
// does its acknowledgement make another message disappear.
func testLateExtension(t *testing.T, servers Servers) {
	q := open(t, servers)
	one, two := admission("one"), admission("two")
	enqueue(t, q, one)
	stale := receive(t, q, one, 1)
	holder := receive(t, q, one, 2)
	if err := stale.Extend(within(t)); err != nil {
		t.Errorf("the late extension: %v", err)
	}
	enqueue(t, q, two)
	ack(t, holder)
	ack(t, stale)
	ack(t, receive(t, q, two, 1))
}

func testGiveBack(t *testing.T, servers Servers) {
	q := open(t, servers)
	one := admission("one")
	enqueue(t, q, one)
	d := receive(t, q, one, 1)
	if err := d.Nak(within(t), 0); err != nil {
		t.Fatal(err)
	}
	from := time.Now()
	d = receive(t, q, one, 2)
	if took := time.Since(from); took > ackWait*2/3 {
		t.Errorf("given back without delay, it came after %v", took)
	}
	const delay = ackWait * 3
	if err := d.Nak(within(t), delay); err != nil {
		t.Fatal(err)
	}
	from = time.Now()
	d = receive(t, q, one, 3)
	if took := time.Since(from); took < delay*2/3 {
		t.Errorf("given back for %v, it came after %v", delay, took)
	}
	ack(t, d)
}

// A Receive that ends leaves nothing behind that catches the next message.
func testNothingPrefetched(t *testing.T, servers Servers) {
	q := open(t, servers)
	for range 20 {
		ctx, cancel := context.WithCancel(within(t))
		ended := make(chan error, 1)
		go func() {
			_, err := q.Receive(ctx)
			ended <- err
		}()
		cancel()
		if err := read(t, "the end of receive", ended); !errors.Is(err, context.Canceled) {
			t.Fatalf("receive ended with %v", err)
		}
	}
	from := time.Now()
	one := admission("one")
	enqueue(t, q, one)
	d, err := q.Receive(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(from); took > ackWait/2 {
		t.Errorf("delivered after %v: somebody else had it", took)
	}
	ack(t, d)
}

func testReceiveEnds(t *testing.T, servers Servers) {
	q := open(t, servers)
	ended := make(chan error, 1)
	go func() {
		_, err := q.Receive(within(t))
		ended <- err
	}()
	woken, err := q.Woken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q.Close()
	if err := read(t, "the end of receive", ended); !errors.Is(err, taskqueue.ErrClosed) {
		t.Errorf("receive ended with %v, want ErrClosed", err)
	}
	for range woken { //nolint:revive // until it is closed
	}
	if _, err := q.Receive(within(t)); !errors.Is(err, taskqueue.ErrClosed) {
		t.Errorf("receive after close: %v", err)
	}
	if _, err := q.Woken(within(t)); !errors.Is(err, taskqueue.ErrClosed) {
		t.Errorf("woken after close: %v", err)
	}
	if err := q.Ping(within(t)); err == nil {
		t.Error("a closed queue answers")
	}
	q.Close()
}

func testManyReceivers(t *testing.T, servers Servers) {
	q := open(t, servers)
	tasks := numbered(100)
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	got := make(chan task.Message, len(tasks))
	var receivers sync.WaitGroup
	for range 8 {
		receivers.Go(func() {
			for {
				d, err := q.Receive(ctx)
				if err != nil {
					return
				}
				if err := d.Ack(ctx); err != nil {
					t.Error(err)
				}
				got <- d
			}
		})
	}
	enqueue(t, q, tasks...)
	seen := make(map[task.Admission]int)
	for range tasks {
		d := read(t, "a delivery", got)
		seen[d.Admission()] += d.Count()
	}
	cancel()
	receivers.Wait()
	for _, a := range tasks {
		if seen[a] != 1 {
			t.Errorf("%v was delivered %d times", a, seen[a])
		}
	}
}
