package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// attempt is one try at a task, from staging to publishing.
type attempt struct {
	w         *Worker
	claim     *task.Claim
	running   *runningJob
	lease     *lease
	log       *slog.Logger
	publisher *publisher
	outcome   *job.Outcome
	dir       string // the job's folder
	// untold is what the database was not there to hear.
	untold []api.DetectedProperties
}

// attempt does a claimed task and settles its message, which came at received. It returns
// what lets others begin, in place of leave where it has waited to be alone.
func (w *Worker) attempt(ctx context.Context, m task.Message, received time.Time, claim *task.Claim,
	leave func()) func() {
	log := w.Log.With("job", *claim.Job.Id, "pipeline", *claim.Job.PipelineId, "attempt", claim.Attempt)
	confirm := func(ctx context.Context) error { return w.store.Confirm(ctx, claim) }
	held, lease := holdLease(ctx, m, received, w.queue.AckWait(), confirm)
	defer lease.release()
	working, fail := context.WithCancelCause(held)
	defer fail(nil)
	share := w.room.enter()
	defer share.leave()
	running := w.jobs.begin(claim, share, lease.cancel, fail)
	defer w.jobs.end(running)
	if w.gate.shut() { // it came in while the worker began to take none
		lease.cancel(errStopped)
	}
	log.InfoContext(ctx, "job begins", "worker", w.ID)

	a := &attempt{w: w, claim: claim, running: running, lease: lease, log: log}
	if claim.Alone {
		log.WarnContext(ctx, "the job waits to run alone: the process ended while it ran beside others")
		leave = w.isolation.isolate()
	}
	result, err := a.runGuarded(working)
	if context.Cause(held) == nil && w.unfit(ctx, err) { // that is not held against the job
		err = errStopped
	}
	a.clean(ctx)
	share.leave()
	if err == nil {
		err = patiently(held, func(ctx context.Context) error { return w.store.Finish(ctx, claim, result) })
	}
	if cause := context.Cause(held); err != nil && cause != nil {
		err = cause
	}
	lease.release()
	switch {
	case errors.Is(err, task.ErrCanceled):
		a.retract(ctx)
	case failed(err):
		a.saveFault(ctx, task.Fault{Reason: err.Error()})
	}
	w.conclude(context.WithoutCancel(ctx), log, m, claim, result, err)
	return leave
}

// unfit reports whether a job could not be done since this worker can't do its work: no other
// one begins here until it can.
func (w *Worker) unfit(ctx context.Context, err error) bool {
	switch {
	case errors.Is(err, plan.ErrUnready):
		w.broken(err)
		return true
	case failed(err):
		return !w.lookAtStore(ctx)
	}
	return false
}

// runGuarded is run, of which a panic is an error. Most are the end of their stage already.
func (a *attempt) runGuarded(ctx context.Context) (result task.Result, err error) {
	err = parallel.Guard(func() (err error) {
		result, err = a.run(ctx)
		return err
	})
	if caught, ok := errors.AsType[*parallel.Panic](err); ok {
		a.log.ErrorContext(ctx, "BUG: the job made a part of this program panic", "err", err,
			"stack", string(caught.Stack))
	}
	return result, err
}

// run does the job. It returns an error only for a fault that is not the job's:
// a lost lease, a stop, a store that is away. A failure of an output, or of all
// of them, is in the result; so is one that ctx ends with.
func (a *attempt) run(ctx context.Context) (task.Result, error) {
	spec, err := transcode.JobSpecOf(a.claim.Job, a.claim.Presets)
	if err != nil {
		return task.Result{}, fmt.Errorf("read job %s: %w", *a.claim.Job.Id, err)
	}
	if a.claim.Alone {
		if err := a.w.store.CountAttempt(ctx, a.claim); err != nil {
			return task.Result{}, err
		}
	}
	objects := a.w.storage(roleOf(a.claim))
	a.outcome = job.NewOutcome(spec, a.log)
	a.publisher = newPublisher(a.claim, spec, objects, a.outcome, a.log)
	for _, stage := range []func(context.Context) error{
		a.openDir,
		a.publisher.preflight,
		func(ctx context.Context) error { return a.do(ctx, a.request(spec, objects)) },
	} {
		err := parallel.Guard(func() error { return stage(ctx) })
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		if err := a.outcome.Absorb(ctx, err); err != nil {
			return task.Result{}, err
		}
		if a.outcome.AllFailed() {
			break
		}
	}
	return a.outcome.Result(), nil
}

