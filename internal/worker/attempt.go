package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// attempt is one try at a job, from staging to publishing.
type attempt struct {
	w       *Worker
	claim   *task.Claim
	objects Objects // as the pipeline's role reaches them
	keys    Keys    // likewise
	lease   *lease
	ticket  *ticket
	log     *slog.Logger

	seals []seals // by output
	// protections are by output, nil where it is in no protected playlist.
	protections []*protection
	drm         []*drm // by output, nil without PlayReady
	dir         string // the step's folder: inputs in0, in1, ... and all results
	spec        transcode.JobSpec
	probes      []media.Probe
	graphics    []plan.Graphic
	captions    *captions                // nil when no output has any
	untold      []api.DetectedProperties // what the database was not there to hear
	plan        *plan.Plan
	evened      bool                  // the probes are those of evened inputs
	damaged     []atomic.Int64        // frames reported as such, by output
	inspected   []media.Inspection    // by output
	outputs     []task.OutputResult   // by output
	playlists   []task.PlaylistResult // by playlist
	jobFail     *transcode.Failure    // of the job as a whole
	jobDetail   string
}

// run does the job. It returns an error only for a fault that is not the job's:
// a lost lease, a stop, a store that is away. A failure of an output, or of all
// of them, is in the result.
func (a *attempt) run(ctx context.Context) (task.Result, error) {
	stages := []func(context.Context) error{a.open, a.preflight, a.openKeys, a.checkSizes, a.stage, a.stageGraphics, a.probe, a.checkProbes, a.readCaptions,
		a.makePlan, a.placeCaptions, a.encode, a.publish}
	for _, stage := range stages {
		err := stage(ctx)
		if cause := context.Cause(ctx); cause != nil {
			return task.Result{}, cause // what a killed step says is not a result
		}
		if f := transcode.AsFailure(err); f != nil {
			a.failAll(f)
		} else if err != nil {
			return task.Result{}, err
		}
		if a.allFailed() {
			break
		}
	}
	a.finishPlaylists()
	r := task.Result{Outputs: a.outputs, Playlists: a.playlists, FailureDetail: a.jobDetail}
	if a.jobFail != nil {
		r.FailureCode = a.jobFail.Code
	}
	return r, nil
}

// open reads the job and makes its folder.
func (a *attempt) open(context.Context) (err error) {
	if a.spec, err = transcode.JobSpecOf(a.claim.Job, a.claim.Presets); err != nil {
		return fmt.Errorf("read job %s: %w", *a.claim.Job.Id, err)
	}
	a.outputs = make([]task.OutputResult, len(a.spec.Outputs))
	a.inspected = make([]media.Inspection, len(a.spec.Outputs))
	a.damaged = make([]atomic.Int64, len(a.spec.Outputs))
	for i := range a.outputs {
		a.outputs[i] = task.OutputResult{Index: i, Status: transcode.Progressing}
	}
	a.playlists = make([]task.PlaylistResult, len(a.spec.Playlists))
	for i := range a.playlists {
		a.playlists[i] = task.PlaylistResult{Index: i, Status: transcode.Progressing}
	}
	a.dir, err = a.w.scratch.attemptDir(a.claim)
	return err
}

// clean removes the attempt's folder.
func (a *attempt) clean() {
	if a.dir == "" {
		return
	}
	if err := os.RemoveAll(a.dir); err != nil {
		a.log.Warn("remove scratch", "err", err)
	}
}

// stage brings the inputs into the folder as in0, in1, ...
func (a *attempt) stage(ctx context.Context) error {
	for i, in := range a.spec.Inputs {
		if _, err := a.fetch(ctx, in.Key, in.Encryption, filepath.Join(a.dir, "in"+strconv.Itoa(i))); err != nil {
			return storageFailure(err)
		}
	}
	return nil
}

// probe reads what the inputs are and tells it.
func (a *attempt) probe(ctx context.Context) error {
	detected := make([]api.DetectedProperties, len(a.spec.Inputs))
	for i, in := range a.spec.Inputs {
		hint := media.Hint{Container: in.Container, Extension: strings.ToLower(strings.TrimPrefix(path.Ext(in.Key), "."))}
		name := "in" + strconv.Itoa(i)
		p, err := a.w.engine.Probe(ctx, a.dir, name, hint)
		if err == nil && len(p.Resets) > 0 {
			if err = a.mendClock(ctx, name, p.Resets); err == nil {
				p, err = a.w.engine.Probe(ctx, a.dir, name, hint)
			}
		}
		if err != nil {
			return err
		}
		a.probes = append(a.probes, p)
		detected[i] = transcode.DetectedProperties(p)
	}
	return a.tell(ctx, detected)
}

