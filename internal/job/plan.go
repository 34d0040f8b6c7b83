package job

import (
	"cmp"
	"context"
	"slices"

	"github.com/reelastic/reelastic/internal/plan"
)

// makePlan decides what ffmpeg will be asked. Outputs that can't be made fail.
func (j *Job) makePlan(ctx context.Context) (err error) {
	request := plan.Request{
		Job: j.Spec, Probes: j.probes(), Images: j.images, Captions: j.plannedCaptions(),
		Threads: j.Threads, Speed: cmp.Or(j.Spec.Speed, j.Speed), AACFallback: j.AACFallback,
	}
	if request.Caps, err = j.FFmpeg.Caps(ctx); err != nil {
		return err
	}
	if j.plan, err = plan.New(request); err != nil {
		return err
	}
	for i, out := range j.plan.Outputs {
		j.outputs[i].plan = out
		if out.Failure != nil && j.outcome.Open(i) {
			j.outcome.Fail(ctx, i, out.Failure)
		}
	}
	j.progress.planned(j.plan)
	return nil
}

// plannedCaptions has one element for each output, or none when no output has captions.
func (j *Job) plannedCaptions() (all []plan.Captions) {
	if !slices.ContainsFunc(j.Spec.Outputs, hasCaptions) {
		return nil
	}
	for i := range j.outputs {
		all = append(all, j.outputs[i].plannedCaptions())
	}
	return all
}
