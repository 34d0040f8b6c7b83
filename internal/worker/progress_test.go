package worker

import (
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

type noObserver struct{}

func (noObserver) JobFinished(string, task.Result, time.Duration) {}
func (noObserver) EncodeSpeed(float64)                            {}
func (noObserver) Running(int)                                    {}

func newTicket(outputs int) *ticket {
	job := &api.Job{Id: new("1500000000000-abcdef")}
	for range outputs {
		job.Outputs = append(job.Outputs, api.JobOutput{Id: new("1"), Key: new("k")})
	}
	return newBoard().begin(&Worker{observer: noObserver{}}, &task.Claim{Job: job, Attempt: 1})
}

func picture(w, h int) plan.Output {
	return plan.Output{Video: &plan.Video{Size: media.Size{Width: w, Height: h}, FrameRate: media.NewRational(25, 1)}}
}

func TestProgressIsWeighedByWork(t *testing.T) {
	t.Parallel()
	ticket := newTicket(3)
	ticket.planned(&plan.Plan{Outputs: []plan.Output{picture(300, 100), picture(100, 100),
		{Failure: transcode.Mismatch("no picture")}}})
	ticket.stepped(plan.Step{Outputs: []int{0}, Duration: 10 * time.Second, Share: 1}, plan.Progress{OutTime: 5 * time.Second, Speed: 2})
	p := ticket.snapshot()
	if p.Percent != 37.5 { // half of three quarters; the failed output has no work
		t.Errorf("%v %% of the job, want 37.5", p.Percent)
	}
	if p.SecondsLeft == nil || *p.SecondsLeft != 2.5 {
		t.Errorf("seconds left %v, want 2.5", p.SecondsLeft)
	}
}

func TestProgressNeverGoesBack(t *testing.T) {
	t.Parallel()
	ticket := newTicket(1)
	step := plan.Step{Outputs: []int{0}, Duration: 10 * time.Second, Share: 1}
	ticket.stepped(step, plan.Progress{OutTime: 8 * time.Second})
	ticket.stepped(step, plan.Progress{OutTime: 2 * time.Second}) // the output is done again alone
	if p := ticket.snapshot(); p.Percent != 80 || p.Outputs[0].Percent != 80 {
		t.Errorf("%v %%, output %v %%; want 80", p.Percent, p.Outputs[0].Percent)
	}
	ticket.stepped(step, plan.Progress{OutTime: 12 * time.Second, Done: true})
	if p := ticket.snapshot(); p.Percent != 100 {
		t.Errorf("%v %% at the end", p.Percent)
	}
}
