package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Ready tries whether ffmpeg runs in its sandbox. Where it does not, any more, both are
// looked for anew, so that what has been mended is found. The error wraps
// [plan.ErrUnready], or is that of ctx.
func (r *Runner) Ready(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tools != nil && r.works(ctx, r.tools) {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.tools, r.basics, r.caps = nil, nil, nil
	_, err := r.readyLocked(ctx)
	return unready(ctx, err)
}

// works tries the programs that were found, as they were.
func (r *Runner) works(ctx context.Context, found *tools) bool {
	if _, err := os.Stat(found.ffprobe); err != nil {
		return false
	}
	t := &tools{ffmpeg: found.ffmpeg, ffprobe: found.ffprobe, prlimit: found.prlimit}
	return r.tryout(ctx, t, found.box) == nil
}

// unready marks why programs can't be run; an error of ctx says nothing of them.
func unready(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%w: %w", plan.ErrUnready, err)
}

// checked tells what a run met: where nothing can be run any more that is the error, which is
// no fault of the job.
func (r *Runner) checked(ctx context.Context, err error) error {
	failed, ran := errors.AsType[*plan.RunError](err)
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, plan.ErrUnready), transcode.AsFailure(err) != nil:
		return err
	case ran && (failed.Changed || failed.DiskFull || failed.RetryAlone): // what ffmpeg says itself
		return err
	}
	if why := r.Ready(ctx); errors.Is(why, plan.ErrUnready) {
		return why
	}
	return err
}
