package job

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Scheduler lets heavy steps run, as many as the cores and the memory are enough for, in
// the order of their jobs: the oldest waiting step is always next, so that a big one is
// not passed by small ones for ever. It is safe for use by several goroutines.
type Scheduler struct {
	mu     sync.Mutex
	cores  int   // of the machine
	memory int64 // of the machine, in bytes
	// freeCores and freeMemory are what nobody has.
	freeCores  int
	freeMemory int64
	waiting    []*Reservation // in the order in which they get their part
}

// Need is what a step needs of the machine.
type Need struct {
	// Order is the job's place: lower ones go first.
	Order int64
	// Effort decides between steps of one job: the longest begins first, so that
	// the last ones to end are short.
	Effort float64
	// Cores and MemoryBytes are cut to what the machine has.
	Cores       int
	MemoryBytes int64
}

// Reservation is a step's part of the machine, or its place in the line for it.
type Reservation struct {
	Need
	scheduler *Scheduler
	given     chan struct{} // closed when the step may run
	released  bool
}

// NewScheduler makes one for a machine, or the part of it that the worker may use.
func NewScheduler(cores int, memoryBytes int64) *Scheduler {
	return &Scheduler{cores: cores, freeCores: cores, memory: memoryBytes, freeMemory: memoryBytes}
}

// Reserve puts a step in line. The caller releases it in the end.
func (s *Scheduler) Reserve(need Need) *Reservation {
	need.Cores = min(max(need.Cores, 1), s.cores)
	need.MemoryBytes = min(need.MemoryBytes, s.memory)
	r := &Reservation{Need: need, scheduler: s, given: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := len(s.waiting)
	for at > 0 && r.compare(s.waiting[at-1]) < 0 {
		at--
	}
	s.waiting = slices.Insert(s.waiting, at, r)
	s.give()
	return r
}

func (r *Reservation) compare(other *Reservation) int {
	return cmp.Or(cmp.Compare(r.Order, other.Order), cmp.Compare(other.Effort, r.Effort))
}

// Wait returns when the step may run, or with the cause of the context's end.
func (r *Reservation) Wait(ctx context.Context) error {
	select {
	case <-r.given:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Release gives a part of the machine back, or a place in the line. Later calls do nothing.
func (r *Reservation) Release() {
	s := r.scheduler
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.released {
		return
	}
	r.released = true
	if at := slices.Index(s.waiting, r); at >= 0 {
		s.waiting = slices.Delete(s.waiting, at, at+1)
	} else {
		s.take(r, -1)
	}
	s.give() // the next one may be smaller
}

// give lets those run that are first in line, as long as there is room.
func (s *Scheduler) give() {
	for len(s.waiting) > 0 {
		r := s.waiting[0]
		if r.Cores > s.freeCores || r.MemoryBytes > s.freeMemory {
			return
		}
		s.waiting = s.waiting[1:]
		s.take(r, 1)
		close(r.given)
	}
}

// take counts a reservation as taken (n = 1) or free again (n = -1).
func (s *Scheduler) take(r *Reservation, n int) {
	s.freeCores -= n * r.Cores
	s.freeMemory -= int64(n) * r.MemoryBytes
}
