package notify

// Event is a notification in the outbox: a change of a job's state as the
// original told it (original.md 5).
type Event struct {
	// ID is the event's place in the outbox.
	ID int64
	// JobID and PipelineID say whose event it is.
	JobID, PipelineID string
	// Topic is the ARN of the pipeline's topic for the state, "" for none; Role is
	// the pipeline's.
	Topic, Role string
	// State is "PROGRESSING", "COMPLETED", "WARNING" or "ERROR".
	State string
	// Message is the JSON text in the original's form.
	Message []byte
}
