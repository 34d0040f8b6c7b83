package v1

import "time"

// The reasons why a job waits.
const (
	// WaitsForPipeline: its pipeline is paused.
	WaitsForPipeline = "pipelinePaused"
	// WaitsForPipelineLimit: as many jobs of its pipeline are under way as may be.
	WaitsForPipelineLimit = "pipelineLimit"
	// WaitsForWorker: there is no worker.
	WaitsForWorker = "noWorker"
	// WaitsForDrain: all workers drain.
	WaitsForDrain = "workersDrain"
	// WaitsForRefusal: no worker takes jobs, and not because they drain: the detail says why.
	WaitsForRefusal = "workersRefuse"
	// WaitsForTurn: workers are busy, and take the job when its turn comes: by priority,
	// pipelines in turns, and then by submission.
	WaitsForTurn = "turn"
	// WaitsInQueue: the next worker that is free takes it.
	WaitsInQueue = "queued"
	// WaitsForAttempt: the worker that had it failed, died or was cut off. It begins again
	// after a pause, or when the claim of that worker runs out.
	WaitsForAttempt = "nextAttempt"
)

// WaitingJob is a job that no worker has, and why.
type WaitingJob struct {
	JobID      string `json:"jobId"`
	PipelineID string `json:"pipelineId"`
	Priority   int    `json:"priority"`
	// Attempts is how often it was begun.
	Attempts int `json:"attempts"`
	// Since is when it began to wait.
	Since time.Time `json:"since"`
	// Reason is one of "pipelinePaused", "pipelineLimit", "noWorker", "workersDrain",
	// "workersRefuse", "turn", "queued" and "nextAttempt".
	Reason string `json:"reason"`
	// Detail is the reason in a sentence.
	Detail string `json:"detail"`
}

// ListWaitingJobsResponse has jobs in the order in which those of one pipeline are begun
// (GET /v1/jobs/waiting): first those that are in the queue or were begun before, then by
// priority and by submission.
type ListWaitingJobsResponse struct {
	Jobs []WaitingJob `json:"jobs"`
	// Next goes into after of the next request; empty is the end.
	Next string `json:"next,omitempty"`
}
