package transcode

import (
	"context"
	"errors"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// ErrLeaseLost tells a worker that its attempt has passed to another one: its
// write was refused and changed nothing. It stops, and neither acknowledges nor
// extends its message.
var ErrLeaseLost = errors.New("the task has passed to another attempt")

// ErrUnavailable wraps what a store says when the database can't be reached;
// the caller may try again.
var ErrUnavailable = errors.New("the database is not available")

// ErrNotFound tells that no row has the id. The caller says what was looked for.
var ErrNotFound = errors.New("not found")

// ErrInUse tells that the state of the row forbids the change: a pipeline has
// active jobs, a job is no longer Submitted.
var ErrInUse = errors.New("in use")

// ErrLimit tells that a configured quota is used up.
var ErrLimit = errors.New("limit reached")

// ErrDuplicateID tells that the id is taken; the caller draws another one.
var ErrDuplicateID = errors.New("the id is taken")

// JobDraft is a job that passed validation and is ready to be stored.
type JobDraft struct {
	// Doc is the job in the form in which it is read back, Submitted, without timing.
	Doc *api.Job
	// Spec is the same in typed form.
	Spec JobSpec
}

// ObjectKey names an object.
type ObjectKey struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

// Page selects a part of a list.
type Page struct {
	// Ascending is oldest first; false is newest first.
	Ascending bool
	// After is the id of the last element of the page before; "" begins the list.
	After string
	// Limit is the most elements to return, 1 or more.
	Limit int
}

// Admission hands a waiting task to the engine. A task is admitted again after
// it went back to waiting, each time with the next number.
type Admission struct {
	// TaskID is made of [0-9a-z-] only, so that it can be part of a subject.
	TaskID string
	// Number is 1 for the first admission.
	Number int
}

// Delivery is one message of the engine in the hands of a worker: its lease on
// the task. It is safe for use by several goroutines.
type Delivery interface {
	// Admission is what the message says.
	Admission() Admission
	// Count is how often the engine has delivered the message, 1 for the first time.
	Count() int
	// Extend renews the lease for one ack wait and returns when the engine has
	// confirmed it. An error means that the lease may run out.
	Extend(ctx context.Context) error
	// Ack ends the message for good and returns when the engine has confirmed it.
	Ack(ctx context.Context) error
	// Nak gives the message back, to be delivered again after delay.
	Nak(ctx context.Context, delay time.Duration) error
}

// ClaimRequest is a worker's wish to take the task of a delivery.
type ClaimRequest struct {
	Admission
	// Delivered is the delivery's count.
	Delivered int
	// Worker names the worker: unique for each start of each worker.
	Worker string
	// MaxAttempts bounds the attempts; the claim beyond it finishes the job with 9999.
	MaxAttempts int
}

// ClaimOutcome says what a worker has to do with a delivery.
type ClaimOutcome int

// The outcomes of a claim.
const (
	// Claimed: the task is the worker's. The other outcomes carry no Claim.
	Claimed ClaimOutcome = iota
	// Drop: acknowledge and forget; the task is done, canceled, waiting again
	// (its pipeline is paused), of a later admission, or out of attempts.
	Drop
	// Defer: the task is running elsewhere and this is the message's first
	// delivery (the engine lost its store): give it back for one ack wait.
	Defer
)

// Claim is a worker's attempt at a task, with all that the attempt needs. Every
// write of the attempt names it.
type Claim struct {
	TaskID string
	Worker string
	// Attempt counts the claims of the task, from 1.
	Attempt int
	// Job is the job as it stands, Progressing.
	Job *api.Job
	// Pipeline is the pipeline as captured at the job's first claim.
	Pipeline *api.Pipeline
	// Presets are the presets that the job's outputs name, by id, as stored at CreateJob.
	Presets map[string]*api.Preset
	// Publishing lists the keys that earlier attempts of the job had announced
	// before they made objects visible; what stands under them and carries this
	// job's id may be replaced.
	Publishing []ObjectKey
}

// OutputResult is what became of one output, or what is known so far.
type OutputResult struct {
	// Index is the output's place in the job, from 0.
	Index int
	// Status is Progressing, Complete or Errored.
	Status Status
	// Detail is the StatusDetail; "" is null.
	Detail string
	// Duration is the output's length; 0 is not known. Duration rounds up to
	// whole seconds in the API, DurationMillis to the nearest millisecond.
	Duration time.Duration
	// Size is zero for audio.
	Size media.Size
	// FrameRate is zero for audio.
	FrameRate media.Rational
	// FileSizeBytes is the sum of the output's media files, 0 when there are none.
	FileSizeBytes int64
	// ColorSpaceConversion is AppliedColorSpaceConversion, "" is null.
	ColorSpaceConversion string
	// Encryption, ThumbnailEncryption and CaptionEncryption, by caption format, are
	// in the place of the request's when a part of it was generated; nil otherwise.
	Encryption          *api.Encryption   `json:",omitempty"`
	ThumbnailEncryption *api.Encryption   `json:",omitempty"`
	CaptionEncryption   []*api.Encryption `json:",omitempty"`
}

// PlaylistResult is what became of one playlist.
type PlaylistResult struct {
	// Index is the playlist's place in the job, from 0.
	Index  int
	Status Status
	// Detail is the StatusDetail; "" is null.
	Detail string
	// Protection is in the place of the request's when a part of it was generated;
	// nil otherwise.
	Protection *api.HlsContentProtection `json:",omitempty"`
}

// Result is the end of an attempt.
type Result struct {
	// Outputs has one element for each output of the job, each final.
	Outputs []OutputResult
	// Playlists has one element for each playlist of the job, each final.
	Playlists []PlaylistResult
	// FailureCode and FailureDetail describe a failure of the job as a whole
	// (3001, 4000, 9999); 0 and "" otherwise. They appear in the notification.
	FailureCode   int
	FailureDetail string
}

// Status is the job's final status: Complete when every output is, else Errored.
func (r Result) Status() Status {
	for _, o := range r.Outputs {
		if o.Status != Complete {
			return Errored
		}
	}
	for _, p := range r.Playlists {
		if p.Status != Complete {
			return Errored
		}
	}
	return Complete
}

// Progress is where a job stands. It is published about once a second while the
// job runs and is the body of GET /v1/jobs/{id}/progress.
type Progress struct {
	JobID   string `json:"jobId"`
	Status  Status `json:"status"`
	Attempt int    `json:"attempt"`
	// Percent is 0 to 100 over all outputs, weighted by their work. It never
	// goes back within an attempt.
	Percent float64 `json:"percent"`
	// Speed is seconds of media encoded in a second of time; 0 when not known.
	Speed float64 `json:"speed"`
	// SecondsLeft is the estimate of the time to the end; null when not known.
	SecondsLeft *float64         `json:"secondsLeft"`
	Outputs     []OutputProgress `json:"outputs"`
}

// OutputProgress is where one output stands; members as in [Progress].
type OutputProgress struct {
	ID          string   `json:"id"`
	Key         string   `json:"key"`
	Status      Status   `json:"status"`
	Percent     float64  `json:"percent"`
	Speed       float64  `json:"speed"`
	SecondsLeft *float64 `json:"secondsLeft"`
}

// Event is a notification in the outbox: a change of a job's state as the
// original told it (behaviour: notifications).
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

// QueueStats is what the store counts for the metrics.
type QueueStats struct {
	// Waiting, Admitted and Running count tasks by state; Dead counts dead letters.
	Waiting, Admitted, Running, Dead int
	// OldestWaiting is the age of the longest waiting task, 0 when none waits.
	OldestWaiting time.Duration
}

// WorkerStatus is what a worker announces of itself.
type WorkerStatus struct {
	// ID is unique for each start of a worker.
	ID string `json:"id"`
	// Slots is how many jobs it takes at once; Running how many it has.
	Slots   int `json:"slots"`
	Running int `json:"running"`
}
