package worker

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// TestRoomOldestFirst fills the room, lets five jobs wait in the wrong order and
// wants them seated in the order of their claims.
func TestRoomOldestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(1, 100)
		first, err := enter(t.Context(), r, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []int64
		for _, ticket := range []int64{5, 3, 6, 2, 4} {
			go func() {
				s, err := enter(t.Context(), r, ticket, 0)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, ticket)
				mu.Unlock()
				r.leave(s)
			}()
			synctest.Wait()
		}
		r.leave(first)
		synctest.Wait()
		for i, ticket := range order {
			if ticket != int64(i+2) {
				t.Fatalf("seated in the order %v", order)
			}
		}
		if len(order) != 5 {
			t.Fatalf("%d of 5 were seated", len(order))
		}
	})
}

// TestRoomGivesUp wants a waiting job that is canceled to leave its place, and
// nobody else to lose one.
func TestRoomGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(1, 100)
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
		seated := make(chan *seat, 1)
		go func() {
			s, err := enter(t.Context(), r, 3, 0)
			if err != nil {
				t.Error(err)
			}
			seated <- s
		}()
		synctest.Wait()
		cancel(errStopped)
		if err := <-gone; !errors.Is(err, errStopped) {
			t.Fatalf("got %v, want the cause", err)
		}
		r.leave(first)
		r.leave(<-seated)
		if r.free != 1 || len(r.waiting) != 0 {
			t.Fatalf("%d free, %d waiting at the end", r.free, len(r.waiting))
		}
	})
}

// TestRoomNeverOverfull runs many jobs through two slots and counts.
func TestRoomNeverOverfull(t *testing.T) {
	t.Parallel()
	r := newRoom(2, 100)
	var mu sync.Mutex
	inside, most := 0, 0
	var all sync.WaitGroup
	for ticket := range int64(200) {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if ticket%7 == 0 {
				cancel()
			}
			s, err := enter(ctx, r, ticket, ticket)
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
			r.leave(s)
		})
	}
	all.Wait()
	if most > 2 || r.free != 2 || r.left != r.memory {
		t.Fatalf("%d at once, %d slots and %d bytes free at the end; want at most 2, 2 and all", most, r.free, r.left)
	}
}

// TestRoomForMemory wants a step that does not fit beside another to wait, and
// smaller ones behind it to wait with it.
func TestRoomForMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(3, 100)
		first, err := enter(t.Context(), r, 1, 60)
		if err != nil {
			t.Fatal(err)
		}
		var seated []int64
		for _, step := range []struct{ ticket, memory int64 }{{2, 500}, {3, 10}} { // 500 is cut to the whole room
			go func() {
				s, err := enter(t.Context(), r, step.ticket, step.memory)
				if err != nil {
					t.Error(err)
					return
				}
				seated = append(seated, step.ticket)
				r.leave(s)
			}()
			synctest.Wait()
		}
		if len(seated) != 0 {
			t.Fatalf("seated %v beside a step of 60 of 100 bytes", seated)
		}
		r.leave(first)
		synctest.Wait()
		if !slices.Equal(seated, []int64{2, 3}) || r.left != 100 {
			t.Fatalf("seated %v, %d bytes left; want 2, 3 and 100", seated, r.left)
		}
	})
}

// enter waits for a seat with one core.
func enter(ctx context.Context, r *room, ticket, memory int64) (*seat, error) {
	s := r.lineUp(seat{ticket: ticket, cores: 1, memory: memory})
	err := s.wait(ctx)
	if err != nil {
		r.leave(s)
	}
	return s, err
}

// TestRoomLongestFirst lets steps of two jobs line up while all cores are taken: the
// older job's go first, the longest of them before the others. Steps that leave
// twice, or leave the line, free nothing that is not theirs.
func TestRoomLongestFirst(t *testing.T) {
	t.Parallel()
	r := newRoom(2, 100)
	all := r.lineUp(seat{ticket: 1, cores: 2})
	var places []*seat
	for _, want := range []seat{{ticket: 2, effort: 1}, {ticket: 3, effort: 9}, {ticket: 2, effort: 5}, {ticket: 2, effort: 3}} {
		want.cores = 2
		places = append(places, r.lineUp(want))
	}
	r.leave(places[3])
	for _, next := range []*seat{all, places[2], places[0], places[1]} {
		for _, s := range places {
			if s.isGiven() && !s.left && s != next {
				t.Errorf("a step of job %d and effort %v has a seat too early", s.ticket, s.effort)
			}
		}
		if !next.isGiven() {
			t.Fatalf("the step of job %d and effort %v has no seat", next.ticket, next.effort)
		}
		r.leave(next)
		r.leave(next)
	}
	if r.free != 2 || r.left != 100 {
		t.Errorf("in the end %d cores and %d bytes are free", r.free, r.left)
	}
}

func (s *seat) isGiven() bool {
	select {
	case <-s.given:
		return true
	default:
		return false
	}
}
