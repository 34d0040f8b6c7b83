package task

import (
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// GivenUp is what is left of a job whose attempts were used up.
type GivenUp struct {
	// Number orders given-up jobs, from 1, in the order in which they were given up.
	Number            int64
	JobID, PipelineID string
	// Attempts is how often the job was begun, without the attempts handed back and those
	// that were lost beside other jobs.
	Attempts int
	// Workers are the workers that began it, in that order.
	Workers []string
	// LastError is the last failure that an attempt stored, "" for none.
	LastError string
	// Tail is what ffmpeg said last in a step that failed, oldest line first.
	Tail []string
	// At is when the job was given up.
	At time.Time
}

// Log is what is kept of the attempts at a job; members as in [GivenUp].
type Log struct {
	Status transcode.Status
	// Attempts is how often the job was begun.
	Attempts  int
	Workers   []string
	LastError string
	Tail      []string
}

// Fault is what went wrong with an attempt. Of several the last of each member is kept.
type Fault struct {
	// Reason is why it failed for a fault of our own, "" for none.
	Reason string
	// Tail is what ffmpeg said last in a step that failed, oldest line first; nil for none.
	Tail []string
}
