package worker

import (
	"context"
	"slices"
	"sync"
)

// room lets heavy steps run, as many as the cores and the memory are enough for, in
// the order in which their jobs were claimed: the oldest waiting step is always
// next, so that a big one is not passed by small ones for ever.
type room struct {
	mu      sync.Mutex
	cores   int     // of the whole room
	free    int     // of cores
	memory  int64   // of the whole room, in bytes
	left    int64   // of memory
	waiting []*seat // by ticket
}

type seat struct {
	ticket int64
	cores  int
	memory int64
	given  chan struct{}
}

func newRoom(cores int, memoryBytes int64) *room {
	return &room{cores: cores, free: cores, memory: memoryBytes, left: memoryBytes}
}

// enter waits for cores and for memory; a step that needs more than there is
// gets all of it. The caller calls leave once, with the seat, when the error is nil.
func (r *room) enter(ctx context.Context, ticket int64, cores int, memoryBytes int64) (*seat, error) {
	s := &seat{ticket: ticket, cores: min(max(cores, 1), r.cores), memory: min(memoryBytes, r.memory), given: make(chan struct{})}
	r.mu.Lock()
	at, _ := slices.BinarySearchFunc(r.waiting, ticket+1, func(s *seat, t int64) int { return int(s.ticket - t) })
	r.waiting = slices.Insert(r.waiting, at, s)
	r.seatNext()
	r.mu.Unlock()

	select {
	case <-s.given:
		return s, nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := slices.Index(r.waiting, s); at >= 0 {
		r.waiting = slices.Delete(r.waiting, at, at+1)
	} else { // given meanwhile
		r.take(s, -1)
	}
	r.seatNext() // the next one may be smaller
	return nil, context.Cause(ctx)
}

// leave gives a seat back.
func (r *room) leave(s *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.take(s, -1)
	r.seatNext()
}

func (r *room) seatNext() {
	for len(r.waiting) > 0 && r.waiting[0].cores <= r.free && r.waiting[0].memory <= r.left {
		s := r.waiting[0]
		r.waiting = r.waiting[1:]
		r.take(s, 1)
		close(s.given)
	}
}

// take counts a seat as taken (n = 1) or free again (n = -1).
func (r *room) take(s *seat, n int) {
	r.free -= n * s.cores
	r.left -= int64(n) * s.memory
}
