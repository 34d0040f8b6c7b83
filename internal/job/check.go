package job

import (
	"context"
	"errors"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// checkTogether is how much planned media is read by one process: beyond that,
// several processes at the same time gain more than their starts cost.
const checkTogether = 10 * time.Minute

// check reads every result from end to end and compares it with the plan.
func (j *Job) check(ctx context.Context) error {
	batches := j.checkBatches()
	err := parallel.Each(ctx, j.Threads, len(batches), func(ctx context.Context, n int) error {
		if len(batches[n]) == 1 {
			return j.checkOne(ctx, batches[n][0])
		}
		return j.checkLists(ctx, batches[n])
	})
	if err != nil {
		return err
	}
	return j.checkGrey(ctx)
}

// checkBatches divides the outputs that are still to be made: short lists of
// segments are read together, everything else by itself.
func (j *Job) checkBatches() (batches [][]int) {
	shared, length := -1, time.Duration(0)
	for _, i := range j.open() {
		out := j.outputs[i].plan
		if out.List != "" && shared >= 0 && length+out.Duration <= checkTogether {
			batches[shared] = append(batches[shared], i)
			length += out.Duration
			continue
		}
		batches = append(batches, []int{i})
		if out.List != "" {
			shared, length = len(batches)-1, out.Duration
		}
	}
	return batches
}

// checkLists checks lists of segments together, or one by one when one of them
// can't be read.
func (j *Job) checkLists(ctx context.Context, outputs []int) error {
	var lists []plan.Output
	for _, i := range outputs {
		lists = append(lists, j.outputs[i].plan)
	}
	found, err := j.FFmpeg.InspectLists(ctx, j.Folder.Path(""), lists)
	if err != nil && ctx.Err() == nil {
		j.Log.WarnContext(ctx, "inspect together", "err", err)
		for _, i := range outputs {
			if err := j.checkOne(ctx, i); err != nil {
				return err
			}
		}
		return nil
	}
	for n, got := range found {
		j.judge(ctx, outputs[n], got)
	}
	return err
}

func (j *Job) checkOne(ctx context.Context, i int) error {
	got, err := j.FFmpeg.Inspect(ctx, j.Folder.Path(""), j.outputs[i].plan)
	switch {
	case err == nil:
		j.judge(ctx, i, got)
	case ctx.Err() != nil, errors.Is(err, plan.ErrUnready), panicked(err):
		return err
	default:
		j.Log.ErrorContext(ctx, "inspect", "output", i+1, "err", err)
		j.outcome.Fail(ctx, i, transcode.Internal("The result could not be read back."))
	}
	return nil
}

func panicked(err error) bool {
	_, ok := errors.AsType[*parallel.Panic](err)
	return ok
}

// judge compares what was found in an output with its plan.
func (j *Job) judge(ctx context.Context, i int, got media.Inspection) {
	o := &j.outputs[i]
	got.DamagedFrames = o.damaged.Load()
	if f := plan.Check(o.plan, got); f != nil {
		j.outcome.Fail(ctx, i, f)
		return
	}
	o.inspected = got
}
