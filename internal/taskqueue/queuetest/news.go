package queuetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

func testWake(t *testing.T, servers Servers) {
	q := open(t, servers)
	ctx, stop := context.WithCancel(t.Context())
	woken, err := q.Woken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if cap(woken) != 1 {
		t.Errorf("up to %d wakes stand unread, want them to collapse into 1", cap(woken))
	}
	for range 2 {
		for range 50 { // nobody reads: none of them blocks
			if err := q.Wake(within(t)); err != nil {
				t.Fatal(err)
			}
		}
		read(t, "the wake", woken)
	}
	stop()
	for range woken { //nolint:revive // until it is closed
	}
}

type eventTeller interface {
	TellEvent(context.Context, notify.Event) error
}

func tellEvent(t *testing.T, q eventTeller, job string) {
	t.Helper()
	if err := q.TellEvent(within(t), notify.Event{ID: 1, JobID: job, State: "COMPLETED",
		Message: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
}

func testWatch(t *testing.T, servers Servers) {
	q := open(t, servers)
	ctx, stop := context.WithCancel(t.Context())
	news, err := q.WatchJob(ctx, "job-1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := q.WatchJob(ctx, "job-2")
	if err != nil {
		t.Fatal(err)
	}
	tell := func(percent float64) {
		t.Helper()
		p := task.Progress{JobID: "job-1", Status: transcode.Progressing, Attempt: 2, Percent: percent,
			Outputs: []task.OutputProgress{{ID: "1", Percent: percent}}}
		if err := q.TellProgress(within(t), p); err != nil {
			t.Fatal(err)
		}
	}
	tell(12.5)
	if p := read(t, "progress", news); p.Percent != 12.5 || p.Attempt != 2 || len(p.Outputs) != 1 ||
		p.Status != transcode.Progressing {
		t.Errorf("read %+v", p)
	}
	// Unread values are replaced: the last one is always there.
	for i := range 20 {
		tell(float64(20 + i))
	}
	for last := 0.0; last != 39; {
		p := read(t, "the latest progress", news)
		if p.Percent <= last {
			t.Fatalf("%v after %v", p.Percent, last)
		}
		last = p.Percent
	}
	// An event stays, whatever comes after it.
	tellEvent(t, q, "job-1")
	for i := range 20 {
		tell(float64(50 + i))
	}
	for p := read(t, "the event", news); p.Status != ""; {
		p = read(t, "the event", news)
	}
	tellEvent(t, q, "job-2")
	if p := read(t, "the other job's event", other); p.JobID != "job-2" || p.Status != "" {
		t.Errorf("the other job's event is %+v", p)
	}
	stop()
	for range news { //nolint:revive // until it is closed
	}
}

func testWorkers(t *testing.T, servers Servers) {
	q := open(t, servers)
	woken, err := q.Woken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if workers, err := q.Workers(within(t)); err != nil || len(workers) != 0 {
		t.Fatalf("workers at the start: %v, %v", workers, err)
	}
	announce := func(w task.WorkerStatus) {
		t.Helper()
		if err := q.Announce(within(t), w); err != nil {
			t.Fatal(err)
		}
	}
	listed := func(want ...task.WorkerStatus) {
		t.Helper()
		eventually(t, "workers", func() error {
			got, err := q.Workers(within(t))
			if err != nil {
				return err
			}
			if len(got) != len(want) {
				return fmt.Errorf("%v, want %v", got, want)
			}
			for _, w := range want {
				if !reflect.DeepEqual(got[0], w) && !reflect.DeepEqual(got[len(got)-1], w) {
					return fmt.Errorf("%v, want %v", got, want)
				}
			}
			return nil
		})
	}
	one := task.WorkerStatus{ID: "host.example/1 (ü)", Slots: 4}
	two := task.WorkerStatus{ID: "host-2", Slots: 2, Running: 1,
		WorkerMachine: task.WorkerMachine{Host: "host", Cores: 2, FFmpeg: "7.1", Sandbox: "bubblewrap"},
		Jobs:          []task.WorkerJob{{TaskID: "t", JobID: "j", PipelineID: "p", Attempt: 2, Percent: 12.5}}}
	announce(one)
	read(t, "the wake of the first announcement", woken)
	announce(two)
	read(t, "the wake of the second announcement", woken)
	listed(one, two)
	one.Running = 3
	announce(one)
	read(t, "the wake of the change", woken)
	listed(one, two)
	one.Draining = true
	announce(one)
	read(t, "the wake of the drain", woken)
	listed(one, two)
	announce(task.WorkerStatus{ID: two.ID})
	read(t, "the wake of the end", woken)
	listed(one)
	listed() // nobody announces any more
}

func testOrders(t *testing.T, servers Servers) {
	q := open(t, servers)
	drain := task.Order{Drain: true, Grace: new(90 * time.Second)}
	if err := q.Order(within(t), "w-1", drain); !errors.Is(err, task.ErrNoWorker) {
		t.Errorf("an order to nobody: %v", err)
	}
	if err := q.Order(within(t), "w.>", drain); !errors.Is(err, task.ErrNoWorker) {
		t.Errorf("an order to a name that makes no subject: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	heard := make(chan task.Order, 10)
	if err := q.Orders(ctx, "w-1", func(o task.Order) { heard <- o }); err != nil {
		t.Fatal(err)
	}
	if err := q.Orders(t.Context(), "w-2", func(task.Order) { t.Error("an order for another worker") }); err != nil {
		t.Fatal(err)
	}
	for _, o := range []task.Order{drain, {}} {
		if err := q.Order(within(t), "w-1", o); err != nil {
			t.Fatal(err)
		}
		if got := <-heard; !reflect.DeepEqual(got, o) { // it was obeyed before it was confirmed
			t.Errorf("heard %+v, want %+v", got, o)
		}
	}
	stop()
	eventually(t, "the end of obedience", func() error {
		if err := q.Order(within(t), "w-1", drain); !errors.Is(err, task.ErrNoWorker) {
			return fmt.Errorf("an order to a worker that is gone: %w", err)
		}
		return nil
	})
}

// leader is one node's wish to lead.
type leader struct {
	leads chan struct{}
	stop  context.CancelFunc
	ended chan error
}

type lead interface {
	Lead(context.Context, string, string, func(context.Context)) error
}

// run lets a node compete; it leads until it is stopped.
func run(t *testing.T, q lead, holder string) *leader {
	t.Helper()
	ctx, cancel := context.WithCancel(within(t))
	l := &leader{leads: make(chan struct{}, 10), stop: cancel, ended: make(chan error, 1)}
	go func() {
		l.ended <- q.Lead(ctx, "dispatch", holder, func(ctx context.Context) {
			l.leads <- struct{}{}
			<-ctx.Done()
		})
	}()
	return l
}

func testLead(t *testing.T, servers Servers) {
	q := open(t, servers)
	done := false
	err := q.Lead(within(t), "dispatch", "one", func(ctx context.Context) { done = ctx.Err() == nil })
	if err != nil || !done {
		t.Fatalf("led %v, ended with %v", done, err)
	}
	if err := q.Lead(within(t), "no.such", "one", func(context.Context) {}); err == nil {
		t.Error("a name that makes no key is taken")
	}
	// It is kept beyond its time to live, and was released above.
	l := run(t, q, "two")
	read(t, "the lead", l.leads)
	other := run(t, q, "three")
	news, err := q.WatchJob(t.Context(), "job")
	if err != nil {
		t.Fatal(err)
	}
	expired := admission("clock") // its redelivery tells that time has passed
	enqueue(t, q, expired)
	for count := 1; count <= 5; count++ {
		receive(t, q, expired, count)
	}
	select {
	case <-other.leads:
		t.Error("two lead at once")
	case <-news:
		t.Error("news of a job without any")
	default:
	}
	l.stop()
	if err := read(t, "the end", l.ended); err == nil {
		t.Error("a canceled lead ended without error")
	}
	read(t, "the other's lead", other.leads)
}

func testLeadHandedOver(t *testing.T, servers Servers) {
	q := open(t, servers)
	current := run(t, q, "node-0")
	read(t, "the first lead", current.leads)
	for i := range 5 {
		next := run(t, q, fmt.Sprintf("node-%d", i+1))
		current.stop()
		_ = read(t, "the end", current.ended) // testLead looks at what it says
		read(t, "the next lead", next.leads)
		current = next
	}
}
