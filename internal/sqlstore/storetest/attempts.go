package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testFencing has a late worker write after its task passed on: to another
// attempt, back to the queue, to its end.
func testFencing(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	for n, passOn := range map[int]func(t *testing.T, a task.Admission, late *task.Claim){
		1: func(t *testing.T, a task.Admission, _ *task.Claim) {
			r := request(a, 2)
			r.Worker = "other"
			claim(t, s, r)
		},
		2: func(t *testing.T, a task.Admission, late *task.Claim) {
			r := request(a, 2)
			r.Worker = late.Worker
			claim(t, s, r)
		},
		3: func(t *testing.T, _ task.Admission, late *task.Claim) { must(t, s.Release(ctx, late)) },
		4: func(t *testing.T, a task.Admission, _ *task.Claim) {
			next := claim(t, s, request(a, 2))
			must(t, s.Finish(ctx, next, complete(next.Job)))
		},
		5: func(t *testing.T, a task.Admission, _ *task.Claim) {
			r := request(a, 2)
			r.MaxAttempts = 1
			_, outcome, err := s.Claim(ctx, r)
			must(t, err)
			if outcome != task.Drop {
				t.Fatalf("outcome %d, want Drop", outcome)
			}
		},
		6: func(t *testing.T, _ task.Admission, _ *task.Claim) { got(s.ReviveAll(ctx))(t) },
	} {
		create(t, s, n)
		a := admit(t, s)
		r := request(a, 1)
		r.Worker = fmt.Sprint("late ", n) // which has no other
		late := claim(t, s, r)
		passOn(t, a, late)
		before, events := got(s.Job(ctx, JobID(n)))(t), states(t, s)
		progress := got(s.Progress(ctx, JobID(n)))(t)

		done := []task.OutputResult{{Status: transcode.Complete, Duration: time.Second}}
		refused(t, s.Confirm(ctx, late), task.ErrLeaseLost)
		refused(t, s.UpdateJob(ctx, late, done, []api.DetectedProperties{{Width: new(1)}}), task.ErrLeaseLost)
		refused(t, s.SetPublishing(ctx, late, []object.Key{{Bucket: "b", Key: "late"}}), task.ErrLeaseLost)
		refused(t, s.Finish(ctx, late, complete(late.Job)), task.ErrLeaseLost)
		refused(t, s.Release(ctx, late), task.ErrLeaseLost)
		must(t, s.SaveProgress(ctx, []task.Report{{TaskID: a.TaskID,
			Progress: task.Progress{Attempt: late.Attempt, Percent: 99}}}))

		if diff := cmp.Diff(before, got(s.Job(ctx, JobID(n)))(t)); diff != "" {
			t.Errorf("job %d changed:\n%s", n, diff)
		}
		if diff := cmp.Diff(events, states(t, s)); diff != "" {
			t.Errorf("job %d: events changed:\n%s", n, diff)
		}
		if diff := cmp.Diff(progress, got(s.Progress(ctx, JobID(n)))(t)); diff != "" {
			t.Errorf("job %d: progress changed:\n%s", n, diff)
		}
		for _, a := range got(s.Admit(ctx, 9))(t) { // what waits again
			if c := claim(t, s, request(a, 1)); len(c.Publishing) != 0 {
				t.Errorf("job %d: a late worker announced %v", n, c.Publishing)
			}
		}
	}
}

