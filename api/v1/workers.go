package v1

import "time"

// Worker is a process that does jobs. It is listed while it is heard of.
type Worker struct {
	// ID is new at each start of a worker.
	ID string `json:"id"`
	// Host is the name of the machine.
	Host string `json:"host"`
	// Version is the program's.
	Version string `json:"version"`
	Cores   int    `json:"cores"`
	// MemoryBytes is what the encoding of all its jobs together may need; 0 is no bound.
	MemoryBytes int64 `json:"memoryBytes"`
	// FFmpegVersion is as ffmpeg says it; empty while it is not known.
	FFmpegVersion string `json:"ffmpegVersion"`
	// Sandbox is what confines ffmpeg: "bubblewrap", another mechanism's name, or "none";
	// empty while it is not known.
	Sandbox string    `json:"sandbox"`
	Started time.Time `json:"started"`
	// Slots is how many jobs it has at most: one is prepared while the others encode.
	Slots int `json:"slots"`
	// Draining reports whether it takes no more jobs.
	Draining bool `json:"draining"`
	// Refusal says why it takes none though no operator drains it: the disk of its scratch
	// folder is full, or it can't run ffmpeg. It takes jobs again when that is mended.
	Refusal string `json:"refusal,omitempty"`
	// Jobs are those that it has, in the order in which it took them.
	Jobs []WorkerJob `json:"jobs"`
}

// WorkerJob is a job that a worker has.
type WorkerJob struct {
	JobID      string `json:"jobId"`
	PipelineID string `json:"pipelineId"`
	// Attempt counts how often the job was begun.
	Attempt int `json:"attempt"`
	// Began is when the worker took it.
	Began time.Time `json:"began"`
	// Percent is 0 to 100, a few seconds old; it is 0 as long as nothing is encoded.
	Percent float64 `json:"percent"`
}

// ListWorkersResponse has all workers, by host and then by their start (GET /v1/workers).
type ListWorkersResponse struct {
	Workers []Worker `json:"workers"`
}

// DrainWorkerRequest says what becomes of the jobs that the worker has
// (POST /v1/workers/{id}/drain). Those of which nothing is encoded are handed back at once.
type DrainWorkerRequest struct {
	// GraceSeconds is how long the others may go on before they are handed back, too: 0 to
	// 604800 (a week). Without it they go on to their end. A job that is handed back begins
	// anew elsewhere; the attempt does not count.
	GraceSeconds *int64 `json:"graceSeconds,omitempty"`
}
