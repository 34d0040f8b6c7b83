package taskqueue_test

import (
	"log/slog"
	"runtime"
	"testing"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

func openBench(b *testing.B) *taskqueue.Queue {
	b.Helper()
	q, err := taskqueue.Open(b.Context(), taskqueue.Config{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return q
}

// BenchmarkStart measures the NATS server in this process from nothing to ready, and what
// an idle one keeps in the heap.
func BenchmarkStart(b *testing.B) {
	var kept uint64
	for b.Loop() {
		b.StopTimer()
		before := heap()
		b.StartTimer()
		q := openBench(b)
		b.StopTimer()
		kept += heap() - min(before, heap())
		q.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(kept)/float64(b.N)/1024, "KiB-idle")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkTask measures a task's way: enqueued, received, extended once and
// acknowledged, each confirmed.
func BenchmarkTask(b *testing.B) {
	q := openBench(b)
	defer q.Close()
	for n := 1; b.Loop(); n++ {
		if err := q.Enqueue(b.Context(), task.Admission{TaskID: "task", Number: n}); err != nil {
			b.Fatal(err)
		}
		d, err := q.Receive(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Extend(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := d.Ack(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDelivery measures publication to delivery with a worker that waits.
func BenchmarkDelivery(b *testing.B) {
	q := openBench(b)
	defer q.Close()
	got := make(chan task.Message)
	go func() {
		defer close(got)
		for {
			d, err := q.Receive(b.Context())
			if err != nil {
				return
			}
			got <- d
			if d.Ack(b.Context()) != nil {
				return
			}
		}
	}()
	for n := 1; b.Loop(); n++ {
		if err := q.Enqueue(b.Context(), task.Admission{TaskID: "task", Number: n}); err != nil {
			b.Fatal(err)
		}
		<-got
	}
}

// BenchmarkWorkers measures what the dispatcher asks at each look.
func BenchmarkWorkers(b *testing.B) {
	q := openBench(b)
	defer q.Close()
	for _, id := range []string{"one", "two", "three"} {
		if err := q.Announce(b.Context(), task.WorkerStatus{ID: id, Slots: 1}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if workers, err := q.Workers(b.Context()); err != nil || len(workers) != 3 {
			b.Fatal(workers, err)
		}
	}
}
