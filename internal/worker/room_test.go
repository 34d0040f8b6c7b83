package worker

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

// TestRoomOldestFirst fills the room, lets five jobs wait in the wrong order and
// wants them seated in the order of their claims.
func TestRoomOldestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(1)
		if err := r.enter(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []int64
		for _, ticket := range []int64{5, 3, 6, 2, 4} {
			go func() {
				if err := r.enter(t.Context(), ticket); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, ticket)
				mu.Unlock()
				r.leave()
			}()
			synctest.Wait()
		}
		r.leave()
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
		r := newRoom(1)
		if err := r.enter(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := make(chan error, 1)
		go func() { gone <- r.enter(ctx, 2) }()
		seated := make(chan error, 1)
		go func() { seated <- r.enter(t.Context(), 3) }()
		synctest.Wait()
		cancel(errStopped)
		if err := <-gone; !errors.Is(err, errStopped) {
			t.Fatalf("got %v, want the cause", err)
		}
		r.leave()
		if err := <-seated; err != nil {
			t.Fatal(err)
		}
		r.leave()
		if r.free != 1 || len(r.waiting) != 0 {
			t.Fatalf("%d free, %d waiting at the end", r.free, len(r.waiting))
		}
	})
}

// TestRoomNeverOverfull runs many jobs through two slots and counts.
func TestRoomNeverOverfull(t *testing.T) {
	t.Parallel()
	r := newRoom(2)
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
			if r.enter(ctx, ticket) != nil {
				return
			}
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			mu.Lock()
			inside--
			mu.Unlock()
			r.leave()
		})
	}
	all.Wait()
	if most > 2 || r.free != 2 {
		t.Fatalf("%d at once, %d free at the end; want at most 2 and 2", most, r.free)
	}
}
