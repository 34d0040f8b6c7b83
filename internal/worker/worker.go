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
	"sync/atomic"
	"time"

	"github.com/reelastic/reelastic/api"

	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
)

// Store is the part of the state that a worker reads and writes. Every method
// that takes a claim returns [task.ErrLeaseLost], having changed nothing,
// when the task has passed to another attempt, or [task.ErrCanceled] when its job was
// canceled.
type Store interface {
	Claim(context.Context, task.ClaimRequest) (*task.Claim, task.ClaimOutcome, error)
	Confirm(context.Context, *task.Claim) error
	UpdateJob(context.Context, *task.Claim, []task.OutputResult, []api.DetectedProperties) error
	SetPublishing(context.Context, *task.Claim, []object.Key) error
	Finish(context.Context, *task.Claim, task.Result) error
	Release(context.Context, *task.Claim) error
	// CountAttempt lets the attempt count when it is lost: it is alone by now, or has failed
	// for a reason of its own.
	CountAttempt(context.Context, *task.Claim) error
	SaveProgress(context.Context, []task.Report) error
	// SaveFault keeps what went wrong with an attempt.
	SaveFault(context.Context, *task.Claim, task.Fault) error
	// ForgetLeftover tells that nothing is left of a canceled job.
	ForgetLeftover(ctx context.Context, jobID string) error
}

// Queue is the part of the task queue that a worker uses.
type Queue interface {
	Receive(context.Context) (task.Message, error)
	// Left is how many tasks lie there that no caller of Receive has waited for, ReceiveLeft
	// returns one of them, nil if there is none.
	Left(context.Context) (int, error)
	ReceiveLeft(context.Context) (task.Message, error)
	AckWait() time.Duration
	TellProgress(context.Context, task.Progress) error
	// Announce tells how many jobs the worker takes, to be renewed every
	// AnnounceEvery; no slots withdraw it.
	AnnounceEvery() time.Duration
	Announce(context.Context, task.WorkerStatus) error
	// Orders has obey called for each order to the worker until ctx ends.
	Orders(ctx context.Context, workerID string, obey func(task.Order)) error
	// Canceled has hear called with the id of each job that is canceled, until ctx ends.
	// It may miss some.
	Canceled(ctx context.Context, hear func(jobID string)) error
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
	// Confined is what confines ffmpeg, as [media.Caps] names it; "" where it can't be run.
	Confined(sandbox string)
}

// Config is what a worker is told. All members are required but Machine, Log and MemoryBytes.
type Config struct {
	// ID names the worker: unique for each start.
	ID string
	// Machine is what the worker tells of its surroundings. The worker itself fills in what
	// it learns of ffmpeg, and the rest of what is left zero.
	Machine task.WorkerMachine
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
	// InPlaceBytes is that of [job.Config].
	InPlaceBytes int64
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
	room      *room
	isolation isolation
	claiming  sync.Mutex
	slots     slots
	gate      gate
	// late hands back what outlasts the grace of a drain; nil for none.
	late *time.Timer
	// caps is what encodes; nil while that is not known.
	caps atomic.Pointer[media.Caps]
}

// New makes a worker; nothing runs before [Worker.Run].
func New(cfg Config, store Store, queue Queue, storage Storage, ffmpeg job.FFmpeg, keys KeyService,
	observer Observer) *Worker {
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	cfg.Machine.MemoryBytes = cfg.MemoryBytes
	cfg.MemoryBytes = cmp.Or(cfg.MemoryBytes, math.MaxInt64)
	cfg.Threads = max(cfg.Threads, 1)
	return &Worker{
		Config: cfg, store: store, queue: queue, storage: storage, ffmpeg: ffmpeg, keys: keys, observer: observer,
		scheduler: job.NewScheduler(cfg.Slots*cfg.Threads, cfg.MemoryBytes),
		jobs:      newRunningJobs(observer),
		slots:     slots{count: cfg.Slots},
		room:      newRoom(cfg.Scratch),
	}
}

// jobConfig is what all jobs of the worker have in common.
func (w *Worker) jobConfig() job.Config {
	return job.Config{
		FFmpeg: w.ffmpeg, Scheduler: w.scheduler, Threads: w.Threads, Speed: w.Speed,
		Limits: w.Limits, InPlaceBytes: w.InPlaceBytes, AACFallback: w.AACFallback,
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
	w.Machine.Started = time.Now()
	w.lookAtRoom()

	hard, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	context.AfterFunc(ctx, func() {
		time.AfterFunc(w.Grace, func() { stop(errStopped) })
	})

	reporting, endReports := context.WithCancel(hard)
	defer endReports()
	if err := w.listen(reporting); err != nil {
		return err
	}
	var reports, loops sync.WaitGroup
	reports.Go(func() { w.watchFFmpeg(reporting) })
	reports.Go(func() { w.watchStore(reporting) })
	reports.Go(func() { w.announce(reporting) })
	reports.Go(func() { w.saveProgress(reporting) })
	reports.Go(func() { w.watchRoom(reporting) })
	for range w.Slots + 1 { // one is staged while the others encode
		loops.Go(func() { w.take(ctx, hard) })
	}
	loops.Wait()
	endReports()
	reports.Wait()
	return nil
}

// listen hears what the worker is told until ctx ends.
func (w *Worker) listen(ctx context.Context) error {
	if err := w.queue.Orders(ctx, w.ID, w.obey); err != nil {
		return err
	}
	return w.queue.Canceled(ctx, w.canceled)
}