// mendClock puts a copy of an input in its place whose clock goes on.
func (a *attempt) mendClock(ctx context.Context, name string, resets []media.Reset) error {
	a.log.InfoContext(ctx, "the clock of an input is set anew: mending its times", "input", name, "resets", len(resets))
	path := filepath.Join(a.dir, name)
	mended := path + ".mended"
	err := convert(ctx, mended, path, func(dst io.Writer, src io.Reader) error { return mpegts.GoOn(dst, src, resets) })
	if err != nil {
		return err
	}
	return os.Rename(mended, path)
}

// tell stores how the outputs stand and what the inputs are. While the database
// is away the work goes on, and it is told before publishing.
func (a *attempt) tell(ctx context.Context, detected []api.DetectedProperties) error {
	err := a.w.store.UpdateJob(ctx, a.claim, a.outputs, detected)
	if errors.Is(err, transcode.ErrUnavailable) {
		a.log.WarnContext(ctx, "status not stored", "err", err)
		a.untold = detected
		return nil
	}
	return err
}

// makePlan decides what ffmpeg will be asked.
func (a *attempt) makePlan(ctx context.Context) error {
	caps, err := a.w.engine.Caps(ctx)
	if err != nil {
		return err
	}
	a.plan, err = plan.New(plan.Request{Job: a.spec, Probes: a.probes, Graphics: a.graphics, Captions: a.captions.planned(a.spec), Caps: caps,
		Threads: a.w.Threads, Speed: a.w.Speed, AACFallback: a.w.AACFallback})
	if err != nil {
		return err
	}
	for i, out := range a.plan.Outputs {
		if out.Failure != nil && a.outputs[i].Status == transcode.Progressing {
			a.fail(i, out.Failure)
		}
	}
	a.ticket.planned(a.plan)
	return nil
}

// encode runs the steps and checks every result.
func (a *attempt) encode(ctx context.Context) error {
	err := a.runSteps(ctx, a.plan.Steps)
	if errors.Is(err, errFramesChange) {
		if err = a.even(ctx); err == nil {
			err = a.runSteps(ctx, a.plan.Steps)
		}
	}
	if err != nil {
		return err
	}
	return a.check(ctx)
}

// errFramesChange ends the steps of a plan whose inputs must be made even first.
var errFramesChange = errors.New("frames of an input change midway")

// even makes the inputs even and plans anew from the results. What earlier steps have left
// is written again.
func (a *attempt) even(ctx context.Context) error {
	a.log.InfoContext(ctx, "frames of an input change midway: making the inputs even")
	probes := make([]media.Probe, len(a.probes))
	for i, p := range a.probes {
		step := plan.EvenStep(p, i, a.w.Threads)
		place := a.lineUp(step)
		err := a.exec(ctx, step, place)
		a.w.room.leave(place)
		if failed, ok := errors.AsType[*plan.RunError](err); ok {
			a.log.WarnContext(ctx, "step failed", "step", step.Name, "err", err, "tail", failed.Tail)
			if failed.Failure != nil {
				return failed.Failure
			}
		}
		if err != nil {
			return err
		}
		file := plan.EvenFile(p, i)
		made, err := a.w.engine.Probe(ctx, a.dir, file, media.Hint{})
		if err != nil {
			return err
		}
		probes[i] = plan.Even(p, made, file)
	}
	a.probes, a.evened = probes, true
	return a.makePlan(ctx)
}

