package v1

// Progress is how far a job is: the answer of GET /v1/jobs/{id}/progress, and the data of
// the events of GET /v1/jobs/{id}/events.
type Progress struct {
	JobID string `json:"jobId"`
	// Status is that of the job: Submitted, Progressing, Complete, Canceled or Error.
	Status string `json:"status"`
	// Attempt counts how often the job was begun; 0 when it is not known.
	Attempt int `json:"attempt"`
	// Percent is 0 to 100 over all outputs, weighted by their work. It never goes back
	// within an attempt.
	Percent float64 `json:"percent"`
	// Speed is seconds of media encoded in a second of time; 0 when it is not known.
	Speed float64 `json:"speed"`
	// SecondsLeft is the estimate of the time to the end; null when it is not known.
	SecondsLeft *float64         `json:"secondsLeft"`
	Outputs     []OutputProgress `json:"outputs"`
}

// Final reports whether the job has ended.
func (p *Progress) Final() bool {
	return p.Status == "Complete" || p.Status == "Canceled" || p.Status == "Error"
}

// OutputProgress is how far one output is; members as in [Progress].
type OutputProgress struct {
	ID          string   `json:"id"`
	Key         string   `json:"key"`
	Status      string   `json:"status"`
	Percent     float64  `json:"percent"`
	Speed       float64  `json:"speed"`
	SecondsLeft *float64 `json:"secondsLeft"`
}

// The names of the server-sent events of a job. Both carry a [Progress].
const (
	// EventStatus comes first, and whenever a status or the attempt changes.
	EventStatus = "status"
	// EventProgress comes for the rest.
	EventProgress = "progress"
)