// testAttempts uses up the attempts of a job.
func testAttempts(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	got(s.CreateJob(ctx, draft(1, 1, 0, 3, 1), 0))(t)
	a := admit(t, s)
	r := request(a, 1)
	r.MaxAttempts = 2
	r.Worker = "one"
	c := claim(t, s, r)
	must(t, s.UpdateJob(ctx, c, []task.OutputResult{
		{Index: 0, Status: transcode.Complete}, {Index: 1, Status: transcode.Errored, Detail: "4007 x: damaged"}}, nil))
	r.Worker, r.Delivered = "two", 2
	c = claim(t, s, r)
	must(t, s.Release(ctx, c)) // does not count
	r.Admission, r.Worker, r.Delivered = admit(t, s), "three", 1
	c = claim(t, s, r)
	if c.Attempt != 3 {
		t.Errorf("attempt %d, want 3", c.Attempt)
	}
	r.Worker, r.Delivered = "four", 2
	if _, outcome, err := s.Claim(ctx, r); err != nil || outcome != task.Drop {
		t.Fatalf("outcome %d, error %v, want Drop", outcome, err)
	}
	j := got(s.Job(ctx, JobID(1)))(t)
	if *j.Status != "Error" || *j.Outputs[0].Status != "Complete" || j.Outputs[0].StatusDetail != nil ||
		*j.Outputs[1].StatusDetail != "4007 x: damaged" || *j.Outputs[2].Status != "Error" ||
		!strings.HasPrefix(*j.Outputs[2].StatusDetail, "9999 ") || !strings.Contains(*j.Outputs[2].StatusDetail,
		"2 times") ||
		!strings.HasPrefix(*j.Playlists[0].StatusDetail, "1001 ") || j.Timing.FinishTimeMillis == nil {
		t.Errorf("job %+v, outputs %+v", j, j.Outputs)
	}
	events := got(s.Events(ctx, 9))(t)
	if last := events[len(events)-1]; len(events) != 3 || last.State != "ERROR" ||
		!strings.Contains(string(last.Message), `"errorCode" : 9999`) {
		t.Errorf("events %+v", events)
	}
	givenUp := got(s.GivenUpJobs(ctx, 0, nil, 9))(t)
	if len(givenUp) != 1 {
		t.Fatalf("given-up jobs %+v", givenUp)
	}
	if time.Since(givenUp[0].At) > time.Minute {
		t.Errorf("given up at %v", givenUp[0].At)
	}
	givenUp[0].At = time.Time{}
	if diff := cmp.Diff(task.GivenUp{Number: 1, JobID: JobID(1), PipelineID: PipelineID(1), Attempts: 2,
		Workers: []string{"one", "two", "three"}, LastError: "4007 x: damaged"}, givenUp[0]); diff != "" {
		t.Errorf("given-up job (-want +got):\n%s", diff)
	}
	refused(t, s.Finish(ctx, c, complete(c.Job)), task.ErrLeaseLost)
	if all := got(s.Outstanding(ctx))(t); len(all) != 0 {
		t.Errorf("outstanding %v", all)
	}
}

