package task

import "github.com/reelastic/reelastic/api"

// Record is a job with what its document does not say.
type Record struct {
	// Number orders jobs, from 1, in the order in which they were submitted.
	Number int64
	Job    *api.Job
	// Priority is that of its task now, 0 to 9.
	Priority int
	// RetryOf is the job that this one retries, "" for none.
	RetryOf string
}
