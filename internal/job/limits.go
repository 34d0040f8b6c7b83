package job

import (
	"context"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Limits bound the inputs of jobs. 0 is no bound.
type Limits struct {
	// Bytes is of one input file, Pixels of its frames, Streams how many it may
	// have, of whatever kind.
	Bytes, Pixels int64
	Streams       int
	// Duration is how long one input may last.
	Duration time.Duration
}

// checkSizes refuses objects that are too large, before any is fetched. What is
// missing is told by who needs it.
func (j *Job) checkSizes(ctx context.Context) error {
	limit, total := j.Limits.Bytes, int64(0)
	for i, in := range j.inputs {
		info, err := j.Objects.Stat(ctx, j.InputBucket, in.spec.Key)
		if err != nil {
			return err
		}
		if limit > 0 && info.SizeBytes > limit {
			return transcode.LargeInput(info.SizeBytes, limit)
		}
		j.inputs[i].sizeBytes = info.SizeBytes
		total += info.SizeBytes
	}
	if limit > 0 && total > limit {
		return transcode.CombinedSize(len(j.inputs), j.InputBucket, total, limit)
	}
	return nil
}

// checkProbes refuses inputs that are too large in what they hold.
func (j *Job) checkProbes(context.Context) error {
	for i, in := range j.inputs {
		f := j.Limits.refuse(in.probe)
		if f == nil {
			continue
		}
		if len(j.inputs) > 1 {
			f.Advice = fmt.Sprintf("Input %d: %s", i+1, f.Advice)
		}
		return f
	}
	return nil
}

func (l Limits) refuse(p media.Probe) *transcode.Failure {
	for _, v := range p.Video {
		pixels := int64(v.Coded.Width) * int64(v.Coded.Height)
		if l.Pixels > 0 && pixels > l.Pixels {
			return transcode.LargeFrame(fmt.Sprintf(
				"It has %s, which is %d pixels; the limit is %d (--max-input-pixels).", v.Coded, pixels, l.Pixels))
		}
	}
	switch {
	case l.Streams > 0 && p.Streams > l.Streams:
		return transcode.BadInput(fmt.Sprintf(
			"the file has %d streams; the limit is %d (--max-input-streams)", p.Streams, l.Streams))
	case l.Duration > 0 && p.Duration > l.Duration:
		return transcode.BadInput(fmt.Sprintf(
			"the file has a duration of %s; the limit is %s (--max-input-duration)",
			p.Duration.Round(time.Second), l.Duration))
	}
	return nil
}
