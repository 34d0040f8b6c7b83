package reelastictest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// PeakMemory is the most resident memory, in bytes, that a process has had
// (VmHWM, proc(5)); 0 for one that has ended.
func PeakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0 // it is ending
	}
	kilobytes, _ := strconv.ParseInt(fields[0], 10, 64) // the kernel writes a number
	return kilobytes << 10
}

// Memory watches the most that a server and any one process that it starts have
// had at once, in bytes, as far as a look every 100 ms tells.
type Memory struct {
	mu            sync.Mutex
	server, child int64
}

// WatchMemory watches a server until the test ends.
func WatchMemory(tb testing.TB, s *Server) *Memory {
	tb.Helper()
	m, done, ended := new(Memory), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			m.look(s.PID())
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	tb.Cleanup(func() { close(done); <-ended })
	return m
}

func (m *Memory) look(pid int) {
	own, child := PeakMemory(pid), int64(0)
	for _, c := range descendants(pid) {
		child = max(child, PeakMemory(c))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.server, m.child = max(m.server, own), max(m.child, child)
}

// Peak is what has been seen so far.
func (m *Memory) Peak() (server, child int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.server, m.child
}
