package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testStop cancels jobs in each state.
func testStop(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	_, err := s.StopJob(ctx, JobID(1))
	refused(t, err, transcode.ErrNotFound)

	create(t, s, 1)
	if started := got(s.StopJob(ctx, JobID(1)))(t); started {
		t.Error("a job that waits had started")
	}
	wantStatus(t, s, JobID(1), transcode.Canceled)
	if told := states(t, s); len(told) != 0 {
		t.Errorf("told %v", told)
	}

	c := running(t, s, 2)
	must(t, s.UpdateJob(ctx, c, []task.OutputResult{{Status: transcode.Progressing, Duration: time.Second}}, nil))
	key := object.Key{Bucket: "out", Key: "film.mp4"}
	must(t, s.SetPublishing(ctx, c, []object.Key{key}))
	for _, want := range []bool{true, false} { // the second time it is done already
		if started := got(s.StopJob(ctx, JobID(2)))(t); started != want {
			t.Errorf("started: %v, want %v", started, want)
		}
	}
	j := got(s.Job(ctx, JobID(2)))(t)
	if *j.Status != "Canceled" || *j.Outputs[0].Status != "Canceled" || j.Outputs[0].Duration != nil ||
		j.Timing.FinishTimeMillis == nil {
		t.Errorf("the job is %s, its output %s", *j.Status, *j.Outputs[0].Status)
	}
	events := got(s.Events(ctx, 9))(t)
	if len(events) != 2 || events[1].State != "ERROR" ||
		!strings.Contains(string(events[1].Message), "The job was canceled.") ||
		!strings.Contains(string(events[1].Message), `"Canceled"`) {
		t.Errorf("told %+v", events)
	}
	testCanceledAttempt(t, s, c)
	if left := got(s.Leftovers(ctx, time.Minute))(t); len(left) != 0 {
		t.Errorf("left longer than a minute ago: %v", left)
	}
	want := []task.Leftover{{JobID: JobID(2), Role: *Pipeline(1).Role, Keys: []object.Key{key}}}
	if diff := cmp.Diff(want, got(s.Leftovers(ctx, -time.Minute))(t)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	must(t, s.ForgetLeftover(ctx, JobID(2)))
	if left := got(s.Leftovers(ctx, -time.Minute))(t); len(left) != 0 {
		t.Errorf("left: %v", left)
	}

	c = running(t, s, 3)
	must(t, s.Finish(ctx, c, complete(c.Job)))
	_, err = s.StopJob(ctx, JobID(3))
	refused(t, err, transcode.ErrInUse)
	wantStatus(t, s, JobID(3), transcode.Complete)
}

// testCanceledAttempt has an attempt write whose job was canceled: it is told so, and
// changes nothing.
func testCanceledAttempt(t *testing.T, s Store, c *task.Claim) {
	t.Helper()
	ctx := t.Context()
	for what, err := range map[string]error{
		"Confirm":       s.Confirm(ctx, c),
		"UpdateJob":     s.UpdateJob(ctx, c, nil, nil),
		"SetPublishing": s.SetPublishing(ctx, c, []object.Key{{Bucket: "b", Key: "late"}}),
		"Finish":        s.Finish(ctx, c, complete(c.Job)),
	} {
		if !errors.Is(err, task.ErrCanceled) || !errors.Is(err, task.ErrLeaseLost) {
			t.Errorf("%s: %v, want ErrCanceled", what, err)
		}
	}
	refused(t, s.Release(ctx, c), task.ErrLeaseLost)
	wantStatus(t, s, c.Task.JobID, transcode.Canceled)
	if all := got(s.Admit(ctx, 9))(t); len(all) != 0 {
		t.Errorf("admitted after the cancel: %v", all)
	}
}

// testRetry makes jobs of the documents of others.
func testRetry(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	retry := func(old, n int) (*api.Job, error) {
		return s.RetryJob(ctx, JobID(old),
			func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error) {
				if len(presets) != 1 || presets[systemPreset] == nil {
					t.Errorf("presets %v", presets)
				}
				return transcode.Retry(doc, presets, JobID(n), "us-east-1", "000000000000")
			}, 0)
	}
	_, err := retry(1, 11)
	refused(t, err, transcode.ErrNotFound)
	create(t, s, 1)
	_, err = retry(1, 11)
	refused(t, err, transcode.ErrInUse)
	got(s.StopJob(ctx, JobID(1)))(t)
	made := got(retry(1, 11))(t)
	old := got(s.Job(ctx, JobID(1)))(t)
	want := *got(s.Job(ctx, JobID(11)))(t)
	if diff := cmp.Diff(&want, made); diff != "" {
		t.Errorf("the retry reads back otherwise:\n%s", diff)
	}
	if *made.Id != JobID(11) || !strings.HasSuffix(*made.Arn, JobID(11)) || *made.Status != "Submitted" ||
		*made.Outputs[0].Status != "Submitted" {
		t.Errorf("the retry is %s, %s, %s", *made.Id, *made.Arn, *made.Status)
	}
	if diff := cmp.Diff(old.Inputs, made.Inputs); diff != "" {
		t.Errorf("inputs:\n%s", diff)
	}
	if diff := cmp.Diff(old.UserMetadata, made.UserMetadata); diff != "" {
		t.Errorf("metadata:\n%s", diff)
	}
	if r := got(s.Record(ctx, JobID(11)))(t); r.RetryOf != JobID(1) || *r.Job.Id != JobID(11) {
		t.Errorf("it retries %q", r.RetryOf)
	}
	_, err = retry(1, 11)
	refused(t, err, transcode.ErrDuplicateID)

	// A retry of the retry knows both.
	got(s.StopJob(ctx, JobID(11)))(t)
	got(retry(11, 12))(t)
	if c := claim(t, s, request(admit(t, s), 1)); !slices.Equal(c.Retried, []string{JobID(11), JobID(1)}) {
		t.Errorf("retried %v", c.Retried)
	}
}

