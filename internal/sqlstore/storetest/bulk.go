package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testBulk acts on jobs once each, and counts what became of them.
func testBulk(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	_, err := s.BulkAction(ctx, "none")
	refused(t, err, transcode.ErrNotFound)
	refused(t, s.EndBulkAction(ctx, "none", task.BulkDone), transcode.ErrNotFound)
	for n := 1; n <= 3; n++ {
		create(t, s, n)
	}
	filter := task.JobFilter{PipelineID: PipelineID(1), Metadata: map[string]string{"a": "b"}}
	a := got(s.CreateBulkAction(ctx, task.BulkAction{Kind: task.BulkCancel, Filter: filter, Caller: "me"}))(t)
	if a.ID == "" || a.State != task.BulkRunning || a.Created.IsZero() || a.Caller != "me" || !a.Finished.IsZero() ||
		!cmp.Equal(a.Filter, filter) {
		t.Errorf("%+v", a)
	}
	create(t, s, 4)
	if found, _, err := s.SearchJobs(ctx, task.JobFilter{}, a.Before, 9); err != nil || len(found) != 3 ||
		*found[0].Job.Id != JobID(3) {
		t.Errorf("it begins before %d: %v, %v", a.Before, found, err)
	}
	act := func(a task.BulkAction, n int) {
		t.Helper()
		got(s.ActOn(ctx, a, got(s.Record(ctx, JobID(n)))(t), nil))(t)
	}
	want := func(done, skipped, failed int, state task.BulkState) {
		t.Helper()
		now := got(s.BulkAction(ctx, a.ID))(t)
		if now.Done != done || now.Skipped != skipped || now.Failed != failed || now.State != state {
			t.Errorf("%+v, want %d done, %d skipped, %d failed, %s", now, done, skipped, failed, state)
		}
	}
	for range 2 { // the second time it is past the job
		act(a, 3)
	}
	wantStatus(t, s, JobID(3), transcode.Canceled)
	want(1, 0, 0, task.BulkRunning)
	c := claim(t, s, request(admit(t, s), 1))
	must(t, s.Finish(ctx, c, complete(c.Job))) // the first job
	act(a, 1)
	want(1, 1, 0, task.BulkRunning)
	act(a, 2) // it is past that one, which is newer
	wantStatus(t, s, JobID(2), transcode.Submitted)
	must(t, s.EndBulkAction(ctx, a.ID, task.BulkStopped))
	must(t, s.EndBulkAction(ctx, a.ID, task.BulkDone)) // it has ended
	want(1, 1, 0, task.BulkStopped)
	testBulkRetry(t, s)
}

// testBulkRetry retries two jobs, one of which can't be.
func testBulkRetry(t *testing.T, s Store) {
	t.Helper()
	ctx := t.Context()
	got(s.StopJob(ctx, JobID(2)))(t)
	a := got(s.CreateBulkAction(ctx, task.BulkAction{Kind: task.BulkRetry}))(t)
	retry := func(id string) func(*api.Job, map[string]*api.Preset) (*transcode.JobDraft, error) {
		return func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error) {
			if *doc.Id == JobID(3) {
				return nil, transcode.Errorf(api.ValidationException, "no more")
			}
			return transcode.Retry(doc, presets, id, "us-east-1", "000000000000")
		}
	}
	for _, n := range []int{3, 2} {
		got(s.ActOn(ctx, a, got(s.Record(ctx, JobID(n)))(t), retry(JobID(90+n))))(t)
	}
	if r := got(s.Record(ctx, JobID(92)))(t); r.RetryOf != JobID(2) {
		t.Errorf("the retry is of %q", r.RetryOf)
	}
	now := got(s.BulkAction(ctx, a.ID))(t)
	if now.Done != 1 || now.Failed != 1 || now.LastError == "" {
		t.Errorf("%+v", now)
	}
	if running := got(s.RunningBulkActions(ctx))(t); len(running) != 1 || running[0].ID != a.ID {
		t.Errorf("running: %v", running)
	}
	must(t, s.AdvanceBulkAction(ctx, a.ID, 1))
	must(t, s.AdvanceBulkAction(ctx, a.ID, 9))
	must(t, s.EndBulkAction(ctx, a.ID, task.BulkDone))
	all := got(s.BulkActions(ctx, 0, 9))(t)
	if len(all) != 2 || all[0].ID != a.ID || all[0].Before != 1 || all[0].Finished.IsZero() {
		t.Errorf("all: %v", all)
	}
	if older := got(s.BulkActions(ctx, all[0].Number, 9))(t); len(older) != 1 || older[0].ID != all[1].ID {
		t.Errorf("older: %v", older)
	}
}
