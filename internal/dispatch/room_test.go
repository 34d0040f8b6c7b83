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
