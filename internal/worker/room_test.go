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
		first, err := r.enter(t.Context(), 1, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []int64
		for _, ticket := range []int64{5, 3, 6, 2, 4} {
			go func() {
				s, err := r.enter(t.Context(), ticket, 1, 0)
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
		first, err := r.enter(t.Context(), 1, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := r.enter(ctx, 2, 1, 0)
			gone <- err
		}()
		seated := make(chan *seat, 1)
		go func() {
			s, err := r.enter(t.Context(), 3, 1, 0)
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
			s, err := r.enter(ctx, ticket, 1, ticket)
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
		first, err := r.enter(t.Context(), 1, 1, 60)
		if err != nil {
			t.Fatal(err)
		}
		var seated []int64
		for _, step := range []struct{ ticket, memory int64 }{{2, 500}, {3, 10}} { // 500 is cut to the whole room
			go func() {
				s, err := r.enter(t.Context(), step.ticket, 1, step.memory)
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
