package job

import (
	"sync"

	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Progress is how far a job is. It is safe for use by several goroutines.
type Progress struct {
	mu      sync.Mutex
	stands  task.Progress
	weights []float64 // of each output, by its work
	// parts is how much of each output its steps have done, in percent of the output.
	parts []map[string]float64
}

func newProgress(spec transcode.JobSpec) *Progress {
	p := &Progress{stands: task.Progress{JobID: spec.ID, Status: transcode.Progressing}}
	for _, o := range spec.Outputs {
		p.stands.Outputs = append(p.stands.Outputs,
			task.OutputProgress{ID: o.ID, Key: o.Key, Status: transcode.Progressing})
		p.weights = append(p.weights, 1)
		p.parts = append(p.parts, map[string]float64{})
	}
	return p
}

// Snapshot is how far the job is now; the attempt is left to the caller.
func (p *Progress) Snapshot() task.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	stands := p.stands
	stands.Outputs = append([]task.OutputProgress(nil), stands.Outputs...)
	return stands
}

// planned weighs the outputs by what they cost to make.
func (p *Progress) planned(made *plan.Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, out := range made.Outputs {
		p.weights[i] = out.Effort
	}
}

// undone forgets how far a step was whose outputs are made again, one by one.
func (p *Progress) undone(step plan.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range step.Outputs {
		delete(p.parts[i], step.Name)
	}
}

// stepped takes in how far a step is.
func (p *Progress) stepped(step plan.Step, now plan.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	percent := 0.0
	if step.Duration > 0 {
		percent = min(100*now.OutTime.Seconds()/step.Duration.Seconds(), 100)
	}
	if now.Done {
		percent = 100
	}
	var left *float64
	if now.Speed > 0 && step.Duration > 0 {
		left = new(max(0, (step.Duration-now.OutTime).Seconds()/now.Speed))
	}
	for _, i := range step.Outputs {
		p.parts[i][step.Name] = percent * step.Share
		sum := 0.0
		for _, part := range p.parts[i] {
			sum += part
		}
		o := &p.stands.Outputs[i]
		o.Percent, o.Speed, o.SecondsLeft = max(o.Percent, min(sum, 100)), now.Speed, left
	}
	p.stands.Speed, p.stands.SecondsLeft = now.Speed, left
	p.sum()
}

// sum makes the job's percent: that of its outputs, by weight.
func (p *Progress) sum() {
	var done, all float64
	for i, o := range p.stands.Outputs {
		done += p.weights[i] * o.Percent
		all += p.weights[i]
	}
	if all > 0 {
		p.stands.Percent = max(p.stands.Percent, done/all)
	}
}
