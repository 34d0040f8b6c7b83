package worker

import (
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// obey begins to drain the worker, or lets it take jobs again. Orders come one at a time.
func (w *Worker) obey(o task.Order) {
	why := ""
	if o.Drain {
		why = "an operator drains it"
	}
	w.gate.set(drained, why)
	if w.late != nil {
		w.late.Stop()
		w.late = nil
	}
	if o.Drain {
		w.jobs.stop(errStopped, func(r *runningJob) bool { return !r.encoding() })
		if o.Grace != nil {
			w.late = time.AfterFunc(*o.Grace, func() {
				w.jobs.stop(errStopped, func(*runningJob) bool { return true })
			})
		}
	}
	w.Log.Info("worker told", "worker", w.ID, "drain", o.Drain)
	w.jobs.tell()
}
