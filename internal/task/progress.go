package task

import "github.com/reelastic/reelastic/internal/transcode"

// Progress is where a job stands. It is published about once a second while the
// job runs and is the body of GET /v1/jobs/{id}/progress.
type Progress struct {
	JobID   string           `json:"jobId"`
	Status  transcode.Status `json:"status"`
	Attempt int              `json:"attempt"`
	// Percent is 0 to 100 over all outputs, weighted by their work. It never
	// goes back within an attempt.
	Percent float64 `json:"percent"`
	// Speed is seconds of media encoded in a second of time; 0 when not known.
	Speed float64 `json:"speed"`
	// SecondsLeft is the estimate of the time to the end; null when not known.
	SecondsLeft *float64         `json:"secondsLeft"`
	Outputs     []OutputProgress `json:"outputs"`
}

// OutputProgress is where one output stands; members as in [Progress].
type OutputProgress struct {
	ID          string           `json:"id"`
	Key         string           `json:"key"`
	Status      transcode.Status `json:"status"`
	Percent     float64          `json:"percent"`
	Speed       float64          `json:"speed"`
	SecondsLeft *float64         `json:"secondsLeft"`
}

// Report is how far an attempt at a task is, as its worker stores it.
type Report struct {
	// TaskID is the task whose work the progress is.
	TaskID string
	Progress
}
