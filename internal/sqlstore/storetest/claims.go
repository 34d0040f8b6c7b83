package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// stages brings the n-th job to each state of its life, and
// says what a cancel and a delivery then do.
var stages = []struct {
	name          string
	reach         func(t *testing.T, s Store, n int) task.Admission
	status        transcode.Status
	cancel        error
	first, second task.ClaimOutcome // of the first and the second delivery
}{
	{"waiting", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		return task.Admission{TaskID: JobID(n), Number: 1}
	}, transcode.Submitted, nil, task.Drop, task.Drop},
	{"admitted", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		return admit(t, s)
	}, transcode.Submitted, nil, task.Claimed, task.Claimed},
	{"running", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		a := admit(t, s)
		claim(t, s, request(a, 1))
		return a
	}, transcode.Progressing, transcode.ErrInUse, task.Defer, task.Claimed},
	{"released", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		a := admit(t, s)
		must(t, s.Release(t.Context(), claim(t, s, request(a, 1))))
		return a
	}, transcode.Progressing, transcode.ErrInUse, task.Drop, task.Drop},
	{"admitted again, old message", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		a := admit(t, s)
		must(t, s.Release(t.Context(), claim(t, s, request(a, 1))))
		admit(t, s)
		return a
	}, transcode.Progressing, transcode.ErrInUse, task.Drop, task.Drop},
	{"complete", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		a := admit(t, s)
		c := claim(t, s, request(a, 1))
		must(t, s.Finish(t.Context(), c, complete(c.Job)))
		return a
	}, transcode.Complete, transcode.ErrInUse, task.Drop, task.Drop},
	{"error", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		a := admit(t, s)
		c := claim(t, s, request(a, 1))
		r := complete(c.Job)
		r.Outputs[0].Status = transcode.Errored
		must(t, s.Finish(t.Context(), c, r))
		return a
	}, transcode.Errored, transcode.ErrInUse, task.Drop, task.Drop},
	{"canceled", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		a := admit(t, s)
		must(t, s.CancelJob(t.Context(), JobID(n)))
		return a
	}, transcode.Canceled, transcode.ErrInUse, task.Drop, task.Drop},
	{"given up", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		a := admit(t, s)
		r := request(a, 2)
		r.Worker, r.MaxAttempts = "lonely", 1 // a death beside others would not count
		claim(t, s, r)
		r.Delivered = 3
		_, outcome, err := s.Claim(t.Context(), r)
		must(t, err)
		if outcome != task.Drop {
			t.Fatalf("outcome %d, want Drop", outcome)
		}
		return a
	}, transcode.Errored, transcode.ErrInUse, task.Drop, task.Drop},
	{"no such task", func(t *testing.T, s Store, n int) task.Admission {
		create(t, s, n)
		return task.Admission{TaskID: JobID(n + 1000), Number: 1}
	}, transcode.Submitted, nil, task.Drop, task.Drop},
}

// testStates is the whole table of states against what may happen to a job.
func testStates(t *testing.T, d Database) {
	s, n := open(t, d), 0
	for _, stage := range stages {
		t.Run(stage.name, func(t *testing.T) {
			n++
			stage.reach(t, s, n)
			wantStatus(t, s, JobID(n), stage.status)
			refused(t, s.CancelJob(t.Context(), JobID(n)), stage.cancel)
			if stage.cancel == nil {
				wantStatus(t, s, JobID(n), transcode.Canceled)
			} else {
				wantStatus(t, s, JobID(n), stage.status)
			}
			got(s.Admit(t.Context(), 9))(t) // so that none of this waits any more
			for delivered, want := range map[int]task.ClaimOutcome{1: stage.first, 2: stage.second} {
				n++
				c, outcome, err := s.Claim(t.Context(), request(stage.reach(t, s, n), delivered))
				must(t, err)
				if outcome != want || (c != nil) != (want == task.Claimed) {
					t.Errorf("delivery %d: outcome %d, claim %v, want %d", delivered, outcome, c, want)
				}
				got(s.Admit(t.Context(), 9))(t)
			}
		})
	}
}

