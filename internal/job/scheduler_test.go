package job

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

var stopped = errors.New("stopped")

// TestSchedulerOldestFirst fills the machine, lets five jobs wait in the wrong order and
// wants them begun in the order of their claims.
func TestSchedulerOldestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewScheduler(1, 100)
		first, err := enter(t.Context(), r, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var begun []int64
		for _, order := range []int64{5, 3, 6, 2, 4} {
			go func() {
				s, err := enter(t.Context(), r, order, 0)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				begun = append(begun, order)
				mu.Unlock()
				s.Release()
			}()
			synctest.Wait()
		}
		first.Release()
		synctest.Wait()
		for i, order := range begun {
			if order != int64(i+2) {
				t.Fatalf("begun in the order %v", begun)
			}
		}
		if len(begun) != 5 {
			t.Fatalf("%d of 5 were begun", len(begun))
		}
	})
}

// TestSchedulerGivesUp wants a waiting job that is canceled to leave its place, and
// nobody else to lose one.
func TestSchedulerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewScheduler(1, 100)
		first, err := enter(t.Context(), r, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := enter(ctx, r, 2, 0)
			gone <- err
		}()
		begun := make(chan *Reservation, 1)
		go func() {
			s, err := enter(t.Context(), r, 3, 0)
			if err != nil {
				t.Error(err)
			}
			begun <- s
		}()
		synctest.Wait()
		cancel(stopped)
		if err := <-gone; !errors.Is(err, stopped) {
			t.Fatalf("got %v, want the cause", err)
		}
		first.Release()
		(<-begun).Release()
		if r.freeCores != 1 || len(r.waiting) != 0 {
			t.Fatalf("%d free, %d waiting at the end", r.freeCores, len(r.waiting))
		}
	})
}

// TestSchedulerNeverOverfull runs many jobs through two slots and counts.
func TestSchedulerNeverOverfull(t *testing.T) {
	t.Parallel()
	r := NewScheduler(2, 100)
	var mu sync.Mutex
	inside, most := 0, 0
	var all sync.WaitGroup
	for order := range int64(200) {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if order%7 == 0 {
				cancel()
			}
			s, err := enter(ctx, r, order, order)
			if err != nil {
				return
			}
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			mu.Lock()
			inside--
			mu.Unlock()
			s.Release()
		})
	}
	all.Wait()
	if most > 2 || r.freeCores != 2 || r.freeMemory != r.memory {
		t.Fatalf("%d at once, %d slots and %d bytes free at the end; want at most 2, 2 and all", most, r.freeCores,
			r.freeMemory)
	}
}

// TestSchedulerForMemory wants a step that does not fit beside another to wait, and
// smaller ones behind it to wait with it.
func TestSchedulerForMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewScheduler(3, 100)
		first, err := enter(t.Context(), r, 1, 60)
		if err != nil {
			t.Fatal(err)
		}
		var begun []int64
		for _, step := range []struct{ order, memory int64 }{{2, 500}, {3, 10}} { // 500 is cut to the whole machine
			go func() {
				s, err := enter(t.Context(), r, step.order, step.memory)
				if err != nil {
					t.Error(err)
					return
				}
				begun = append(begun, step.order)
				s.Release()
			}()
			synctest.Wait()
		}
		if len(begun) != 0 {
			t.Fatalf("begun %v beside a step of 60 of 100 bytes", begun)
		}
		first.Release()
		synctest.Wait()
		if !slices.Equal(begun, []int64{2, 3}) || r.freeMemory != 100 {
			t.Fatalf("begun %v, %d bytes left; want 2, 3 and 100", begun, r.freeMemory)
		}
	})
}

// enter waits for its part with one core.
func enter(ctx context.Context, r *Scheduler, order, memory int64) (*Reservation, error) {
	s := r.Reserve(Need{Order: order, Cores: 1, MemoryBytes: memory})
	err := s.Wait(ctx)
	if err != nil {
		s.Release()
	}
	return s, err
}

// TestSchedulerLongestFirst lets steps of two jobs line up while all cores are taken: the
// older job's go first, the longest of them before the others. Steps that leave
// twice, or leave the line, free nothing that is not theirs.
func TestSchedulerLongestFirst(t *testing.T) {
	t.Parallel()
	r := NewScheduler(2, 100)
	all := r.Reserve(Need{Order: 1, Cores: 2})
	var places []*Reservation
	for _, want := range []Need{{Order: 2, Effort: 1}, {Order: 3, Effort: 9}, {Order: 2, Effort: 5},
		{Order: 2, Effort: 3}} {
		want.Cores = 2
		places = append(places, r.Reserve(want))
	}
	places[3].Release()
	for _, next := range []*Reservation{all, places[2], places[0], places[1]} {
		for _, s := range places {
			if s.runs() && !s.released && s != next {
				t.Errorf("a step of job %d and effort %v has its part too early", s.Order, s.Effort)
			}
		}
		if !next.runs() {
			t.Fatalf("the step of job %d and effort %v has no part", next.Order, next.Effort)
		}
		next.Release()
		next.Release()
	}
	if r.freeCores != 2 || r.freeMemory != 100 {
		t.Errorf("in the end %d cores and %d bytes are free", r.freeCores, r.freeMemory)
	}
}

func (s *Reservation) runs() bool {
	select {
	case <-s.given:
		return true
	default:
		return false
	}
}
