package worker

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// announce tells what the worker takes and has, at once on every change, and at the end
// that it takes none.
func (w *Worker) announce(ctx context.Context) {
	tick := time.NewTicker(w.queue.AnnounceEvery())
	defer tick.Stop()
	defer func() {
		w.settle(ctx, w.Log, "withdraw the worker", func(ctx context.Context) error {
			return w.queue.Announce(ctx, task.WorkerStatus{ID: w.ID})
		})
	}()
	for {
		if err := w.queue.Announce(ctx, w.status()); err != nil && ctx.Err() == nil {
			w.Log.WarnContext(ctx, "announce", "worker", w.ID, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.jobs.changed:
		}
	}
}

// status is what the worker is and does now.
func (w *Worker) status() task.WorkerStatus {
	leave, open := w.isolation.enter()
	if open {
		leave()
	}
	status := task.WorkerStatus{
		ID: w.ID, Slots: w.Slots + 1, Draining: w.gate.shut() || !open, Refusal: w.gate.refusal(),
		WorkerMachine: w.Machine,
	}
	if caps := w.caps.Load(); caps != nil {
		status.FFmpeg, status.Sandbox = caps.Version, caps.Sandbox
	}
	for _, r := range w.jobs.all() {
		status.Jobs = append(status.Jobs, task.WorkerJob{
			TaskID: r.claim.Task.ID, JobID: r.claim.Task.JobID, PipelineID: *r.claim.Job.PipelineId,
			Attempt: r.claim.Attempt, Began: r.began, Percent: r.percent(),
		})
	}
	status.Running = len(status.Jobs)
	return status
}
