package task

// Kind is what a task is to its job.
type Kind string

// WholeJob is a task that covers all of its job: it makes every output, caption and
// playlist, and its end is the job's.
const WholeJob Kind = "job"

// Task is the unit of work that a worker takes.
type Task struct {
	// ID is made of [0-9a-z-] only, so that it can be part of a subject.
	ID string
	// JobID is the job that the task is a part of.
	JobID string
	// Kind says what of the job it covers.
	Kind Kind
}
