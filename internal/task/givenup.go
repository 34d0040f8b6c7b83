package task

import "time"

// GivenUp is what is left of a job whose attempts were used up.
type GivenUp struct {
	// Number orders given-up jobs, from 1, in the order in which they were given up.
	Number            int64
	JobID, PipelineID string
	// Attempts is how often the job was begun, without the attempts handed back.
	Attempts int
	// Workers are the workers that began it, in that order.
	Workers []string
	// LastError is the last failure that an attempt stored, "" for none.
	LastError string
	// At is when the job was given up.
	At time.Time
}
