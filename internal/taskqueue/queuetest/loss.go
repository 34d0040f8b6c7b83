package queuetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// receiving receives n messages in the background, each with a call of its own,
// over whatever happens.
func receiving(t *testing.T, q *taskqueue.Queue, n int) <-chan task.Message {
	t.Helper()
	ctx := within(t)
	got := make(chan task.Message, n)
	for range n {
		go func() {
			d, err := q.Receive(ctx)
			if err != nil {
				t.Logf("receive: %v", err)
				return
			}
			got <- d
		}()
	}
	return got
}

func testRestart(t *testing.T, servers Servers) {
	q := open(t, servers)
	held, waiting, later := admission("held"), admission("waiting"), admission("later")
	if servers.Restart == nil {
		// It lives and dies with the queue, and starts empty.
		enqueue(t, q, waiting)
		q.Close()
		q = open(t, servers)
		nothingElse(t, q)
		return
	}
	enqueue(t, q, held, waiting)
	d := receive(t, q, held, 1)
	servers.Restart(t)
	eventually(t, "extend after the restart", func() error { return d.Extend(within(t)) })
	ack(t, d)
	ack(t, receive(t, q, waiting, 1))
	got := receiving(t, q, 1)
	woken, err := q.Woken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	servers.Restart(t)
	read(t, "the wake after the restart", woken) // one may have been missed
	eventually(t, "enqueue after the restart", func() error { return q.Enqueue(within(t), later) })
	next := read(t, "the delivery after the restart", got)
	if next.Admission() != later {
		t.Errorf("received %v", next.Admission())
	}
	ack(t, next)
}

func testLoss(t *testing.T, servers Servers) {
	q := open(t, servers)
	one, two := admission("one"), admission("two")
	enqueue(t, q, one)
	ack(t, receive(t, q, one, 1))
	got := receiving(t, q, 2)
	servers.Lose(t, q)
	eventually(t, "enqueue after the loss", func() error { return q.Enqueue(within(t), one) })
	first := read(t, "a delivery after the loss", got)
	if first.Admission() != one || first.Count() != 1 {
		t.Errorf("received %v for the %d. time", first.Admission(), first.Count())
	}
	ack(t, first)
	enqueue(t, q, two)
	second := read(t, "another delivery", got)
	if second.Admission() != two {
		t.Errorf("received %v", second.Admission())
	}
	ack(t, second)
	eventually(t, "announce", func() error { return q.Announce(within(t), task.WorkerStatus{ID: "w", Slots: 1}) })
	if err := q.Ping(within(t)); err != nil {
		t.Error(err)
	}
	nothingElse(t, q)
}

// A task that runs stays with its holder when NATS loses its store: the
// holder's extension puts its message back, whoever gets that defers it, and it
// does not come again while the holder extends.
func testLossWhileHeld(t *testing.T, servers Servers) {
	q := open(t, servers)
	first, held := admission("first"), admission("held")
	enqueue(t, q, first, held)
	ack(t, receive(t, q, first, 1))
	d := receive(t, q, held, 1)
	servers.Lose(t, q)
	eventually(t, "extend after the loss", func() error { return d.Extend(within(t)) })
	deferred := receive(t, q, held, 1)
	if err := deferred.Nak(within(t), ackWait); err != nil {
		t.Fatal(err)
	}
	got := receiving(t, q, 1)
	tick := time.NewTicker(ackWait / 6)
	defer tick.Stop()
	for from := time.Now(); time.Since(from) < 3*ackWait; {
		select {
		case <-tick.C:
			if err := d.Extend(within(t)); err != nil {
				t.Fatal(err)
			}
		case again := <-got:
			t.Fatalf("it came for the %d. time although it is extended", again.Count())
		}
	}
	// The holder dies: now it comes.
	again := read(t, "redelivery", got)
	if again.Admission() != held || again.Count() != 2 {
		t.Errorf("received %v for the %d. time", again.Admission(), again.Count())
	}
	ack(t, again)
	nothingElse(t, q)
}

// An acknowledgement of a message of a lost store ends its successor, and not
// the message that has its sequence number in the new store.
func testLossAndFinish(t *testing.T, servers Servers) {
	q := open(t, servers)
	one, two, three := admission("one"), admission("two"), admission("three")
	enqueue(t, q, one, two)
	first, second := receive(t, q, one, 1), receive(t, q, two, 1)
	servers.Lose(t, q)
	eventually(t, "enqueue after the loss", func() error { return q.Enqueue(within(t), three) })
	enqueue(t, q, two) // the sweep has enqueued one of the two
	ack(t, first)
	ack(t, second)
	ack(t, receive(t, q, three, 1))
	nothingElse(t, q)
}

func testLossOfLock(t *testing.T, servers Servers) {
	q := open(t, servers)
	l := run(t, q, "one")
	read(t, "the lead", l.leads)
	servers.Lose(t, q)
	read(t, "the lead after the loss", l.leads)
	eventually(t, "workers after the loss", func() error {
		workers, err := q.Workers(within(t))
		if err == nil && len(workers) != 0 {
			err = fmt.Errorf("found %v", workers)
		}
		return err
	})
	l.stop()
	_ = read(t, "the end", l.ended) // what it says of the loss is free
}