// testPrioritize changes the order of jobs that wait, and of those that stand in the queue.
func testPrioritize(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	refused(t, s.PrioritizeJob(ctx, JobID(1), 5), transcode.ErrNotFound)
	for n := 1; n <= 3; n++ {
		create(t, s, n)
	}
	must(t, s.PrioritizeJob(ctx, JobID(3), 9))
	first := admit(t, s)
	if first.TaskID != JobID(3) {
		t.Fatalf("admitted %v, want the job of the highest priority", first)
	}
	must(t, s.PrioritizeJob(ctx, JobID(2), 5))
	must(t, s.PrioritizeJob(ctx, JobID(3), 0)) // it is in the queue
	if _, outcome, err := s.Claim(ctx, request(first, 1)); err != nil || outcome != task.Drop {
		t.Errorf("the message of a task that waits again: outcome %d, %v", outcome, err)
	}
	var order []string
	for range 3 {
		order = append(order, admit(t, s).TaskID)
	}
	if want := []string{JobID(2), JobID(1), JobID(3)}; !slices.Equal(order, want) {
		t.Errorf("admitted %v, want %v", order, want)
	}
	if r := got(s.Record(ctx, JobID(2)))(t); r.Priority != 5 {
		t.Errorf("priority %d", r.Priority)
	}
	claim(t, s, request(task.Admission{TaskID: JobID(2), Number: 1}, 1))
	refused(t, s.PrioritizeJob(ctx, JobID(2), 1), transcode.ErrInUse)
}

// testWaiting lists tasks that wait in each way.
func testWaiting(t *testing.T, d Database) {
	s, ctx := d.Open(t, 2), t.Context()
	t.Cleanup(func() { s.Close() })
	for n := 1; n <= 2; n++ {
		AddPipeline(t, s, n)
	}
	submit := func(pipeline, n, priority int) { got(s.CreateJob(ctx, Draft(pipeline, n, priority), 0))(t) }
	for n := 1; n <= 3; n++ {
		submit(1, n, 9)
	}
	c := claim(t, s, request(admit(t, s), 1))
	admit(t, s)
	submit(2, 4, 0)
	submit(2, 5, 3)
	submit(2, 6, 0)
	got(s.UpdatePipeline(ctx, PipelineID(2), func(p *api.Pipeline) error {
		p.Status = new("Paused")
		return nil
	}))(t)
	type row struct {
		n            int
		state        task.WaitingState
		worker       string
		attempts     int
		paused, full bool
	}
	list := func(pipelines []string, limit int) (rows []row) {
		for after := (task.WaitingCursor{}); ; {
			all := got(s.WaitingTasks(ctx, pipelines, after, limit))(t)
			inLine := 0
			for _, w := range all {
				if w.Since.IsZero() || w.Number == 0 || w.TaskID != w.JobID {
					t.Errorf("%+v", w)
				}
				rows = append(rows, row{number(w.JobID), w.State, w.Worker, w.Attempts, w.PipelinePaused,
					w.PipelineFull})
				if w.State == task.InLine {
					inLine++
					after = task.WaitingCursor{Priority: w.Priority, Number: w.Number}
				}
			}
			if inLine < limit {
				return rows
			}
		}
	}
	want := []row{{1, task.Begun, "worker", 1, false, true}, {2, task.Queued, "", 0, false, true},
		{3, task.InLine, "", 0, false, true}, {5, task.InLine, "", 0, true, false},
		{4, task.InLine, "", 0, true, false}, {6, task.InLine, "", 0, true, false}}
	for _, limit := range []int{1, 2, 100} {
		if rows := list(nil, limit); !slices.Equal(rows, want) {
			t.Errorf("%d at once: %v, want %v", limit, rows, want)
		}
	}
	if rows := list([]string{PipelineID(2)}, 100); !slices.Equal(rows, want[3:]) {
		t.Errorf("of one pipeline: %v", rows)
	}
	if rows := list([]string{}, 100); len(rows) != 0 {
		t.Errorf("of none: %v", rows)
	}
	must(t, s.Release(ctx, c))
	want[0], want[1] = want[1], row{1, task.Resuming, "", 1, false, false}
	want[0].full, want[2].full = false, false
	if rows := list(nil, 100); !slices.Equal(rows, want) {
		t.Errorf("after the return of one: %v, want %v", rows, want)
	}
}