// testGivenUpJobs reads the list of given-up jobs in pages.
func testGivenUpJobs(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	if all := got(s.GivenUpJobs(ctx, 0, nil, 9))(t); len(all) != 0 {
		t.Errorf("given-up jobs %+v before the first", all)
	}
	for n := 1; n <= 3; n++ {
		create(t, s, n)
		r := request(admit(t, s), 2)
		r.MaxAttempts = 1
		c := claim(t, s, r)
		if n == 2 {
			for _, f := range []task.Fault{
				{Tail: []string{"older"}}, {Tail: []string{"one", "two"}}, {Reason: "a fault"},
			} {
				must(t, s.SaveFault(ctx, c, f))
			}
		}
		late := *c
		late.Attempt++
		refused(t, s.SaveFault(ctx, &late, task.Fault{Reason: "late"}), task.ErrLeaseLost)
		r.Delivered = 3
		if _, outcome, err := s.Claim(ctx, r); err != nil || outcome != task.Drop {
			t.Fatalf("outcome %d, error %v, want Drop", outcome, err)
		}
	}
	if diff := cmp.Diff(task.Log{Status: transcode.Errored, Attempts: 1, Workers: []string{"worker"},
		LastError: "a fault", Tail: []string{"one", "two"}}, got(s.JobLog(ctx, JobID(2)))(t)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	_, err := s.JobLog(ctx, JobID(4))
	refused(t, err, transcode.ErrNotFound)
	var jobs []string
	for before := int64(0); ; {
		page := got(s.GivenUpJobs(ctx, before, nil, 2))(t)
		if len(page) == 0 {
			break
		}
		for _, g := range page {
			jobs, before = append(jobs, g.JobID), g.Number
			told := g.LastError == "a fault" && slices.Equal(g.Tail, []string{"one", "two"})
			if silent := g.LastError == "" && len(g.Tail) == 0; told != (g.JobID == JobID(2)) || !told && !silent {
				t.Errorf("job %s: error %q, tail %q", g.JobID, g.LastError, g.Tail)
			}
		}
	}
	if diff := cmp.Diff([]string{JobID(3), JobID(2), JobID(1)}, jobs); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	for pipeline, want := range map[string]int{PipelineID(1): 3, PipelineID(2): 0} {
		if page := got(s.GivenUpJobs(ctx, 0, []string{pipeline}, 9))(t); len(page) != want {
			t.Errorf("pipeline %s has %d given-up jobs, want %d", pipeline, len(page), want)
		}
	}
	if stats := got(s.QueueStats(ctx))(t); stats.GivenUp != 3 {
		t.Errorf("%d jobs are counted as given up, want 3", stats.GivenUp)
	}
}

// testSeveralTasks has a job with a second task: the bound of the pipeline counts
// jobs, and what is asked of the job is not answered by a part of it.
func testSeveralTasks(t *testing.T, d Database) {
	ctx := t.Context()
	s := d.Open(t, 2)
	t.Cleanup(func() { must(t, s.Close()) })
	c := running(t, s, 1)
	d.Exec(t, `insert into tasks (id, seq, job_id, pipeline_id, kind, state, started, priority, waiting_millis,
		progress)
		select id || '-2', seq, job_id, pipeline_id, 'part', 'waiting', 1, priority, waiting_millis, '{"percent":99}'
		from tasks`)
	part := admit(t, s)
	if part.TaskID == c.Task.ID {
		t.Fatalf("admitted %v, want the part", part)
	}
	p := claim(t, s, request(part, 1))
	if p.Task != (task.Task{ID: part.TaskID, JobID: JobID(1), Kind: "part"}) || *p.Job.Id != JobID(1) {
		t.Errorf("claimed %+v of job %s", p.Task, *p.Job.Id)
	}
	must(t, s.SaveProgress(ctx, []task.Report{{TaskID: c.Task.ID, Progress: task.Progress{Attempt: 1, Percent: 5}}}))
	if stands := got(s.Progress(ctx, JobID(1)))(t); stands.Percent != 5 {
		t.Errorf("progress %+v", stands)
	}
	create(t, s, 2)
	claim(t, s, request(admit(t, s), 1)) // the second job is within the bound of two
	create(t, s, 3)
	if all := got(s.Admit(ctx, 9))(t); len(all) != 0 {
		t.Errorf("admitted %v beyond the bound", all)
	}
	refused(t, s.CancelJob(ctx, JobID(1)), transcode.ErrInUse)
}

func testRelease(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	create(t, s, 1)
	for n := 1; n <= 8; n++ { // more often than the attempts
		a := admit(t, s)
		if a.Number != n {
			t.Fatalf("admission %d, want %d", a.Number, n)
		}
		c := claim(t, s, request(a, 1))
		if c.Attempt != n {
			t.Fatalf("attempt %d, want %d", c.Attempt, n)
		}
		must(t, s.Release(ctx, c))
		if n == 1 {
			pause(t, s, "Paused") // does not hold a job that has started
		}
	}
	wantStatus(t, s, JobID(1), transcode.Progressing)
	if diff := cmp.Diff([]string{"PROGRESSING"}, states(t, s)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func pause(t *testing.T, s Store, status string) {
	t.Helper()
	got(s.UpdatePipeline(t.Context(), PipelineID(1), func(p *api.Pipeline) error {
		p.Status = &status
		return nil
	}))(t)
}

// testPause pauses a pipeline between admission and claim.
func testPause(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	create(t, s, 1)
	create(t, s, 2)
	a := admit(t, s)
	pause(t, s, "Paused")
	if all := got(s.Admit(ctx, 9))(t); len(all) != 0 {
		t.Errorf("admitted %v of a paused pipeline", all)
	}
	if _, outcome, err := s.Claim(ctx, request(a, 1)); err != nil || outcome != task.Drop {
		t.Fatalf("outcome %d, error %v, want Drop", outcome, err)
	}
	wantStatus(t, s, JobID(1), transcode.Submitted)
	if all := got(s.Outstanding(ctx))(t); len(all) != 0 {
		t.Errorf("outstanding %v", all)
	}
	pause(t, s, "Active")
	again := got(s.Admit(ctx, 9))(t)
	if diff := cmp.Diff([]task.Admission{{TaskID: a.TaskID, Number: 2}, {TaskID: JobID(2), Number: 1}},
		again); diff != "" {
		t.Errorf("admissions (-want +got):\n%s", diff)
	}
	if _, outcome, err := s.Claim(ctx, request(a, 2)); err != nil || outcome != task.Drop {
		t.Fatalf("the old message: outcome %d, error %v, want Drop", outcome, err)
	}
	claim(t, s, request(again[0], 1))
}

func testPublishing(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	create(t, s, 1)
	a := admit(t, s)
	c := claim(t, s, request(a, 1))
	key := func(k string) object.Key { return object.Key{Bucket: "b", Key: k} }
	must(t, s.SetPublishing(ctx, c, []object.Key{key("1"), key("2")}))
	must(t, s.SetPublishing(ctx, c, []object.Key{key("3")}))
	c = claim(t, s, request(a, 2))
	if diff := cmp.Diff([]object.Key{key("1"), key("2"), key("3")}, c.Publishing); diff != "" {
		t.Errorf("second attempt (-want +got):\n%s", diff)
	}
	must(t, s.SetPublishing(ctx, c, []object.Key{key("4"), key("2")}))
	c = claim(t, s, request(a, 3))
	if diff := cmp.Diff([]object.Key{key("1"), key("2"), key("3"), key("4")}, c.Publishing); diff != "" {
		t.Errorf("third attempt (-want +got):\n%s", diff)
	}
}

// testUploads has an attempt leave an upload behind, and the next one its own.
func testUploads(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	create(t, s, 1)
	a := admit(t, s)
	upload := func(id string, attempt int) object.Upload {
		return object.Upload{ID: id, Role: "arn:aws:iam::000000000000:role/r",
			Object: object.Key{Bucket: "b", Key: "k " + id},
			Owner:  object.Owner{Job: JobID(1), Attempt: attempt}, TaskID: a.TaskID}
	}
	abandoned := func(want ...object.Upload) {
		t.Helper()
		if diff := cmp.Diff(want, got(s.AbandonedUploads(ctx))(t)); diff != "" {
			t.Errorf("abandoned uploads (-want +got):\n%s", diff)
		}
	}
	claim(t, s, request(a, 1))
	first, second := upload("1", 1), upload("2", 2)
	must(t, s.BeginUpload(ctx, first))
	abandoned()
	c := claim(t, s, request(a, 2))
	must(t, s.BeginUpload(ctx, second))
	abandoned(first)
	must(t, s.EndUpload(ctx, "1"))
	must(t, s.EndUpload(ctx, "1"))
	abandoned()
	must(t, s.Finish(ctx, c, complete(c.Job)))
	abandoned(second)
	nobodys := upload("3", 0)
	nobodys.Owner = object.Owner{}
	if err := s.BeginUpload(ctx, nobodys); err == nil {
		t.Error("an upload without an attempt was accepted")
	}
}

func testProgress(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	_, err := s.Progress(ctx, JobID(1))
	refused(t, err, transcode.ErrNotFound)
	AddPipeline(t, s, 1)
	got(s.CreateJob(ctx, draft(1, 1, 0, 2, 0), 0))(t)
	check := func(want task.Progress) {
		t.Helper()
		if diff := cmp.Diff(&want, got(s.Progress(ctx, JobID(1)))(t)); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
	}
	outputs := func(a, b task.OutputProgress) []task.OutputProgress {
		a.ID, a.Key, b.ID, b.Key = "1", "v1.mp4", "2", "v2.mp4"
		return []task.OutputProgress{a, b}
	}
	submitted := task.OutputProgress{Status: transcode.Submitted}
	check(task.Progress{JobID: JobID(1), Status: transcode.Submitted, Outputs: outputs(submitted, submitted)})
	a := admit(t, s)
	c := claim(t, s, request(a, 1))
	must(t, s.UpdateJob(ctx, c, []task.OutputResult{{Status: transcode.Progressing}}, nil))
	p := task.Progress{JobID: JobID(1), Status: transcode.Progressing, Attempt: 1, Percent: 40, Speed: 2,
		SecondsLeft: new(3.5),
		Outputs: outputs(task.OutputProgress{Status: transcode.Progressing, Percent: 80, Speed: 2,
			SecondsLeft: new(1.5)},
			submitted)}
	must(t, s.SaveProgress(ctx, []task.Report{
		{TaskID: "none", Progress: task.Progress{Attempt: 1}}, {TaskID: c.Task.ID, Progress: p}}))
	check(p)
	c = claim(t, s, request(a, 2)) // begins anew
	check(task.Progress{JobID: JobID(1), Status: transcode.Progressing, Attempt: 2,
		Outputs: outputs(task.OutputProgress{Status: transcode.Progressing}, submitted)})
	must(t, s.Finish(ctx, c, complete(c.Job)))
	done := task.OutputProgress{Status: transcode.Complete, Percent: 100}
	check(task.Progress{JobID: JobID(1), Status: transcode.Complete, Attempt: 2, Percent: 100,
		Outputs: outputs(done, done)})
}

func testEvents(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	addTopics(t, s, "Progressing")
	for n := 1; n <= 2; n++ {
		c := running(t, s, n)
		must(t, s.Finish(ctx, c, complete(c.Job)))
	}
	all := got(s.Events(ctx, 3))(t)
	if len(all) != 3 || all[0].ID >= all[1].ID || all[1].ID >= all[2].ID {
		t.Fatalf("events %+v", all)
	}
	first := all[0]
	want, err := notify.JobMessage(got(s.Job(ctx, JobID(1)))(t), "PROGRESSING", 0, "")
	must(t, err)
	if first.JobID != JobID(1) || first.PipelineID != PipelineID(1) || first.State != "PROGRESSING" ||
		first.Topic != topic(1) || first.Role != "arn:aws:iam::000000000000:role/r" {
		t.Errorf("event %+v", first)
	}
	if diff := cmp.Diff(string(want), string(first.Message)); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if all[1].Topic != "" {
		t.Errorf("topic %q of an event for which the pipeline has none", all[1].Topic)
	}
	for range 2 { // what another service has handed out meanwhile is no error
		if n := got(s.FanOut(ctx, all[:2], false))(t); n != 0 {
			t.Errorf("%d notifications without a subscriber", n)
		}
	}
	rest := got(s.Events(ctx, 9))(t)
	if len(rest) != 2 || rest[0].ID != all[2].ID || rest[1].State != "COMPLETED" || rest[1].JobID != JobID(2) {
		t.Errorf("events %+v", rest)
	}
}

func testStats(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	if q := got(s.QueueStats(ctx))(t); q != (task.QueueStats{}) {
		t.Errorf("stats of an empty store %+v", q)
	}
	for n := 1; n <= 7; n++ {
		create(t, s, n)
	}
	admitted := got(s.Admit(ctx, 5))(t)
	claim(t, s, request(admitted[0], 1))
	claim(t, s, request(admitted[1], 1))
	c := claim(t, s, request(admitted[2], 1))
	must(t, s.Finish(ctx, c, complete(c.Job)))
	d.Exec(t, `update tasks set waiting_millis = waiting_millis - 60000 where id = $1`, JobID(7))
	q := got(s.QueueStats(ctx))(t)
	if q.OldestWaiting < time.Minute || q.OldestWaiting > 2*time.Minute {
		t.Errorf("oldest waiting %v, want a little over a minute", q.OldestWaiting)
	}
	q.OldestWaiting = 0
	if diff := cmp.Diff(task.QueueStats{Waiting: 2, Admitted: 2, Running: 2}, q); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

// testRestart closes the store and opens it again.
func testRestart(t *testing.T, d Database) {
	s, ctx := d.Open(t, 0), t.Context()
	for n := 1; n <= 3; n++ {
		create(t, s, n)
	}
	must(t, s.PutCredential(ctx, transcode.SealedCredential{AccessKeyID: "AKIA", Sealed: []byte("sealed")}))
	must(t, s.CreatePreset(ctx, preset(1), 0))
	admitted := got(s.Admit(ctx, 2))(t)
	late := claim(t, s, request(admitted[0], 1))
	must(t, s.SaveProgress(ctx, []task.Report{
		{TaskID: late.Task.ID, Progress: task.Progress{Attempt: 1, Percent: 12}}}))
	jobs, _, err := s.JobsByPipeline(ctx, PipelineID(1), transcode.Page{Limit: 9})
	must(t, err)
	events := got(s.Events(ctx, 9))(t)
	must(t, s.Close())
	refused(t, s.Ping(ctx), transcode.ErrUnavailable)
	refused(t, s.CancelJob(context.Background(), JobID(3)), transcode.ErrUnavailable)

	s = open(t, d)
	again, _, err := s.JobsByPipeline(ctx, PipelineID(1), transcode.Page{Limit: 9})
	must(t, err)
	if diff := cmp.Diff(jobs, again); diff != "" {
		t.Errorf("jobs (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(events, got(s.Events(ctx, 9))(t)); diff != "" {
		t.Errorf("events (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(admitted, got(s.Outstanding(ctx))(t)); diff != "" {
		t.Errorf("outstanding (-before +after):\n%s", diff)
	}
	got(s.Credential(ctx, "AKIA"))(t)
	got(s.Preset(ctx, PresetID(1)))(t)
	if p := got(s.Progress(ctx, JobID(1)))(t); p.Percent != 12 {
		t.Errorf("progress %+v", p)
	}

	if n := got(s.ReviveAll(ctx))(t); n != 2 {
		t.Errorf("revived %d tasks, want 2", n)
	}
	refused(t, s.Confirm(ctx, late), task.ErrLeaseLost)
	all := got(s.Admit(ctx, 9))(t)
	want := []task.Admission{{TaskID: JobID(1), Number: 2}, {TaskID: JobID(2), Number: 2},
		{TaskID: JobID(3), Number: 1}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("admissions (-want +got):\n%s", diff)
	}
	if c := claim(t, s, request(all[0], 1)); c.Attempt != 2 {
		t.Errorf("attempt %d, want 2", c.Attempt)
	}
}

// testCrashesBesideOthers has a process die while two jobs run, and again while one of them
// runs alone: only the second is held against it.
func testCrashesBesideOthers(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	create(t, s, 1)
	create(t, s, 2)
	// crash is the start after a death, and the claim of both jobs by the next process.
	crash := func(worker string) (claims []*task.Claim) {
		got(s.ReviveAll(ctx))(t)
		for _, a := range got(s.Admit(ctx, 9))(t) {
			r := request(a, 1)
			r.Worker, r.MaxAttempts = worker, 2
			c, outcome, err := s.Claim(ctx, r)
			must(t, err)
			if outcome == task.Claimed {
				claims = append(claims, c)
			}
		}
		return claims
	}
	for n := range 5 { // more often than a job has attempts
		claims := crash(fmt.Sprint("together ", n))
		if len(claims) != 2 || claims[0].Alone != (n > 0) || claims[1].Alone != (n > 0) {
			t.Fatalf("after %d deaths beside each other: %+v", n, claims)
		}
	}
	for n := range 2 {
		must(t, s.CountAttempt(ctx, crash(fmt.Sprint("alone ", n))[0]))
	}
	claims := crash("the last")
	if len(claims) != 1 || claims[0].Task.JobID != JobID(2) {
		t.Errorf("after two deaths alone: %+v", claims)
	}
	givenUp := got(s.GivenUpJobs(ctx, 0, nil, 9))(t)
	if len(givenUp) != 1 || givenUp[0].JobID != JobID(1) || givenUp[0].Attempts != 2 {
		t.Errorf("given-up jobs %+v", givenUp)
	}
}

// testWorkerDiesBesideOthers has a worker of a fleet die while two jobs run, whose messages
// come to another one.
func testWorkerDiesBesideOthers(t *testing.T, d Database) {
	s := open(t, d)
	create(t, s, 1)
	create(t, s, 2)
	admitted := got(s.Admit(t.Context(), 9))(t)
	for n, worker := range []string{"first", "second", "third"} {
		for _, a := range admitted {
			r := request(a, n+1)
			r.Worker, r.MaxAttempts = worker, 1
			if c := claim(t, s, r); c.Alone != (n > 0) {
				t.Errorf("worker %s: %+v", worker, c)
			}
		}
	}
}
