package v1

import "time"

// BulkAction does something with each job that a filter selects, on the server, the newest
// first. Jobs that are made after it are not among them. It goes on after a restart.
type BulkAction struct {
	ID string `json:"id"`
	// Action is "cancel", "retry" or "prioritize".
	Action string `json:"action"`
	// Priority is that which "prioritize" gives, 0 to 9.
	Priority int       `json:"priority,omitempty"`
	Filter   JobFilter `json:"filter"`
	// Caller made it.
	Caller string `json:"caller"`
	// State is "running", "done" or "stopped".
	State string `json:"state"`
	// Done counts the jobs with which it was done. Those whose status it does not apply to
	// are not counted.
	Done int `json:"done"`
	// Skipped counts the jobs whose status changed before their turn.
	Skipped int `json:"skipped"`
	// Failed counts the jobs with which it could not be done, the last one for LastError.
	Failed    int       `json:"failed"`
	LastError string    `json:"lastError,omitempty"`
	Created   time.Time `json:"created"`
	// Finished is when it was done or stopped.
	Finished *time.Time `json:"finished,omitempty"`
}

// CreateBulkActionRequest makes a bulk action (POST /v1/bulk-actions).
type CreateBulkActionRequest struct {
	// Action is "cancel", "retry" or "prioritize".
	Action string `json:"action"`
	// Priority is for "prioritize" only, 0 to 9.
	Priority int `json:"priority,omitempty"`
	// Filter must have a member: an action on all jobs is one on those of each status.
	Filter JobFilter `json:"filter"`
}

// BulkActionResponse has a bulk action (POST /v1/bulk-actions, GET /v1/bulk-actions/{id},
// POST /v1/bulk-actions/{id}/stop).
type BulkActionResponse struct {
	BulkAction BulkAction `json:"bulkAction"`
}

// ListBulkActionsResponse has at most 100 bulk actions, the newest first
// (GET /v1/bulk-actions).
type ListBulkActionsResponse struct {
	BulkActions []BulkAction `json:"bulkActions"`
	// Next goes into before of the next request; 0 is the end.
	Next int64 `json:"next,omitempty"`
}