// openDir makes the folder of the attempt.
func (a *attempt) openDir(context.Context) (err error) {
	a.dir, err = a.w.scratch.attemptDir(a.claim)
	return err
}

// request is the job as its pipeline reaches objects and keys.
func (a *attempt) request(spec transcode.JobSpec, objects Objects) job.Request {
	return job.Request{
		Spec: spec, Order: a.running.order,
		InputBucket: *a.claim.Pipeline.InputBucket, KeyARN: keyARN(a.claim),
		Objects: objects, Keys: a.w.keys(roleOf(a.claim)),
		Folder: folder.New(a.dir), Room: a.running.share, Events: a, Log: a.log,
	}
}

// do makes the files of the job and publishes them.
func (a *attempt) do(ctx context.Context, request job.Request) error {
	j := job.New(a.w.jobConfig(), request, a.outcome)
	a.running.follow(j)
	made, err := j.Run(ctx)
	if err != nil || made == nil {
		return err
	}
	a.running.share.settle()
	if err := a.publisher.take(ctx, made, request.Folder); err != nil {
		return err
	}
	if err := a.announce(ctx); err != nil {
		return err
	}
	return a.publisher.publish(ctx, a.lease.fresh)
}

// announce stores the keys that are going to be published, and makes sure that the
// attempt still holds its task, before the first object becomes visible.
func (a *attempt) announce(ctx context.Context) error {
	err := patiently(ctx, func(ctx context.Context) error {
		if a.untold != nil {
			if err := a.w.store.UpdateJob(ctx, a.claim, a.outcome.Outputs(), a.untold); err != nil {
				return err
			}
			a.untold = nil
		}
		return a.w.store.SetPublishing(ctx, a.claim, a.publisher.keys())
	})
	if err != nil {
		return err
	}
	return a.lease.fresh()
}

// Probed stores how the outputs stand and what the inputs are. While the database
// is away the work goes on, and it is told before publishing.
func (a *attempt) Probed(ctx context.Context, outputs []task.OutputResult, detected []api.DetectedProperties) error {
	err := a.w.store.UpdateJob(ctx, a.claim, outputs, detected)
	if errors.Is(err, transcode.ErrUnavailable) {
		a.log.WarnContext(ctx, "status not stored", "err", err)
		a.untold = detected
		return nil
	}
	return err
}

// StepFailed stores what ffmpeg said last: it is all that tells why, should this worker
// not come to the end of the job.
func (a *attempt) StepFailed(ctx context.Context, tail []string) {
	a.saveFault(ctx, task.Fault{Tail: tail})
}

// saveFault stores what went wrong. It is told to operators, and the work goes on without.
func (a *attempt) saveFault(ctx context.Context, f task.Fault) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := a.w.store.SaveFault(ctx, a.claim, f); err != nil {
		a.log.WarnContext(ctx, "what went wrong is not stored", "err", err)
	}
}

// EncodeSpeed passes a step's speed on.
func (a *attempt) EncodeSpeed(speed float64) { a.w.observer.EncodeSpeed(speed) }

// clean removes the attempt's folder.
func (a *attempt) clean(ctx context.Context) {
	if a.dir == "" {
		return
	}
	if err := os.RemoveAll(a.dir); err != nil {
		a.log.WarnContext(ctx, "remove scratch", "err", err)
	}
}

func roleOf(claim *task.Claim) string {
	if role := claim.Pipeline.Role; role != nil {
		return *role
	}
	return ""
}

func keyARN(claim *task.Claim) string {
	if arn := claim.Pipeline.AwsKmsKeyArn; arn != nil {
		return *arn
	}
	return ""
}