// runSteps runs steps at the same time, as far as the machine has room for them,
// each after those that it needs.
func (a *attempt) runSteps(ctx context.Context, steps []plan.Step) error {
	steps = slices.Clone(steps)
	slices.SortStableFunc(steps, func(x, y plan.Step) int { return cmp.Compare(y.Effort, x.Effort) })
	done, places := map[string]chan struct{}{}, make([]*seat, len(steps))
	for i, step := range steps {
		done[step.Name] = make(chan struct{})
		if len(step.Needs) == 0 { // in this order, before any of them runs
			places[i] = a.lineUp(step)
			defer a.w.room.leave(places[i])
		}
	}
	return eachOf(ctx, len(steps), len(steps), func(ctx context.Context, i int) error {
		defer close(done[steps[i].Name])
		for _, name := range steps[i].Needs {
			select {
			case <-done[name]:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if places[i] == nil {
			places[i] = a.lineUp(steps[i])
		}
		return a.runStep(ctx, steps[i], places[i])
	})
}

// lineUp asks for the step's part of the machine.
func (a *attempt) lineUp(step plan.Step) *seat {
	return a.w.room.lineUp(seat{ticket: a.ticket.number, effort: step.Effort, cores: step.Threads, memory: step.MemoryBytes})
}

// runStep runs one step in its place, and its outputs one by one when one of them
// may have spoiled it for the others. Each output is in one step at a time, so that
// its result has one writer.
func (a *attempt) runStep(ctx context.Context, step plan.Step, place *seat) error {
	defer a.w.room.leave(place)
	switch left := a.unfailed(step); {
	case len(left) == 0: // what the step needs has failed
		return nil
	case len(left) < len(step.Outputs):
		a.w.room.leave(place)
		return a.runAlone(ctx, step, left)
	}
	err := a.exec(ctx, step, place)
	a.w.room.leave(place)
	if err == nil || ctx.Err() != nil {
		return err
	}
	failed, ok := errors.AsType[*plan.RunError](err)
	if !ok {
		return err
	}
	if failed.Changed && !a.evened {
		return errFramesChange
	}
	a.log.WarnContext(ctx, "step failed", "step", step.Name, "err", err, "tail", failed.Tail)
	if failed.RetryAlone && len(step.Outputs) > 1 {
		return a.runAlone(ctx, step, step.Outputs)
	}
	for _, i := range step.Outputs {
		a.fail(i, a.stepFailure(i, failed))
	}
	return nil
}

// unfailed are the outputs of a step that can still be made.
func (a *attempt) unfailed(step plan.Step) (left []int) {
	for _, i := range step.Outputs {
		if a.outputs[i].Status == transcode.Progressing {
			left = append(left, i)
		}
	}
	return left
}

func (a *attempt) runAlone(ctx context.Context, step plan.Step, outputs []int) error {
	a.ticket.undone(step)
	for _, i := range outputs {
		alone := a.plan.Alone(step, i)
		if alone == nil {
			return fmt.Errorf("step %s can't be run for output %d alone", step.Name, i)
		}
		if err := a.runSteps(ctx, alone); err != nil {
			return err
		}
	}
	return nil
}

// exec runs a step when the machine has room for it.
func (a *attempt) exec(ctx context.Context, step plan.Step, place *seat) error {
	if err := place.wait(ctx); err != nil {
		return err
	}
	began := time.Now()
	err := a.w.engine.Run(ctx, a.dir, step, func(p plan.Progress) {
		a.ticket.stepped(step, p)
		for _, i := range step.Outputs {
			a.damaged[i].Store(max(a.damaged[i].Load(), p.DamagedFrames))
		}
	})
	if err == nil && step.Duration > 0 {
		a.w.observer.EncodeSpeed(step.Duration.Seconds() / time.Since(began).Seconds())
	}
	return err
}

func (a *attempt) fail(output int, f *transcode.Failure) {
	a.outputs[output].Status = transcode.Errored
	a.outputs[output].Detail = f.Detail(uuid.NewString())
	a.log.Info("output failed", "output", a.spec.Outputs[output].ID, "err", f)
}

// failAll ends every output that is not done yet; they share one reference.
func (a *attempt) failAll(f *transcode.Failure) {
	a.jobFail, a.jobDetail = f, f.Detail(uuid.NewString())
	for i := range a.outputs {
		if a.outputs[i].Status == transcode.Progressing {
			a.outputs[i].Status, a.outputs[i].Detail = transcode.Errored, a.jobDetail
		}
	}
	a.log.Info("job failed", "err", f)
}

func (a *attempt) allFailed() bool {
	for _, o := range a.outputs {
		if o.Status != transcode.Errored {
			return false
		}
	}
	return true
}

// finishPlaylists fails the playlists that were not published.
func (a *attempt) finishPlaylists() {
	for i := range a.playlists {
		if a.playlists[i].Status == transcode.Progressing {
			a.failPlaylist(i, transcode.PlaylistDependency())
		}
	}
}

func (a *attempt) failPlaylist(i int, f *transcode.Failure) {
	a.playlists[i].Status, a.playlists[i].Detail = transcode.Errored, f.Detail(uuid.NewString())
}

// stepFailure is what the client reads of a failed run of output i. Nothing can
// be left of a clip, but of a whole input only when nothing in it decodes.
func (a *attempt) stepFailure(i int, e *plan.RunError) *transcode.Failure {
	switch {
	case e.Failure == nil:
		return transcode.Internal("The encoder stopped: " + e.Reason + ".")
	case e.Undecoded && a.whole(i):
		return transcode.UnsupportedCodec("a stream of which this ffmpeg decodes nothing")
	case e.Failure.Code == transcode.CodeStartAfterEnd && a.whole(i):
		return transcode.DamagedInput("nothing in it can be decoded")
	}
	return e.Failure
}

// whole tells whether output i shows all of every input.
func (a *attempt) whole(i int) bool {
	clipped := func(in transcode.InputSpec) bool { return !in.Clip.Whole() }
	return a.spec.Outputs[i].Clip.Whole() && !slices.ContainsFunc(a.spec.Inputs, clipped)
}

// storageFailure turns a store's refusal into what the client reads; other
// errors stay as they are.
func storageFailure(err error) error {
	if refused, ok := errors.AsType[*object.Error](err); ok {
		return transcode.ObjectFailure(refused)
	}
	return err
}