func testClaim(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	got(s.CreateJob(ctx, draft(1, 1, 0, 2, 1), 0))(t)
	a := admit(t, s)
	if a.TaskID == "" || a.Number != 1 {
		t.Errorf("admission %+v", a)
	}
	c := claim(t, s, request(a, 1))
	if c.Task != (task.Task{ID: a.TaskID, JobID: JobID(1), Kind: task.WholeJob}) || c.Worker != "worker" ||
		c.Attempt != 1 || c.Publishing != nil {
		t.Errorf("claim %+v", c)
	}
	want, _ := transcode.SystemPreset(systemPreset)
	if diff := cmp.Diff(map[string]*api.Preset{systemPreset: want}, c.Presets); diff != "" {
		t.Errorf("presets (-want +got):\n%s", diff)
	}
	must(t, s.Confirm(ctx, c))
	j := got(s.Job(ctx, JobID(1)))(t)
	if diff := cmp.Diff(j, c.Job); diff != "" {
		t.Errorf("job (-read +claimed):\n%s", diff)
	}
	if *j.Status != "Progressing" || *j.Outputs[0].Status != "Submitted" || j.Timing.StartTimeMillis == nil {
		t.Errorf("job %s, output %s, timing %+v", *j.Status, *j.Outputs[0].Status, j.Timing)
	}
	// Later changes of the pipeline don't reach a job that has started.
	got(s.UpdatePipeline(ctx, PipelineID(1), func(p *api.Pipeline) error {
		p.InputBucket = new("elsewhere")
		return nil
	}))(t)
	again := claim(t, s, request(a, 2))
	if again.Attempt != 2 || *again.Pipeline.InputBucket != "in" {
		t.Errorf("attempt %d with input bucket %q", again.Attempt, *again.Pipeline.InputBucket)
	}
	if *again.Job.Timing.StartTimeMillis != *j.Timing.StartTimeMillis {
		t.Error("the second attempt changed StartTimeMillis")
	}
	if diff := cmp.Diff([]string{"PROGRESSING", "WARNING"}, states(t, s)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// testOutputs is the statuses and figures of outputs while a job runs.
func testOutputs(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	got(s.CreateJob(ctx, draft(1, 1, 0, 3, 1), 0))(t)
	c := claim(t, s, request(admit(t, s), 1))
	must(t, s.UpdateJob(ctx, c, []task.OutputResult{{Index: 1, Status: transcode.Progressing}},
		[]api.DetectedProperties{{Width: new(1280), FrameRate: new("25")}}))
	must(t, s.UpdateJob(ctx, c, []task.OutputResult{{
		Index: 0, Status: transcode.Complete, Detail: "shorter", Duration: 1001499 * time.Microsecond,
		Size: media.Size{Width: 640, Height: 360}, FrameRate: media.Rational{Num: 30000, Den: 1001},
		FileSizeBytes: 1 << 40, ColorSpaceConversion: "None"}}, nil))
	j := got(s.Job(ctx, JobID(1)))(t)
	want := draft(1, 1, 0, 3, 1).Doc.Outputs
	want[0].Status, want[0].StatusDetail, want[0].AppliedColorSpaceConversion = new("Complete"), new("shorter"),
		new("None")
	want[0].Duration, want[0].DurationMillis, want[0].FileSize = new(int64(2)), new(int64(1001)), new(int64(1<<40))
	want[0].Width, want[0].Height, want[0].FrameRate = new(640), new(360), new("29.97")
	want[1].Status = new("Progressing")
	if diff := cmp.Diff(want, j.Outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&api.DetectedProperties{Width: new(1280), FrameRate: new("25")},
		j.Input.DetectedProperties); diff != "" {
		t.Errorf("detected (-want +got):\n%s", diff)
	}
	if *j.Status != "Progressing" || *j.Playlists[0].Status != "Submitted" {
		t.Errorf("job %s, playlist %s", *j.Status, *j.Playlists[0].Status)
	}
	if err := s.UpdateJob(ctx, c, []task.OutputResult{{Index: 3, Status: transcode.Complete}}, nil); err == nil {
		t.Error("an output that the job does not have was updated")
	}
}

func testFinish(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	got(s.CreateJob(ctx, draft(1, 1, 0, 2, 1), 0))(t)
	c := claim(t, s, request(admit(t, s), 1))
	if err := s.Finish(ctx, c, task.Result{Outputs: complete(c.Job).Outputs[:1]}); err == nil {
		t.Fatal("a job was finished without all of its results")
	}
	must(t, s.Confirm(ctx, c))
	wantStatus(t, s, JobID(1), transcode.Progressing)
	r := complete(c.Job)
	r.Outputs[1].Status, r.Outputs[1].Detail = transcode.Errored, "4000 x: bad"
	r.Playlists[0].Status, r.Playlists[0].Detail = transcode.Errored, "1001 x: dependency"
	must(t, s.Finish(ctx, c, r))
	must(t, s.Finish(ctx, c, r)) // the answer to the first may be lost
	refused(t, s.Confirm(ctx, c), task.ErrLeaseLost)
	j := got(s.Job(ctx, JobID(1)))(t)
	if *j.Status != "Error" || *j.Outputs[0].Status != "Complete" || *j.Outputs[1].StatusDetail != "4000 x: bad" ||
		*j.Playlists[0].Status != "Error" || *j.Playlists[0].StatusDetail != "1001 x: dependency" ||
		*j.Timing.FinishTimeMillis < *j.Timing.StartTimeMillis ||
		*j.Timing.StartTimeMillis < *j.Timing.SubmitTimeMillis {
		t.Errorf("job %+v, timing %+v", j, j.Timing)
	}
	if diff := cmp.Diff([]string{"PROGRESSING", "ERROR"}, states(t, s)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if all := got(s.Outstanding(ctx))(t); len(all) != 0 {
		t.Errorf("outstanding %v", all)
	}

	// A single output has its job's status at every time.
	c = running(t, s, 2)
	if *c.Job.Output.Status != "Progressing" || *c.Job.Outputs[0].Status != "Progressing" {
		t.Errorf("output %s of a job that runs", *c.Job.Output.Status)
	}
	must(t, s.Finish(ctx, c, complete(c.Job)))
	if j := got(s.Job(ctx, JobID(2)))(t); *j.Status != "Complete" || *j.Output.Status != "Complete" {
		t.Errorf("job %s, output %s", *j.Status, *j.Output.Status)
	}
}

func testCancel(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	refused(t, s.CancelJob(ctx, JobID(1)), transcode.ErrNotFound)
	AddPipeline(t, s, 1)
	for n := 1; n <= 2; n++ {
		got(s.CreateJob(ctx, draft(1, n, 0, 2, 1), 0))(t)
	}
	a := admit(t, s) // the first job
	for n := 1; n <= 2; n++ {
		must(t, s.CancelJob(ctx, JobID(n)))
		j := got(s.Job(ctx, JobID(n)))(t)
		if *j.Status != "Canceled" || *j.Outputs[0].Status != "Canceled" || *j.Outputs[1].Status != "Canceled" ||
			*j.Playlists[0].Status != "Canceled" || j.Timing.StartTimeMillis != nil ||
			j.Timing.FinishTimeMillis == nil {
			t.Errorf("job %d: %+v, timing %+v", n, j, j.Timing)
		}
	}
	if _, outcome, err := s.Claim(ctx, request(a, 1)); err != nil || outcome != task.Drop {
		t.Errorf("outcome %d, error %v, want Drop", outcome, err)
	}
	if all := got(s.Admit(ctx, 9))(t); len(all) != 0 {
		t.Errorf("admitted %v", all)
	}
	if all := states(t, s); all != nil {
		t.Errorf("events %v, want none", all)
	}
}
