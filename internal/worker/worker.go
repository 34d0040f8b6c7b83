// Package worker does the work of jobs: it takes tasks from the engine, claims
// them in the store, stages the inputs, probes, plans, runs ffmpeg, checks what
// came out, packages, publishes and finishes. Every write names the attempt, so
// that a worker which is late or thawed changes nothing.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
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
	SaveProgress(context.Context, []task.Progress) error
}

// Queue is the part of the engine that a worker uses.
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

// Engine runs ffmpeg.
type Engine interface {
	Caps(context.Context) (media.Caps, error)
	Probe(ctx context.Context, dir, name string, hint media.Hint) (media.Probe, error)
	// CEA reads the cc_data that come with the pictures of an input.
	CEA(ctx context.Context, dir, name string, p media.Probe) ([]caption.Picture, error)
	Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error
	Inspect(ctx context.Context, dir string, out plan.Output) (media.Inspection, error)
	// GreyShare is the share of even grey frames, 0 to 1, in what a step of
	// [plan.Plan.GreyOutput] or [plan.Plan.GreyInput] looks at.
	GreyShare(ctx context.Context, dir string, step plan.Step) (float64, error)
	// InspectLists is Inspect for outputs that are lists of segments, all at once.
	InspectLists(ctx context.Context, dir string, outs []plan.Output) ([]media.Inspection, error)
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
	Limits Limits
	// AACFallback lets an explicit HE-AAC become AAC-LC, with a warning, where no
	// encoder for it is installed; else such an output fails.
	AACFallback bool
	Log         *slog.Logger
}

// Worker takes tasks and does them. Make one with [New].
type Worker struct {
	Config
	store    Store
	queue    Queue
	storage  Storage
	engine   Engine
	keys     KeyService
	observer Observer
	scratch  *scratch
	room     *room
	board    *board
}

// New makes a worker; nothing runs before [Worker.Run].
func New(cfg Config, store Store, queue Queue, storage Storage, engine Engine, keys KeyService, observer Observer) *Worker {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MemoryBytes == 0 {
		cfg.MemoryBytes = math.MaxInt64
	}
	return &Worker{
		Config: cfg, store: store, queue: queue, storage: storage, engine: engine, keys: keys, observer: observer,
		room:  newRoom(cfg.Slots*max(cfg.Threads, 1), cfg.MemoryBytes),
		board: newBoard(),
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

// take receives and handles one delivery after the other until ctx ends; what
// it has begun by then goes on until hard ends.
func (w *Worker) take(ctx, hard context.Context) {
	for ctx.Err() == nil {
		d, err := w.queue.Receive(ctx)
		if err != nil {
			if ctx.Err() == nil {
				w.Log.ErrorContext(ctx, "receive", "worker", w.ID, "err", err)
				_ = wait(ctx, time.Second) // the loop looks at ctx
			}
			continue
		}
		if ctx.Err() != nil { // stopped while it came in: leave it to others
			w.settle(ctx, w.Log, "give back", func(ctx context.Context) error { return d.Nak(ctx, 0) })
			return
		}
		w.handle(hard, d)
	}
}

// handle claims the delivery's task and, if it is ours, does it.
func (w *Worker) handle(ctx context.Context, d task.Message) {
	received := time.Now()
	log := w.Log.With("task", d.Admission().TaskID, "worker", w.ID)
	claim, outcome, err := w.claim(ctx, d)
	switch {
	case err != nil:
		log.ErrorContext(ctx, "claim", "err", err)
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return d.Nak(ctx, time.Second) })
	case outcome == task.Defer:
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return d.Nak(ctx, w.queue.AckWait()) })
	case outcome == task.Drop:
		w.settle(ctx, log, "acknowledge", d.Ack)
		w.wakeRelay(ctx, log)
	default:
		w.attempt(ctx, d, received, claim)
	}
}

// claim asks the store for the delivery's task, for less than the ack wait: a claim
// that came later would be of a delivery that others may have by then.
func (w *Worker) claim(ctx context.Context, d task.Message) (*task.Claim, task.ClaimOutcome, error) {
	ctx, cancel := context.WithTimeout(ctx, w.queue.AckWait()*2/3)
	defer cancel()
	return w.store.Claim(ctx, task.ClaimRequest{
		Admission: d.Admission(), Delivered: d.Count(), Worker: w.ID, MaxAttempts: w.MaxAttempts})
}

