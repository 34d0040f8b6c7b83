package worker

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// checkTogether is how much planned media is read by one process: beyond that,
// several processes at the same time gain more than their starts cost.
const checkTogether = 10 * time.Minute

// check reads every result from end to end and compares it with the plan.
func (a *attempt) check(ctx context.Context) error {
	batches := a.checkBatches()
	err := eachOf(ctx, a.w.Threads, len(batches), func(ctx context.Context, i int) error {
		if len(batches[i]) == 1 {
			return a.checkOne(ctx, batches[i][0])
		}
		return a.checkLists(ctx, batches[i])
	})
	if err != nil {
		return err
	}
	return a.checkGrey(ctx)
}

// checkBatches divides the outputs that are still to be made: short lists of
// segments are read together, everything else by itself.
func (a *attempt) checkBatches() (batches [][]int) {
	shared, length := -1, time.Duration(0)
	for i, out := range a.plan.Outputs {
		switch {
		case a.outputs[i].Status != transcode.Progressing:
		case out.List != "" && shared >= 0 && length+out.Duration <= checkTogether:
			batches[shared] = append(batches[shared], i)
			length += out.Duration
		default:
			batches = append(batches, []int{i})
			if out.List != "" {
				shared, length = len(batches)-1, out.Duration
			}
		}
	}
	return batches
}

// checkLists checks lists of segments together, or one by one when one of them
// can't be read.
func (a *attempt) checkLists(ctx context.Context, outputs []int) error {
	var lists []plan.Output
	for _, i := range outputs {
		lists = append(lists, a.plan.Outputs[i])
	}
	found, err := a.w.engine.InspectLists(ctx, a.dir, lists)
	if err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "inspect together", "err", err)
		for _, i := range outputs {
			if err := a.checkOne(ctx, i); err != nil {
				return err
			}
		}
		return nil
	}
	for n, got := range found {
		a.judge(outputs[n], got)
	}
	return err
}

func (a *attempt) checkOne(ctx context.Context, i int) error {
	got, err := a.w.engine.Inspect(ctx, a.dir, a.plan.Outputs[i])
	switch {
	case err == nil:
		a.judge(i, got)
	case ctx.Err() != nil:
		return err
	default:
		a.log.ErrorContext(ctx, "inspect", "output", i+1, "err", err)
		a.fail(i, transcode.Internal("The result could not be read back."))
	}
	return nil
}

// judge compares what was found in an output with its plan.
func (a *attempt) judge(i int, got media.Inspection) {
	got.DamagedFrames = a.damaged[i].Load()
	if f := plan.Check(a.plan.Outputs[i], got); f != nil {
		a.fail(i, f)
		return
	}
	a.inspected[i] = got
}
