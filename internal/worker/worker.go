// Package worker does the work of jobs: it takes tasks from the queue, claims
// them in the store, stages the inputs, probes, plans, runs ffmpeg, checks what
// came out, packages, publishes and finishes. Every write names the attempt, so
// that a worker which is late or thawed changes nothing.
package worker

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"

	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
)

// Store is the part of the state that a worker reads and writes. Every method
// that takes a claim returns [task.ErrLeaseLost], having changed nothing,
// when the task has passed to another attempt.
type Store interface {
	Claim(context.Context, task.ClaimRequest) (*task.Claim, task.ClaimOutcome, error)
	Confirm(context.Context, *task.Claim) error
	UpdateJob(context.Context, *task.Claim, []task.OutputResult, []api.DetectedProperties) error
	SetPublishing(context.Context, *task.Claim, []object.Key) error
	Finish(context.Context, *task.Claim, task.Result) error
	Release(context.Context, *task.Claim) error
	SaveProgress(context.Context, []task.Report) error
}

// Queue is the part of the task queue that a worker uses.
type Queue interface {
	Receive(context.Context) (task.Message, error)
	AckWait() time.Duration
	TellProgress(context.Context, task.Progress) error
	// Announce tells how many jobs the worker takes, to be renewed every
	// AnnounceEvery; no slots withdraw it.
	AnnounceEvery() time.Duration
	Announce(context.Context, task.WorkerStatus) error
	Wake(context.Context) error
}

// Observer is told what is worth counting. Its methods must not block.
type Observer interface {
	// JobFinished is called once for each job that this worker finished; standby
	// is how long it waited between submission and its first start.
	JobFinished(pipelineID string, result task.Result, standby time.Duration)
	// EncodeSpeed is seconds of media encoded in a second of time, by one step.
	EncodeSpeed(speed float64)
	// Running is how many jobs the worker has now.
	Running(jobs int)
}

// Config is what a worker is told. All members are required but Log and MemoryBytes.
type Config struct {
	// ID names the worker: unique for each start.
	ID string
	// Slots is how many jobs encode at the same time; one more is staged meanwhile.
	Slots int
	// Threads is how many threads one job's encoding may use.
	Threads int
	// MemoryBytes is what the encoding of all jobs together may need; a step waits
	// until its estimate fits. 0 is no bound.
	MemoryBytes int64
	// Scratch is the folder for work in progress; the worker makes one of its own in it.
	Scratch string
	// MaxAttempts bounds the attempts at a task.
	MaxAttempts int
	// Grace is how long running jobs may go on after the stop; what is not done
	// by then is handed back to the queue.
	Grace time.Duration
	// Speed is x264's preset name.
	Speed string
	// Limits bound the inputs.
	Limits job.Limits
	// AACFallback lets an explicit HE-AAC become AAC-LC, with a warning, where no
	// encoder for it is installed; else such an output fails.
	AACFallback bool
	Log         *slog.Logger
}

// Worker takes tasks and does them. Make one with [New].
type Worker struct {
	Config
	store     Store
	queue     Queue
	storage   Storage
	ffmpeg    job.FFmpeg
	keys      KeyService
	observer  Observer
	scratch   *scratch
	scheduler *job.Scheduler
	jobs      *runningJobs
}

// New makes a worker; nothing runs before [Worker.Run].
func New(cfg Config, store Store, queue Queue, storage Storage, ffmpeg job.FFmpeg, keys KeyService,
	observer Observer) *Worker {
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	cfg.MemoryBytes = cmp.Or(cfg.MemoryBytes, math.MaxInt64)
	cfg.Threads = max(cfg.Threads, 1)
	return &Worker{
		Config: cfg, store: store, queue: queue, storage: storage, ffmpeg: ffmpeg, keys: keys, observer: observer,
		scheduler: job.NewScheduler(cfg.Slots*cfg.Threads, cfg.MemoryBytes),
		jobs:      newRunningJobs(observer),
	}
}

// jobConfig is what all jobs of the worker have in common.
func (w *Worker) jobConfig() job.Config {
	return job.Config{
		FFmpeg: w.ffmpeg, Scheduler: w.scheduler, Threads: w.Threads, Speed: w.Speed,
		Limits: w.Limits, AACFallback: w.AACFallback,
	}
}

// Run works until ctx ends, then gives running jobs the grace, hands the rest
// back to the queue and returns. It returns an error only when it can't begin.
func (w *Worker) Run(ctx context.Context) error {
	s, err := openScratch(w.Scratch, w.ID)
	if err != nil {
		return err
	}
	w.scratch = s
	defer s.close()

	hard, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	context.AfterFunc(ctx, func() {
		time.AfterFunc(w.Grace, func() { stop(errStopped) })
	})

	reporting, endReports := context.WithCancel(hard)
	var reports, loops sync.WaitGroup
	reports.Go(func() { w.announce(reporting) })
	reports.Go(func() { w.saveProgress(reporting) })
	for range w.Slots + 1 { // one is staged while the others encode
		loops.Go(func() { w.take(ctx, hard) })
	}
	loops.Wait()
	endReports()
	reports.Wait()
	return nil
}
