package task

import (
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// BulkKind is what a bulk action does with each job.
type BulkKind string

// The kinds of bulk actions.
const (
	BulkCancel     BulkKind = "cancel"
	BulkRetry      BulkKind = "retry"
	BulkPrioritize BulkKind = "prioritize"
)

// applies lists the statuses of the jobs that each kind is for.
var applies = map[BulkKind][]transcode.Status{
	BulkCancel:     {transcode.Submitted, transcode.Progressing},
	BulkRetry:      {transcode.Errored, transcode.Canceled},
	BulkPrioritize: {transcode.Submitted},
}

// Known reports whether there is such a kind.
func (k BulkKind) Known() bool { return applies[k] != nil }

// AppliesTo reports whether the kind is for jobs of a status.
func (k BulkKind) AppliesTo(s transcode.Status) bool { return slices.Contains(applies[k], s) }

// BulkState is how a bulk action stands.
type BulkState string

// The states of bulk actions.
const (
	BulkRunning BulkState = "running"
	BulkDone    BulkState = "done"
	// BulkStopped: an operator has ended it.
	BulkStopped BulkState = "stopped"
)

// BulkAction does something with each job that a filter selects, the newest first. Jobs
// that are made meanwhile are not among them.
type BulkAction struct {
	// Number orders actions, from 1, in the order in which they were made.
	Number int64
	ID     string
	Kind   BulkKind
	// Priority is that which BulkPrioritize gives.
	Priority int
	Filter   JobFilter
	// Caller made it.
	Caller string
	State  BulkState
	// Before is where it goes on: with the jobs before the one of this number.
	Before int64
	// Done counts the jobs with which it was done, Skipped those whose status had changed
	// by then, and Failed those that could not be retried, the last one for LastError.
	Done, Skipped, Failed int
	LastError             string
	Created               time.Time
	// Finished is zero while it runs.
	Finished time.Time
}
