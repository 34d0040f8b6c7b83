package task

import (
	"errors"
	"time"
)

// WorkerStatus is what a worker announces of itself.
type WorkerStatus struct {
	// ID is unique for each start of a worker.
	ID string `json:"id"`
	// Slots is how many jobs it takes at once; Running how many it has.
	Slots   int `json:"slots"`
	Running int `json:"running"`
	// Draining reports that it takes no more jobs, whatever its slots.
	Draining bool `json:"draining,omitempty"`
	// Refusal says why it takes none though no operator drains it; "" where that is not so.
	Refusal string `json:"refusal,omitempty"`
	WorkerMachine
	// Jobs are those that it has, in the order in which it took them.
	Jobs []WorkerJob `json:"jobs,omitempty"`
}

// WorkerMachine is what a worker runs on, and with.
type WorkerMachine struct {
	// Host is the machine's name.
	Host  string `json:"host,omitempty"`
	Cores int    `json:"cores,omitempty"`
	// MemoryBytes is what the encoding of all jobs together may need; 0 is no bound.
	MemoryBytes int64 `json:"memoryBytes,omitempty"`
	// Version is the program's.
	Version string    `json:"version,omitempty"`
	Started time.Time `json:"started,omitzero"`
	// FFmpeg is as ffmpeg says it, "" while it is not known; Sandbox is what confines it.
	FFmpeg  string `json:"ffmpeg,omitempty"`
	Sandbox string `json:"sandbox,omitempty"`
}

// WorkerJob is a job in the hands of a worker.
type WorkerJob struct {
	TaskID     string `json:"taskId"`
	JobID      string `json:"jobId"`
	PipelineID string `json:"pipelineId"`
	Attempt    int    `json:"attempt"`
	// Began is when the worker took it.
	Began time.Time `json:"began"`
	// Percent is 0 to 100, 0 as long as nothing is encoded.
	Percent float64 `json:"percent"`
}

// Order is what an operator tells a worker.
type Order struct {
	// Drain lets the worker take no more jobs, and hand back those of which nothing is
	// encoded yet; otherwise it takes jobs again.
	Drain bool `json:"drain"`
	// Grace is how long the others may go on before they are handed back, too; nil lets
	// them go on to their end.
	Grace *time.Duration `json:"grace,omitempty"`
}

// ErrNoWorker reports that no worker of that name answers.
var ErrNoWorker = errors.New("no worker of that id answers")
