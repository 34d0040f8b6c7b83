package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// encode runs the steps of the plan; once more with inputs made even where the frames of
// one change midway.
func (j *Job) encode(ctx context.Context) error {
	err := j.runSteps(ctx, j.plan.Steps)
	if !errors.Is(err, errFramesChange) {
		return err
	}
	if err := j.makeEven(ctx); err != nil {
		return err
	}
	return j.runSteps(ctx, j.plan.Steps)
}

// errFramesChange ends the steps of a plan whose inputs must be made even first.
var errFramesChange = errors.New("frames of an input change midway")

// makeEven makes the inputs even and plans anew from the results. What earlier steps have
// left is written again.
func (j *Job) makeEven(ctx context.Context) error {
	j.Log.InfoContext(ctx, "frames of an input change midway: making the inputs even")
	made := make([]media.Probe, len(j.inputs))
	for i, in := range j.inputs {
		if err := j.runEven(ctx, plan.EvenStep(in.probe, i, j.Threads)); err != nil {
			return err
		}
		file := plan.EvenFile(in.probe, i)
		probe, err := j.FFmpeg.Probe(ctx, j.Folder.Path(""), file, media.Hint{})
		if err != nil {
			return err
		}
		made[i] = plan.Even(in.probe, probe, file)
	}
	for i, probe := range made {
		j.inputs[i].probe = probe
	}
	j.evened = true
	return j.makePlan(ctx)
}

// runEven runs a step that makes an input even. What the client has to mend is a
// [*transcode.Failure].
func (j *Job) runEven(ctx context.Context, step plan.Step) error {
	place := j.reserve(step)
	defer place.Release()
	err := j.exec(ctx, step, place)
	failed, ok := errors.AsType[*plan.RunError](err)
	if !ok {
		return err
	}
	j.logFailed(ctx, step, failed)
	if failed.Failure != nil {
		return failed.Failure
	}
	return err
}

// runSteps runs steps at the same time, as far as the machine has room for them,
// each after those that it needs.
func (j *Job) runSteps(ctx context.Context, steps []plan.Step) error {
	steps = slices.Clone(steps)
	slices.SortStableFunc(steps, func(x, y plan.Step) int { return cmp.Compare(y.Effort, x.Effort) })
	done, places := map[string]chan struct{}{}, make([]*Reservation, len(steps))
	for i, step := range steps {
		done[step.Name] = make(chan struct{})
		if len(step.Needs) == 0 { // in this order, before any of them runs
			places[i] = j.reserve(step)
			defer places[i].Release()
		}
	}
	return parallel.Each(ctx, len(steps), len(steps), func(ctx context.Context, i int) error {
		defer close(done[steps[i].Name])
		for _, name := range steps[i].Needs {
			select {
			case <-done[name]:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if places[i] == nil {
			places[i] = j.reserve(steps[i])
		}
		return j.runStep(ctx, steps[i], places[i])
	})
}

// reserve asks for the step's part of the machine. The caller releases it.
func (j *Job) reserve(step plan.Step) *Reservation {
	return j.Scheduler.Reserve(Need{
		Order: j.Order, Effort: step.Effort, Cores: step.Threads, MemoryBytes: step.MemoryBytes,
	})
}

// runStep runs one step in its place, and its outputs one by one when one of them
// may have spoiled it for the others. Each output is in one step at a time, so that
// its result has one writer.
func (j *Job) runStep(ctx context.Context, step plan.Step, place *Reservation) error {
	defer place.Release()
	left := j.unfailed(step)
	if len(left) == 0 { // what the step needs has failed
		return nil
	}
	if len(left) < len(step.Outputs) {
		place.Release()
		return j.runAlone(ctx, step, left)
	}
	err := j.exec(ctx, step, place)
	place.Release()
	failed, ok := errors.AsType[*plan.RunError](err)
	if !ok || ctx.Err() != nil {
		return err
	}
	if failed.Changed && !j.evened {
		return errFramesChange
	}
	j.logFailed(ctx, step, failed)
	if failed.DiskFull { // for all outputs
		return failed
	}
	if failed.RetryAlone && len(step.Outputs) > 1 {
		return j.runAlone(ctx, step, step.Outputs)
	}
	for _, i := range step.Outputs {
		j.outcome.Fail(ctx, i, j.stepFailure(i, failed))
	}
	return nil
}

func (j *Job) logFailed(ctx context.Context, step plan.Step, failed *plan.RunError) {
	j.Log.WarnContext(ctx, "step failed", "step", step.Name, "err", failed, "tail", failed.Tail)
	j.Events.StepFailed(ctx, failed.Tail)
}

// unfailed are the outputs of a step that can still be made.
func (j *Job) unfailed(step plan.Step) (left []int) {
	for _, i := range step.Outputs {
		if j.outcome.Open(i) {
			left = append(left, i)
		}
	}
	return left
}

// runAlone runs a step for some of its outputs, one after the other.
func (j *Job) runAlone(ctx context.Context, step plan.Step, outputs []int) error {
	j.progress.undone(step)
	for _, i := range outputs {
		alone := j.plan.Alone(step, i)
		if alone == nil {
			return fmt.Errorf("step %s can't be run for output %d alone", step.Name, i)
		}
		if err := j.runSteps(ctx, alone); err != nil {
			return err
		}
	}
	return nil
}

// exec runs a step when the machine has room for it.
func (j *Job) exec(ctx context.Context, step plan.Step, place *Reservation) error {
	if err := place.Wait(ctx); err != nil {
		return err
	}
	began := time.Now()
	err := j.FFmpeg.Run(ctx, j.Folder.Path(""), step, func(p plan.Progress) {
		j.progress.stepped(step, p)
		for _, i := range step.Outputs {
			damaged := &j.outputs[i].damaged
			damaged.Store(max(damaged.Load(), p.DamagedFrames))
		}
	})
	if err == nil && step.Duration > 0 {
		j.Events.EncodeSpeed(step.Duration.Seconds() / time.Since(began).Seconds())
	}
	return err
}

// stepFailure is what the client reads of a failed run of an output. Nothing can
// be left of a clip, but of a whole input only when nothing in it decodes.
func (j *Job) stepFailure(i int, e *plan.RunError) *transcode.Failure {
	switch {
	case e.Failure == nil:
		return transcode.Internal("The encoder stopped: " + e.Reason + ".")
	case e.Undecoded && j.whole(i):
		return transcode.UnsupportedCodec("a stream of which this ffmpeg decodes nothing")
	case e.Failure.Code == transcode.CodeStartAfterEnd && j.whole(i):
		return transcode.DamagedInput("nothing in it can be decoded")
	}
	return e.Failure
}
