package dispatch

import (
	"testing"

	"github.com/reelastic/reelastic/internal/task"
)

func TestRoom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		slots             []int
		outstanding, want int
	}{
		{nil, 0, 0},
		{[]int{0}, 0, 0},
		{[]int{1}, 0, 2},
		{[]int{1}, 2, 0},
		{[]int{2, 2}, 3, 2},
		{[]int{8}, 8, 2},
		{[]int{64, 64}, 128, 17},
		{[]int{1}, 5, -3}, // workers went away
		{nil, 5, 0},
	} {
		var workers []task.WorkerStatus
		for _, slots := range c.slots {
			workers = append(workers, task.WorkerStatus{Slots: slots})
		}
		if got := room(workers, c.outstanding); got != c.want {
			t.Errorf("room for %v slots with %d outstanding is %d, want %d", c.slots, c.outstanding, got, c.want)
		}
	}
}

// A worker that drains has no room for others, and does not take that of others.
func TestRoomBesideADrainingWorker(t *testing.T) {
	t.Parallel()
	draining := task.WorkerStatus{Slots: 4, Running: 3, Draining: true}
	if got := room([]task.WorkerStatus{draining}, 3); got != 0 {
		t.Errorf("alone: room for %d", got)
	}
	if got := room([]task.WorkerStatus{draining, {Slots: 2}}, 3); got != 3 {
		t.Errorf("beside one that is free: room for %d, want 3", got)
	}
}
