package worker

import (
	"context"
	"fmt"

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
func (a *attempt) checkGrey(ctx context.Context) error {
	i := a.smallestVideo()
	if i < 0 {
		return nil
	}
	share, err := a.w.engine.GreyShare(ctx, a.dir, a.plan.GreyOutput(i))
	if err != nil || share < mostGrey {
		return a.unlooked(ctx, err)
	}
	for in := range a.probes {
		source, err := a.w.engine.GreyShare(ctx, a.dir, a.plan.GreyInput(i, in))
		if err != nil || source >= someGrey && a.plan.Outputs[i].Damaged(a.inspected[i]) < doubtful {
			return a.unlooked(ctx, err)
		}
	}
	for n, out := range a.plan.Outputs {
		if out.Video != nil && a.outputs[n].Status == transcode.Progressing {
			a.fail(n, transcode.DamagedInput(fmt.Sprintf("%.0f %% of its frames decode to an even grey", 100*share)))
		}
	}
	return nil
}

// unlooked logs why frames could not be looked at; what stops the attempt is returned.
func (a *attempt) unlooked(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "look for grey frames", "err", err)
		return nil
	}
	return err
}

// starved reports whether an output uses up the bits that its preset allows, so that a grey
// may be all that they buy: a real one costs next to nothing.
func (a *attempt) starved(i int) bool {
	target, length := a.spec.Outputs[i].Preset.Video.BitRate, a.inspected[i].VideoDuration.Seconds()
	if target == 0 || length == 0 {
		return false
	}
	return float64(a.inspected[i].Probe.SizeBytes)*8/length > float64(target)*1000/2
}

// smallestVideo is the output with the fewest pixels a frame of those with video that are
// still to be made and not starved; -1 for none.
func (a *attempt) smallestVideo() int {
	best, pixels := -1, 0
	for i, out := range a.plan.Outputs {
		if out.Video == nil || a.outputs[i].Status != transcode.Progressing || a.starved(i) {
			continue
		}
		if n := out.Video.Size.Width * out.Video.Size.Height; best < 0 || n < pixels {
			best, pixels = i, n
		}
	}
	return best
}
