package worker

import (
	"context"
	"slices"
	"sync"
)

// room lets heavy steps run, at most as many as there are slots, in the order
// in which their jobs were claimed: the oldest waiting job is always next.
type room struct {
	mu      sync.Mutex
	free    int
	waiting []*seat // by ticket
}

type seat struct {
	ticket int64
	given  chan struct{}
}

func newRoom(slots int) *room { return &room{free: slots} }

// enter waits for a slot. The caller calls leave once when it returned nil.
func (r *room) enter(ctx context.Context, ticket int64) error {
	s := &seat{ticket: ticket, given: make(chan struct{})}
	r.mu.Lock()
	at, _ := slices.BinarySearchFunc(r.waiting, ticket, func(s *seat, t int64) int { return int(s.ticket - t) })
	r.waiting = slices.Insert(r.waiting, at, s)
	r.seatNext()
	r.mu.Unlock()

	select {
	case <-s.given:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := slices.Index(r.waiting, s); at >= 0 {
		r.waiting = slices.Delete(r.waiting, at, at+1)
	} else { // given meanwhile
		r.free++
		r.seatNext()
	}
	return context.Cause(ctx)
}

// leave gives the slot back.
func (r *room) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free++
	r.seatNext()
}

func (r *room) seatNext() {
	for r.free > 0 && len(r.waiting) > 0 {
		close(r.waiting[0].given)
		r.waiting = r.waiting[1:]
		r.free--
	}
}
