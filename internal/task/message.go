package task

import (
	"context"
	"time"
)

// Admission hands a waiting task to the queue. A task is admitted again after
// it went back to waiting, each time with the next number.
type Admission struct {
	// TaskID is made of [0-9a-z-] only, so that it can be part of a subject.
	TaskID string
	// Number is 1 for the first admission.
	Number int
}

// Message is one message of the queue in the hands of a worker: its lease on
// the task. It is safe for use by several goroutines.
type Message interface {
	// Admission is what the message says.
	Admission() Admission
	// Count is how often the queue has delivered the message, 1 for the first time.
	Count() int
	// Extend renews the lease for one ack wait and returns when the queue has
	// confirmed it. An error means that the lease may run out.
	Extend(ctx context.Context) error
	// Ack ends the message for good and returns when the queue has confirmed it.
	Ack(ctx context.Context) error
	// Nak gives the message back, to be delivered again after delay.
	Nak(ctx context.Context, delay time.Duration) error
}
