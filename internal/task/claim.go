package task

import (
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/object"
)

// ErrLeaseLost tells a worker that its attempt has passed to another one: its
// write was refused and changed nothing. It stops, and neither acknowledges nor
// extends its message.
var ErrLeaseLost = errors.New("the task has passed to another attempt")

// ErrCanceled is the [ErrLeaseLost] of an attempt whose job was canceled: nobody else has
// the task, and what the job has published is to be removed.
var ErrCanceled = fmt.Errorf("the job was canceled: %w", ErrLeaseLost)

// Leftover is what a canceled job may have published.
type Leftover struct {
	JobID string
	// Role is that of the job's pipeline, "" for none.
	Role string
	// Keys name the objects; those that are of other jobs are not meant.
	Keys []object.Key
}

// ClaimRequest is a worker's wish to take the task of a message.
type ClaimRequest struct {
	Admission
	// Delivered is how often the queue has delivered the message.
	Delivered int
	// Worker names the worker: unique for each start of each worker.
	Worker string
	// MaxAttempts bounds the attempts; the claim beyond it finishes the job with 9999.
	MaxAttempts int
}

// ClaimOutcome says what a worker has to do with a message.
type ClaimOutcome int

// The outcomes of a claim.
const (
	// Claimed: the task is the worker's. The other outcomes carry no Claim.
	Claimed ClaimOutcome = iota
	// Drop: acknowledge and forget; the task is done, canceled, waiting again
	// (its pipeline is paused), of a later admission, or out of attempts.
	Drop
	// Defer: the task is running elsewhere and this is the message's first
	// delivery (the queue lost its store): give it back for one ack wait.
	Defer
)

// Claim is a worker's attempt at a task, with all that the attempt needs. Every
// write of the attempt names it.
type Claim struct {
	// Task is what the worker has taken.
	Task   Task
	Worker string
	// Attempt counts the claims of the task, from 1.
	Attempt int
	// Alone asks that nothing else runs in the worker meanwhile: an attempt was lost beside
	// others, and whose fault that was is not known.
	Alone bool
	// Job is the job as it stands, Progressing.
	Job *api.Job
	// Pipeline is the pipeline as captured at the job's first claim.
	Pipeline *api.Pipeline
	// Presets are the presets that the job's outputs name, by id, as stored at CreateJob.
	Presets map[string]*api.Preset
	// Retried lists the jobs that the job retries, the one that it names first: what they
	// have left may be replaced.
	Retried []string
	// Publishing lists the keys that earlier attempts of the job had announced
	// before they made objects visible; what stands under them and carries this
	// job's id may be replaced.
	Publishing []object.Key
}
