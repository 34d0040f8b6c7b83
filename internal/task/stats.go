package task

import "time"

// QueueStats is what the store counts for the metrics.
type QueueStats struct {
	// Waiting, Admitted and Running count tasks by state, GivenUp jobs that were given up.
	Waiting, Admitted, Running, GivenUp int
	// OldestWaiting is the age of the longest waiting task, 0 when none waits.
	OldestWaiting time.Duration
}
