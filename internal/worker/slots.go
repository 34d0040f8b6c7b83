package worker

import (
	"context"
	"sync"
)

// slots tells which of a worker's slots wait for a task. One more task than there are slots
// may be begun: it is staged behind the others, and has the next slot that is free.
type slots struct {
	count int

	mu            sync.Mutex
	asking, tasks int
	// changed is closed when a number changes, and then another one; nil when nobody waits.
	changed chan struct{}
}

// ask reports whether a slot is free, and takes it for a caller that asks for a task, who
// calls asked afterwards. Where others ask for all that are free, it waits until that changes.
// It returns false when all slots have tasks, or ctx ends.
func (s *slots) ask(ctx context.Context) bool {
	for {
		s.mu.Lock()
		if s.tasks+s.asking < s.count {
			s.asking++
			s.mu.Unlock()
			return true
		}
		if s.tasks >= s.count {
			s.mu.Unlock()
			return false
		}
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// asked ends an ask, with a task or without.
func (s *slots) asked(task bool) {
	s.change(func() {
		s.asking--
		if task {
			s.tasks++
		}
	})
}

// begin counts a task that nobody has asked for.
func (s *slots) begin() { s.change(func() { s.tasks++ }) }

// end counts a task out.
func (s *slots) end() { s.change(func() { s.tasks-- }) }

// full reports whether all slots have tasks, and no more than they.
func (s *slots) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tasks == s.count
}

func (s *slots) change(by func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}
