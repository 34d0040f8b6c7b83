package task

import "time"

// Waiting is a task that no worker has, or none any more.
type Waiting struct {
	TaskID, JobID, PipelineID string
	// Number orders tasks in the order in which their jobs were submitted.
	Number   int64
	Priority int
	// State is what the database says of the task.
	State WaitingState
	// Worker had it last, "" for none; Attempts is how often it was begun.
	Worker   string
	Attempts int
	// Since is when it began to wait; for a task that was begun, the time before.
	Since time.Time
	// PipelinePaused tells that its pipeline starts no jobs; PipelineFull that as many of
	// its jobs are under way as may be.
	PipelinePaused, PipelineFull bool
}

// WaitingState is where a task waits.
type WaitingState string

// The states of tasks that wait.
const (
	// InLine: it was never begun, and is yet to be handed to the queue.
	InLine WaitingState = "waiting"
	// Resuming: it was begun, and is yet to be handed to the queue again.
	Resuming WaitingState = "resuming"
	// Queued: it is in the queue.
	Queued WaitingState = "admitted"
	// Begun: a worker has begun it. It waits when that worker does not have it any more.
	Begun WaitingState = "running"
)

// WaitingCursor is where a list of tasks goes on that are in line: after the one of this
// priority and number. The zero value is the beginning.
type WaitingCursor struct {
	Priority int
	Number   int64
}

// Has reports whether a worker has a task, as far as it has said.
func (w WorkerStatus) Has(taskID string) bool {
	for _, j := range w.Jobs {
		if j.TaskID == taskID {
			return true
		}
	}
	return false
}
