package job

import (
	"context"
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// mostGrey is the share of even grey frames from which on a result is held against its
// inputs, someGrey the one from which on these are taken to mean it.
const (
	mostGrey = 0.9
	someGrey = 0.05
)

// doubtful is the share of damaged frames from which on an input that is grey, too, may not
// be meant to be.
const doubtful = 0.1

// checkGrey refuses the outputs with video where nearly all that came out is an even grey,
// and nothing of the inputs is. One output stands for all: they are made of the same frames.
func (j *Job) checkGrey(ctx context.Context) error {
	i := j.smallestVideo()
	if i < 0 {
		return nil
	}
	share, err := j.FFmpeg.GreyShare(ctx, j.Folder.Path(""), j.plan.GreyOutput(i))
	if err != nil || share < mostGrey {
		return j.unlooked(ctx, err)
	}
	for in := range j.inputs {
		source, err := j.FFmpeg.GreyShare(ctx, j.Folder.Path(""), j.plan.GreyInput(i, in))
		meant := source >= someGrey && j.outputs[i].damagedShare() < doubtful
		if err != nil || meant {
			return j.unlooked(ctx, err)
		}
	}
	for _, n := range j.open() {
		if j.outputs[n].plan.Video != nil {
			j.outcome.Fail(ctx, n, transcode.DamagedInput(fmt.Sprintf("%.0f %% of its frames decode to an even grey",
				100*share)))
		}
	}
	return nil
}

func (o *output) damagedShare() float64 { return o.plan.Damaged(o.inspected) }

// unlooked logs why frames could not be looked at; what stops the job is returned.
func (j *Job) unlooked(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && !errors.Is(err, plan.ErrUnready) {
		j.Log.WarnContext(ctx, "look for grey frames", "err", err)
		return nil
	}
	return err
}

// starved reports whether an output uses up the bits that its preset allows, so that a grey
// may be all that they buy: a real one costs next to nothing.
func (o *output) starved() bool {
	target, length := o.spec.Preset.Video.BitRate, o.inspected.VideoDuration.Seconds()
	if target == 0 || length == 0 {
		return false
	}
	return float64(o.inspected.Probe.SizeBytes)*8/length > float64(target)*1000/2
}

// smallestVideo is the output with the fewest pixels a frame of those with video that are
// still to be made and not starved; -1 for none.
func (j *Job) smallestVideo() int {
	best, pixels := -1, 0
	for _, i := range j.open() {
		o := &j.outputs[i]
		if o.plan.Video == nil || o.starved() {
			continue
		}
		if n := o.plan.Video.Size.Width * o.plan.Video.Size.Height; best < 0 || n < pixels {
			best, pixels = i, n
		}
	}
	return best
}
