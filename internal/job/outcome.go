package job

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/reelastic/reelastic/internal/disk"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Outcome is how the outputs and playlists of a job stand while it is done and published.
// Outputs of different indexes may fail at the same time.
type Outcome struct {
	log       *slog.Logger
	outputs   []task.OutputResult
	failures  []*transcode.Failure // of outputs, nil for those that have not failed
	figures   []task.OutputResult  // of outputs that are made
	playlists []task.PlaylistResult
	failure   *transcode.Failure // of the job as a whole
	detail    string
}

// NewOutcome is that of a job of which nothing has failed or is complete.
func NewOutcome(spec transcode.JobSpec, log *slog.Logger) *Outcome {
	o := &Outcome{
		log: log, failures: make([]*transcode.Failure, len(spec.Outputs)),
		figures: make([]task.OutputResult, len(spec.Outputs)),
	}
	for i := range spec.Outputs {
		o.outputs = append(o.outputs, task.OutputResult{Index: i, Status: transcode.Progressing})
	}
	for i := range spec.Playlists {
		o.playlists = append(o.playlists, task.PlaylistResult{Index: i, Status: transcode.Progressing})
	}
	return o
}

// Outputs are the results of the outputs as they stand. They must not be changed.
func (o *Outcome) Outputs() []task.OutputResult { return o.outputs }

// result is an output's, for what is told of it before its end.
func (o *Outcome) result(output int) *task.OutputResult { return &o.outputs[output] }

// Failure is why an output has failed; nil where it has not.
func (o *Outcome) Failure(output int) *transcode.Failure { return o.failures[output] }

// Open reports whether an output has neither failed nor is complete.
func (o *Outcome) Open(output int) bool { return o.outputs[output].Status == transcode.Progressing }

// AllFailed reports whether nothing is left to do.
func (o *Outcome) AllFailed() bool {
	for _, out := range o.outputs {
		if out.Status != transcode.Errored {
			return false
		}
	}
	return true
}

// Fail ends an output.
func (o *Outcome) Fail(ctx context.Context, output int, f *transcode.Failure) {
	o.failures[output] = f
	result := &o.outputs[output]
	result.Status, result.Detail = transcode.Errored, f.Detail(uuid.NewString())
	o.log.InfoContext(ctx, "output failed", "output", output+1, "err", f)
}

// FailFor makes a store's refusal, or any other failure, the output's result and
// passes on what is a fault of our own.
func (o *Outcome) FailFor(ctx context.Context, output int, err error) error {
	f := o.failureOf(ctx, err)
	if f == nil {
		return err
	}
	o.Fail(ctx, output, f)
	return nil
}

// Absorb makes a failure that of the job as a whole, which ends every output that is
// not done yet; they share one reference. Any other error is returned.
func (o *Outcome) Absorb(ctx context.Context, err error) error {
	f := o.failureOf(ctx, err)
	if f == nil {
		return err
	}
	o.failure, o.detail = f, f.Detail(uuid.NewString())
	for i := range o.outputs {
		if o.Open(i) {
			o.failures[i] = f
			o.outputs[i].Status, o.outputs[i].Detail = transcode.Errored, o.detail
		}
	}
	o.log.InfoContext(ctx, "job failed", "err", f)
	return nil
}

// Complete ends an output well.
func (o *Outcome) Complete(output int) {
	before, result := o.outputs[output], &o.outputs[output]
	*result = o.figures[output]
	result.Index, result.Status = output, transcode.Complete
	result.Encryption = before.Encryption
	result.ThumbnailEncryption, result.CaptionEncryption = before.ThumbnailEncryption, before.CaptionEncryption
}

// IsComplete reports whether an output is complete.
func (o *Outcome) IsComplete(output int) bool { return o.outputs[output].Status == transcode.Complete }

// AllComplete reports whether all of some outputs are complete.
func (o *Outcome) AllComplete(outputs []int) bool {
	for _, i := range outputs {
		if !o.IsComplete(i) {
			return false
		}
	}
	return true
}

// CompletePlaylist ends a playlist well.
func (o *Outcome) CompletePlaylist(playlist int) { o.playlists[playlist].Status = transcode.Complete }

// FailPlaylist ends a playlist.
func (o *Outcome) FailPlaylist(playlist int, f *transcode.Failure) {
	result := &o.playlists[playlist]
	result.Status, result.Detail = transcode.Errored, f.Detail(uuid.NewString())
}

// Result is the end of the job: playlists that are not complete by now depend on what
// failed.
func (o *Outcome) Result() task.Result {
	for i := range o.playlists {
		if o.playlists[i].Status == transcode.Progressing {
			o.FailPlaylist(i, transcode.PlaylistDependency())
		}
	}
	r := task.Result{Outputs: o.outputs, Playlists: o.playlists, FailureDetail: o.detail}
	if o.failure != nil {
		r.FailureCode = o.failure.Code
	}
	return r
}

// failureOf is [FailureOf], and tells the operator of a panic.
func (o *Outcome) failureOf(ctx context.Context, err error) *transcode.Failure {
	if caught, ok := errors.AsType[*parallel.Panic](err); ok {
		o.log.ErrorContext(ctx, "BUG: the job made a part of this program panic", "err", caught,
			"stack", string(caught.Stack))
	}
	return FailureOf(err)
}

// FailureOf is what the client reads of an error: a failure, the refusal of a store, a full
// disk or a panic, which would come again with every attempt; nil when it is none of these.
func FailureOf(err error) *transcode.Failure {
	if refused, ok := errors.AsType[*object.Error](err); ok {
		return transcode.ObjectFailure(refused)
	}
	if _, ok := errors.AsType[*parallel.Panic](err); ok {
		return transcode.Internal("A part of the service broke on this job; the server's log says which.")
	}
	if f := transcode.AsFailure(err); f != nil {
		return f
	}
	if disk.IsFull(err) {
		return transcode.NoRoom(noRoom(err))
	}
	return nil
}

// noRoom says which disk is full.
func noRoom(err error) string {
	folder := "A disk of the worker, or of the storage,"
	if at, ok := errors.AsType[*fs.PathError](err); ok && filepath.IsAbs(at.Path) {
		folder = "The disk of the folder " + filepath.Dir(at.Path)
	}
	return folder + " is full. Make room there, and submit the job again; --scratch and --storage name other folders."
}
