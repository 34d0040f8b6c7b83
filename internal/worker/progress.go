package worker

import (
	"context"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// board knows the jobs that the worker has and how far they are.
type board struct {
	mu   sync.Mutex
	last int64
	jobs map[int64]*ticket
	// changed is signalled, without blocking, when a job begins or ends.
	changed chan struct{}
}

func newBoard() *board {
	return &board{jobs: map[int64]*ticket{}, changed: make(chan struct{}, 1)}
}

// ticket is one running job: its place in claim order, and its progress.
type ticket struct {
	number   int64
	mu       sync.Mutex
	progress task.Progress
	weight   []float64 // of each output, by its work
	// parts is how much of each output its steps have done, in percent of the output.
	parts []map[string]float64
}

func (b *board) begin(w *Worker, c *task.Claim) *ticket {
	t := &ticket{progress: task.Progress{JobID: *c.Job.Id, Status: transcode.Progressing, Attempt: c.Attempt}}
	for _, o := range c.Job.Outputs {
		t.progress.Outputs = append(t.progress.Outputs,
			task.OutputProgress{ID: *o.Id, Key: *o.Key, Status: transcode.Progressing})
		t.weight = append(t.weight, 1)
		t.parts = append(t.parts, map[string]float64{})
	}
	b.mu.Lock()
	b.last++
	t.number = b.last
	b.jobs[t.number] = t
	running := len(b.jobs)
	b.mu.Unlock()
	b.signal()
	w.observer.Running(running)
	return t
}

func (b *board) end(w *Worker, t *ticket) {
	b.mu.Lock()
	delete(b.jobs, t.number)
	running := len(b.jobs)
	b.mu.Unlock()
	b.signal()
	w.observer.Running(running)
}

func (b *board) signal() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

func (b *board) running() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.jobs)
}

func (b *board) snapshot() []task.Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]task.Progress, 0, len(b.jobs))
	for _, t := range b.jobs {
		all = append(all, t.snapshot())
	}
	return all
}

// planned weighs the outputs by the pictures and sound they have to make.
func (t *ticket) planned(p *plan.Plan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, out := range p.Outputs {
		switch {
		case out.Failure != nil:
			t.weight[i] = 0
		case out.Video != nil:
			t.weight[i] = float64(out.Video.Size.Width*out.Video.Size.Height) * out.Video.FrameRate.Float()
		default:
			t.weight[i] = 1e4 // sound alone is cheap
		}
	}
}

// undone forgets how far a step was whose outputs are made again, one by one.
func (t *ticket) undone(step plan.Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, i := range step.Outputs {
		delete(t.parts[i], step.Name)
	}
}

// stepped takes in how far a step is.
func (t *ticket) stepped(step plan.Step, p plan.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	percent := 0.0
	if step.Duration > 0 {
		percent = min(100*p.OutTime.Seconds()/step.Duration.Seconds(), 100)
	}
	if p.Done {
		percent = 100
	}
	var left *float64
	if p.Speed > 0 && step.Duration > 0 {
		left = new(max(0, (step.Duration-p.OutTime).Seconds()/p.Speed))
	}
	for _, i := range step.Outputs {
		o, sum := &t.progress.Outputs[i], 0.0
		t.parts[i][step.Name] = percent * step.Share
		for _, part := range t.parts[i] {
			sum += part
		}
		o.Percent, o.Speed, o.SecondsLeft = max(o.Percent, min(sum, 100)), p.Speed, left
	}
	t.progress.Speed, t.progress.SecondsLeft = p.Speed, left
	t.sum()
}

// sum is the job's percent: that of its outputs, by weight.
func (t *ticket) sum() {
	var done, all float64
	for i, o := range t.progress.Outputs {
		done += t.weight[i] * o.Percent
		all += t.weight[i]
	}
	if all > 0 {
		t.progress.Percent = max(t.progress.Percent, done/all)
	}
}

func (t *ticket) snapshot() task.Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.progress
	p.Outputs = append([]task.OutputProgress(nil), p.Outputs...)
	return p
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
		all := w.board.snapshot()
		if len(all) == 0 {
			continue
		}
		for _, p := range all {
			if err := w.queue.TellProgress(ctx, p); err != nil {
				w.Log.DebugContext(ctx, "progress not published", "job", p.JobID, "err", err)
			}
		}
		saving, cancel := context.WithTimeout(ctx, progressEvery/2)
		if err := w.store.SaveProgress(saving, all); err != nil {
			w.Log.DebugContext(ctx, "progress not stored", "err", err)
		}
		cancel()
	}
}

// announce tells the dispatcher how many jobs the worker takes and has, at once on
// every change, and at the end that it takes none.
func (w *Worker) announce(ctx context.Context) {
	tick := time.NewTicker(w.queue.AnnounceEvery())
	defer tick.Stop()
	defer func() {
		w.settle(ctx, w.Log, "withdraw the worker", func(ctx context.Context) error {
			return w.queue.Announce(ctx, task.WorkerStatus{ID: w.ID})
		})
	}()
	for {
		status := task.WorkerStatus{ID: w.ID, Slots: w.Slots + 1, Running: w.board.running()}
		if err := w.queue.Announce(ctx, status); err != nil && ctx.Err() == nil {
			w.Log.WarnContext(ctx, "announce", "worker", w.ID, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.board.changed:
		}
	}
}
