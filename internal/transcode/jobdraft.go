package transcode

import "github.com/reelastic/reelastic/api"

// JobDraft is a job that passed validation and is ready to be stored.
type JobDraft struct {
	// Doc is the job in the form in which it is read back, Submitted, without timing.
	Doc *api.Job
	// Spec is the same in typed form.
	Spec JobSpec
}
