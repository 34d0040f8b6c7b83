package v1

import "time"

// BulkAction is one action on all jobs that match a filter. The server does it, the newest job
// first, and goes on after a restart. Jobs that are submitted later are not included.
type BulkAction struct {
	ID string `json:"id"`
	// Action is "cancel", "retry" or "prioritize".
	Action string `json:"action"`
	// Priority is that which "prioritize" gives, 0 to 9.
	Priority int       `json:"priority,omitempty"`
	Filter   JobFilter `json:"filter"`
	// Caller is the name of who made it.
	Caller string `json:"caller"`
	// State is "running", "done" or "stopped".
	State string `json:"state"`
	// Done counts the jobs that were canceled, retried or prioritized. Jobs whose status does
	// not allow it are not counted.
	Done int `json:"done"`
	// Skipped counts the jobs whose status changed before their turn.
	Skipped int `json:"skipped"`
	// Failed counts the jobs with which it failed.
	Failed int `json:"failed"`
	// LastError is the latest of these failures.
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
	// Filter must have at least one member.
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
