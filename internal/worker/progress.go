package worker

import (
	"cmp"
	"context"
	"maps"
	"slices"
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
	order int64
	claim *task.Claim
	began time.Time
	// end ends the attempt, for a cause; fail ends the work of it, which is then a failure.
	end, fail context.CancelCauseFunc
	share     *share
	mu        sync.Mutex
	job       *job.Job // nil as long as the job is not read
}

func (r *runningJobs) begin(claim *task.Claim, share *share, end, fail context.CancelCauseFunc) *runningJob {
	r.mu.Lock()
	r.last++
	begun := &runningJob{order: r.last, claim: claim, began: time.Now(), share: share, end: end, fail: fail}
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

// tell reports that a job has begun or ended.
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

// all lists the jobs in the order of their claims.
func (r *runningJobs) all() []*runningJob {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.jobs), func(a, b *runningJob) int { return cmp.Compare(a.order, b.order) })
}

// stop ends the attempts at those jobs that which chooses.
func (r *runningJobs) stop(cause error, which func(*runningJob) bool) {
	for _, running := range r.all() {
		if which(running) {
			running.end(cause)
		}
	}
}

// snapshot is how far all jobs are.
func (r *runningJobs) snapshot() []task.Report {
	var all []task.Report
	for _, running := range r.all() {
		if j := running.following(); j != nil {
			stands := j.Progress().Snapshot()
			stands.Attempt = running.claim.Attempt
			all = append(all, task.Report{TaskID: running.claim.Task.ID, Progress: stands})
		}
	}
	return all
}

// follow says where it is to be read how far the job is.
func (r *runningJob) follow(j *job.Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.job = j
}

func (r *runningJob) following() *job.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.job
}

// encoding reports whether something of the job is encoded.
func (r *runningJob) encoding() bool { return r.percent() > 0 }

func (r *runningJob) percent() float64 {
	if j := r.following(); j != nil {
		return j.Progress().Snapshot().Percent
	}
	return 0
}

// made is what the job has made so far.
func (r *runningJob) made() (made job.Made) {
	if j := r.following(); j != nil {
		made = j.Made()
	}
	return made
}

// progressEvery is how often progress is told and stored.
const progressEvery = time.Second

// saveProgress tells and stores the progress of all running jobs once a
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

func (w *Worker) tellProgress(ctx context.Context, all []task.Report) {
	for _, p := range all {
		if err := w.queue.TellProgress(ctx, p.Progress); err != nil {
			w.Log.DebugContext(ctx, "progress not told", "job", p.JobID, "err", err)
		}
	}
	saving, cancel := context.WithTimeout(ctx, progressEvery/2)
	defer cancel()
	if err := w.store.SaveProgress(saving, all); err != nil {
		w.Log.DebugContext(ctx, "progress not stored", "err", err)
	}
}
