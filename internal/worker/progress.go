package worker

import (
	"context"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/task"
)

// runningJobs knows the jobs that the worker has and how far they are.
type runningJobs struct {
	observer Observer
	mu       sync.Mutex
	last     int64
	jobs     map[int64]*runningJob
	// changed is signalled, without blocking, when a job begins or ends.
	changed chan struct{}
}

func newRunningJobs(observer Observer) *runningJobs {
	return &runningJobs{observer: observer, jobs: map[int64]*runningJob{}, changed: make(chan struct{}, 1)}
}

// runningJob is one of them: its place in the order of claims, and its progress.
type runningJob struct {
	order   int64
	attempt int
	mu      sync.Mutex
	job     *job.Progress // nil as long as the job is not read
}

func (r *runningJobs) begin(attempt int) *runningJob {
	r.mu.Lock()
	r.last++
	begun := &runningJob{order: r.last, attempt: attempt}
	r.jobs[begun.order] = begun
	r.mu.Unlock()
	r.tell()
	return begun
}

func (r *runningJobs) end(ended *runningJob) {
	r.mu.Lock()
	delete(r.jobs, ended.order)
	r.mu.Unlock()
	r.tell()
}

// tell tells that a job has begun or ended.
func (r *runningJobs) tell() {
	r.observer.Running(r.count())
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *runningJobs) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.jobs)
}

// snapshot is how far all jobs are.
func (r *runningJobs) snapshot() []task.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]task.Progress, 0, len(r.jobs))
	for _, running := range r.jobs {
		if progress := running.following(); progress != nil {
			stands := progress.Snapshot()
			stands.Attempt = running.attempt
			all = append(all, stands)
		}
	}
	return all
}

// follow says where the job's progress is to be read.
func (r *runningJob) follow(progress *job.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.job = progress
}

func (r *runningJob) following() *job.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.job
}

// progressEvery is how often progress is published and stored.
const progressEvery = time.Second

// saveProgress publishes and stores the progress of all running jobs once a
// second. Both are best effort: the next second says it again.
func (w *Worker) saveProgress(ctx context.Context) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if all := w.jobs.snapshot(); len(all) > 0 {
			w.tellProgress(ctx, all)
		}
	}
}

func (w *Worker) tellProgress(ctx context.Context, all []task.Progress) {
	for _, p := range all {
		if err := w.queue.TellProgress(ctx, p); err != nil {
			w.Log.DebugContext(ctx, "progress not published", "job", p.JobID, "err", err)
		}
	}
	saving, cancel := context.WithTimeout(ctx, progressEvery/2)
	defer cancel()
	if err := w.store.SaveProgress(saving, all); err != nil {
		w.Log.DebugContext(ctx, "progress not stored", "err", err)
	}
}
