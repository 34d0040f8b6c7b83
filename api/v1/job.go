package v1

import "time"

// Job is a job as an operator sees it. Its document in full is that of the operation
// ReadJob (2012-09-25).
type Job struct {
	ID         string `json:"id"`
	PipelineID string `json:"pipelineId"`
	// Status is Submitted, Progressing, Complete, Canceled or Error.
	Status string `json:"status"`
	// Priority is 0 to 9; a waiting job of a higher one is begun first.
	Priority int `json:"priority"`
	// RetryOf is the id of the job that this one retries.
	RetryOf         string   `json:"retryOf,omitempty"`
	InputKeys       []string `json:"inputKeys"`
	OutputKeyPrefix string   `json:"outputKeyPrefix,omitempty"`
	// Outputs are in the order of the job.
	Outputs      []JobOutput       `json:"outputs"`
	UserMetadata map[string]string `json:"userMetadata,omitempty"`
	Submitted    time.Time         `json:"submitted"`
	Started      *time.Time        `json:"started,omitempty"`
	// Finished is when the job ended, also when it was canceled.
	Finished *time.Time `json:"finished,omitempty"`
}

// JobOutput is an output of a [Job].
type JobOutput struct {
	ID       string `json:"id"`
	Key      string `json:"key"`
	PresetID string `json:"presetId"`
	Status   string `json:"status"`
	// StatusDetail says why the output failed, or what is worth knowing.
	StatusDetail string `json:"statusDetail,omitempty"`
}

// JobResponse has a job: that which was canceled or prioritized, or that which was made
// (POST /v1/jobs/{id}/cancel, /v1/jobs/{id}/prioritize, /v1/jobs/{id}/retry).
type JobResponse struct {
	Job Job `json:"job"`
}

// PrioritizeJobRequest changes a job that waits (POST /v1/jobs/{id}/prioritize).
type PrioritizeJobRequest struct {
	// Priority is 0 to 9; higher ones are begun first.
	Priority int `json:"priority"`
}

// SearchJobsResponse has jobs, the newest first (GET /v1/jobs). A page may have fewer jobs
// than were asked for, or none, while it has a next cursor: the server looks no longer than
// two seconds for one page.
type SearchJobsResponse struct {
	Jobs []Job `json:"jobs"`
	// Next goes into before of the next request; 0 is the end.
	Next int64 `json:"next,omitempty"`
}

// JobFilter selects jobs: those that meet all of its members that are given.
type JobFilter struct {
	PipelineID string `json:"pipelineId,omitempty"`
	// Status is Submitted, Progressing, Complete, Canceled or Error.
	Status string `json:"status,omitempty"`
	// Text is looked for in ids, input keys, output keys with their prefix, and names of
	// playlists: its words, which are runs of letters and digits, must all be among theirs,
	// the last one as the beginning of a word. Case does not matter.
	Text string `json:"text,omitempty"`
	// UserMetadata are pairs that the job's must have.
	UserMetadata map[string]string `json:"userMetadata,omitempty"`
	// SubmittedFrom and SubmittedUntil bound the time of submission; the latter is not in
	// it.
	SubmittedFrom  *time.Time `json:"submittedFrom,omitempty"`
	SubmittedUntil *time.Time `json:"submittedUntil,omitempty"`
}
