package job

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// output is one output of the job, filled in by one stage after the other.
type output struct {
	spec       transcode.OutputSpec
	encryption packaging.Encryption
	// merged are the captions by input, on the input's own timeline; tracks on the output's.
	merged []captionSet
	tracks []caption.Track
	plan   plan.Output
	// damaged counts the frames that its step reported as such.
	damaged   atomic.Int64
	inspected media.Inspection
}

// open are the indexes of the outputs that are still to be made.
func (j *Job) open() (all []int) {
	for i := range j.outputs {
		if j.outcome.Open(i) {
			all = append(all, i)
		}
	}
	return all
}

// whole reports whether an output shows all of every input.
func (j *Job) whole(i int) bool {
	clipped := func(in input) bool { return !in.spec.Clip.Whole() }
	return j.outputs[i].spec.Clip.Whole() && !slices.ContainsFunc(j.inputs, clipped)
}

// figures are those of an output that is made, of so many bytes.
func (o *output) figures(sizeBytes int64) task.OutputResult {
	r := task.OutputResult{
		Detail: plan.Remark(o.plan, o.inspected), FileSizeBytes: sizeBytes, Duration: o.audioDuration(),
	}
	if video := o.plan.Video; video != nil {
		r.Size, r.FrameRate = video.Size, video.FrameRate
		r.Duration = framesDuration(o.inspected.VideoFrames, video.FrameRate)
		r.ColorSpaceConversion = string(video.Conversion)
	}
	return r
}

// audioDuration is how long the audio of an output is: as long as the inputs' where the
// result holds that and the last block.
func (o *output) audioDuration() time.Duration {
	const block = 100 * time.Millisecond
	have, want := o.inspected.AudioDuration(), o.plan.Audio
	if want == nil || want.Duration <= 0 || (have-want.Duration).Abs() > block {
		return have
	}
	return want.Duration
}

// framesDuration is how long a number of frames lasts at a constant rate.
func framesDuration(frames int64, rate media.Rational) time.Duration {
	if rate.IsZero() {
		return 0
	}
	seconds := media.NewRational(frames, 1).Div(rate)
	return time.Duration(seconds.Mul(media.NewRational(int64(time.Second), 1)).RoundHalfUp())
}
