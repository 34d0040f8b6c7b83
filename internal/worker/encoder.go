package worker

import (
	"context"
	"errors"
	"time"

	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/wait"
)

// mendEvery is how often an ffmpeg is tried that can't be run.
const mendEvery = 5 * time.Second

// watchFFmpeg lets no job begin while ffmpeg, or its sandbox, is broken, and learns what
// encodes when it is not.
func (w *Worker) watchFFmpeg(ctx context.Context) {
	for {
		w.lookAtFFmpeg(ctx)
		if wait.For(ctx, mendEvery) != nil {
			return
		}
	}
}

func (w *Worker) lookAtFFmpeg(ctx context.Context) {
	if w.gate.holds(noEncoder) {
		if w.ffmpeg.Ready(ctx) != nil {
			return
		}
		w.caps.Store(nil)
		w.shut(noEncoder, "")
	}
	if w.caps.Load() != nil {
		return
	}
	caps, err := w.ffmpeg.Caps(ctx)
	switch {
	case err == nil:
		w.caps.Store(&caps)
		w.observer.Confined(caps.Sandbox)
		w.jobs.tell()
	case errors.Is(err, plan.ErrUnready):
		w.broken(err)
	}
}

// broken lets no job begin until ffmpeg can be run again.
func (w *Worker) broken(err error) {
	w.observer.Confined("")
	w.shut(noEncoder, err.Error())
}