// attempt does a claimed task and settles its delivery, which came at received.
func (w *Worker) attempt(ctx context.Context, d task.Message, received time.Time, claim *task.Claim) {
	log := w.Log.With("job", *claim.Job.Id, "pipeline", *claim.Job.PipelineId, "attempt", claim.Attempt)
	ticket := w.board.begin(w, claim)
	defer w.board.end(w, ticket)

	held, lease := holdLease(ctx, d, received, w.queue.AckWait(),
		func(ctx context.Context) error { return w.store.Confirm(ctx, claim) })
	defer lease.release()
	log.InfoContext(ctx, "job begins", "worker", w.ID)

	a := &attempt{w: w, claim: claim, objects: w.storage(roleOf(claim)), keys: w.keys(roleOf(claim)), lease: lease, ticket: ticket, log: log}
	result, err := a.run(held)
	a.clean()
	if err == nil {
		err = patiently(held, func(ctx context.Context) error { return w.store.Finish(ctx, claim, result) })
	}
	if cause := context.Cause(held); err != nil && cause != nil {
		err = cause
	}
	lease.release()
	w.conclude(context.WithoutCancel(ctx), log, d, claim, result, err)
}

// conclude settles the delivery of an attempt that ended with err.
func (w *Worker) conclude(ctx context.Context, log *slog.Logger, d task.Message, claim *task.Claim,
	result task.Result, err error) {
	switch {
	case err == nil:
		log.InfoContext(ctx, "job ends", "status", result.Status(), "detail", firstDetail(result))
		w.observer.JobFinished(*claim.Job.PipelineId, result, standby(claim))
		w.settle(ctx, log, "acknowledge", d.Ack)
		w.wakeRelay(ctx, log)
	case errors.Is(err, task.ErrLeaseLost), errors.Is(err, errLeaseExpired):
		// Neither acknowledge nor extend: the message belongs to the next holder.
		log.WarnContext(ctx, "attempt given up", "err", err)
	case errors.Is(err, errStopped):
		log.InfoContext(ctx, "job handed back")
		if err := w.store.Release(ctx, claim); err != nil {
			log.ErrorContext(ctx, "hand back", "err", err)
			return
		}
		w.settle(ctx, log, "acknowledge", d.Ack)
		w.wakeRelay(ctx, log)
	default:
		log.ErrorContext(ctx, "attempt failed", "err", err)
		w.settle(ctx, log, "give back", func(ctx context.Context) error { return d.Nak(ctx, retryDelay(claim.Attempt)) })
	}
}

// patiently does a write of an attempt, over again while the database is away and
// the lease holds: what has been encoded is not given up for an outage.
func patiently(ctx context.Context, write func(context.Context) error) error {
	for {
		err := write(ctx)
		if !errors.Is(err, transcode.ErrUnavailable) || wait(ctx, time.Second) != nil {
			return err
		}
	}
}

// settleTimeout bounds one word to the engine; it redelivers what it did not hear.
const settleTimeout = 5 * time.Second

func (w *Worker) settle(ctx context.Context, log *slog.Logger, what string, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := do(ctx); err != nil {
		log.WarnContext(ctx, "the engine did not confirm", "what", what, "err", err)
	}
}

func (w *Worker) wakeRelay(ctx context.Context, log *slog.Logger) {
	if err := w.queue.Wake(context.WithoutCancel(ctx)); err != nil {
		log.WarnContext(ctx, "wake the dispatcher", "err", err)
	}
}

// retryDelay spaces the attempts after faults of our own: 1 s, 2 s, 4 s, ... at most a minute.
func retryDelay(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 6), time.Minute)
}

func standby(claim *task.Claim) time.Duration {
	t := claim.Job.Timing
	if t == nil || t.SubmitTimeMillis == nil || t.StartTimeMillis == nil {
		return 0
	}
	return time.Duration(*t.StartTimeMillis-*t.SubmitTimeMillis) * time.Millisecond
}

func firstDetail(r task.Result) string {
	for _, o := range r.Outputs {
		if o.Status == transcode.Errored {
			return o.Detail
		}
	}
	return ""
}

// wait returns after d, or earlier with the context's error.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
