package worker

import (
	"cmp"
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
	waiting []*seat // in the order of the line
}

// seat is what a step needs, and its place in the line.
type seat struct {
	ticket int64
	// effort decides between steps of one job: the longest begins first, so that
	// the last ones to end are short.
	effort float64
	cores  int
	memory int64
	given  chan struct{} // closed when the step may run
	left   bool
}

func (s *seat) compare(other *seat) int {
	return cmp.Or(cmp.Compare(s.ticket, other.ticket), cmp.Compare(other.effort, s.effort))
}

func newRoom(cores int, memoryBytes int64) *room {
	return &room{cores: cores, free: cores, memory: memoryBytes, left: memoryBytes}
}

// lineUp asks for cores and for memory; a step that needs more than there is gets
// all of it. The caller calls leave in the end.
func (r *room) lineUp(want seat) *seat {
	s := &want
	s.cores, s.memory, s.given = min(max(s.cores, 1), r.cores), min(s.memory, r.memory), make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	at := len(r.waiting)
	for at > 0 && s.compare(r.waiting[at-1]) < 0 {
		at--
	}
	r.waiting = slices.Insert(r.waiting, at, s)
	r.seatNext()
	return s
}

// wait returns when the step may run, or with the cause of the context's end.
func (s *seat) wait(ctx context.Context) error {
	select {
	case <-s.given:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave gives a seat back, or a place in the line. Later calls do nothing.
func (r *room) leave(s *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.left {
		return
	}
	s.left = true
	if at := slices.Index(r.waiting, s); at >= 0 {
		r.waiting = slices.Delete(r.waiting, at, at+1)
	} else {
		r.take(s, -1)
	}
	r.seatNext() // the next one may be smaller
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
