package v1

import "time"

// GivenUpJob is a job whose attempts were used up.
type GivenUpJob struct {
	JobID      string `json:"jobId"`
	PipelineID string `json:"pipelineId"`
	// Attempts is how often the job was begun. Attempts that were handed back, or lost while
	// the worker had other jobs too, are not counted.
	Attempts int `json:"attempts"`
	// Workers are those that began it, in that order.
	Workers []string `json:"workers"`
	// LastError is the last failure that an attempt stored.
	LastError string `json:"lastError,omitempty"`
	// FFmpegTail is what ffmpeg said last in a step that failed, oldest line first.
	FFmpegTail []string  `json:"ffmpegTail,omitempty"`
	GivenUp    time.Time `json:"givenUp"`
}

// JobLog is what is kept of the attempts at a job (GET /v1/jobs/{id}/log).
type JobLog struct {
	JobID string `json:"jobId"`
	// Status is that of the job.
	Status string `json:"status"`
	// Attempts is how often the job was begun.
	Attempts int `json:"attempts"`
	// Workers are those that began it, in that order.
	Workers []string `json:"workers"`
	// LastError is the last failure that an attempt stored; "" for none.
	LastError string `json:"lastError"`
	// FFmpegTail is what ffmpeg said last in a step that failed, oldest line first.
	FFmpegTail []string `json:"ffmpegTail"`
}

// ListGivenUpJobsResponse has at most 100 jobs, the newest first (GET /v1/jobs/given-up,
// with before in the query).
type ListGivenUpJobsResponse struct {
	Jobs []GivenUpJob `json:"jobs"`
	// Next goes into before of the next request; 0 is the end.
	Next int64 `json:"next,omitempty"`
}
