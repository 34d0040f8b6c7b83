package job

import (
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// progressOf is that of a job with so many outputs.
func progressOf(outputs int) *Progress {
	spec := transcode.JobSpec{ID: "1500000000000-abcdef"}
	for range outputs {
		spec.Outputs = append(spec.Outputs, transcode.OutputSpec{ID: "1", Key: "k"})
	}
	return newProgress(spec)
}

func TestProgressIsWeighedByWork(t *testing.T) {
	t.Parallel()
	progress := progressOf(3)
	progress.planned(&plan.Plan{Outputs: []plan.Output{{Effort: 30}, {Effort: 10}, {}}})
	progress.stepped(plan.Step{Outputs: []int{0}, Duration: 10 * time.Second, Share: 1},
		plan.Progress{OutTime: 5 * time.Second, Speed: 2})
	p := progress.Snapshot()
	if p.Percent != 37.5 { // half of three quarters; the failed output has no work
		t.Errorf("%v %% of the job, want 37.5", p.Percent)
	}
	if p.SecondsLeft == nil || *p.SecondsLeft != 2.5 {
		t.Errorf("seconds left %v, want 2.5", p.SecondsLeft)
	}
}

func TestProgressNeverGoesBack(t *testing.T) {
	t.Parallel()
	progress := progressOf(1)
	step := plan.Step{Outputs: []int{0}, Duration: 10 * time.Second, Share: 1}
	progress.stepped(step, plan.Progress{OutTime: 8 * time.Second})
	progress.stepped(step, plan.Progress{OutTime: 2 * time.Second}) // the output is done again alone
	if p := progress.Snapshot(); p.Percent != 80 || p.Outputs[0].Percent != 80 {
		t.Errorf("%v %%, output %v %%; want 80", p.Percent, p.Outputs[0].Percent)
	}
	progress.stepped(step, plan.Progress{OutTime: 12 * time.Second, Done: true})
	if p := progress.Snapshot(); p.Percent != 100 {
		t.Errorf("%v %% at the end", p.Percent)
	}
}
