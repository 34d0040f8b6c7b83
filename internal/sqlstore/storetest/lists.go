package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testPaging pages forward and backward while rows are added and taken away.
func testPaging(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	for n := 1; n <= 10; n++ {
		AddPipeline(t, s, n)
	}
	page := func(ascending bool, after string, limit int) (ids []string, next string) {
		t.Helper()
		all, next, err := s.Pipelines(ctx, transcode.Page{Ascending: ascending, After: after, Limit: limit})
		must(t, err)
		for _, p := range all {
			ids = append(ids, *p.Id)
		}
		return ids, next
	}
	ids := func(numbers ...int) (all []string) {
		for _, n := range numbers {
			all = append(all, PipelineID(n))
		}
		return all
	}
	check := func(what string, got []string, next string, want []string, wantNext string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || next != wantNext {
			t.Errorf("%s: next %q, want %q; ids (-want +got):\n%s", what, next, wantNext, diff)
		}
	}
	got, next := page(false, "", 4)
	check("newest first", got, next, ids(10, 9, 8, 7), PipelineID(7))
	AddPipeline(t, s, 11)
	must(t, s.DeletePipeline(ctx, PipelineID(7))) // the token's row
	got, next = page(false, next, 4)
	check("next page behind a row that is gone", got, next, ids(6, 5, 4, 3), PipelineID(3))
	got, next = page(false, next, 2)
	check("last page, full", got, next, ids(2, 1), "")

	got, next = page(true, "", 5)
	check("oldest first", got, next, ids(1, 2, 3, 4, 5), PipelineID(5))
	AddPipeline(t, s, 12)
	must(t, s.DeletePipeline(ctx, PipelineID(5)))
	got, next = page(true, next, 9)
	check("the rest, with what was added", got, next, ids(6, 8, 9, 10, 11, 12), "")

	got, next = page(true, "0000000000000-000000", 1)
	check("unknown token before all", got, next, ids(1), PipelineID(1))
	got, next = page(false, "0000000000000-000000", 9)
	check("nothing before the first", got, next, nil, "")
	got, next = page(true, "9999999999999-zzzzzz", 9)
	check("nothing after the last", got, next, nil, "")
	got, next = page(false, "9999999999999-zzzzzz", 1)
	check("unknown token after all", got, next, ids(12), PipelineID(12))
}

func jobIDs(jobs []*api.Job) (ids []string) {
	for _, j := range jobs {
		ids = append(ids, *j.Id)
	}
	return ids
}

func testJobLists(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	AddPipeline(t, s, 2)
	// Ids do not ascend with the order of submission.
	for i, n := range []int{5, 3, 4, 1, 2, 6} {
		got(s.CreateJob(ctx, draft(i%2+1, n, 0, 2, 1), 0))(t)
	}
	must(t, s.CancelJob(ctx, JobID(4)))
	for _, c := range []struct {
		name string
		list func(transcode.Page) ([]*api.Job, string, error)
		want []int
	}{
		{"pipeline 1", func(p transcode.Page) ([]*api.Job, string, error) {
			return s.JobsByPipeline(ctx, PipelineID(1), p)
		}, []int{5, 4, 2}},
		{"pipeline 3", func(p transcode.Page) ([]*api.Job, string, error) {
			return s.JobsByPipeline(ctx, PipelineID(3), p)
		}, nil},
		{"Submitted", func(p transcode.Page) ([]*api.Job, string, error) {
			return s.JobsByStatus(ctx, transcode.Submitted, p)
		}, []int{5, 3, 1, 2, 6}},
		{"Canceled", func(p transcode.Page) ([]*api.Job, string, error) {
			return s.JobsByStatus(ctx, transcode.Canceled, p)
		}, []int{4}},
	} {
		var want []string
		for _, n := range c.want {
			want = append(want, JobID(n))
		}
		for _, ascending := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/ascending=%t", c.name, ascending), func(t *testing.T) {
				var all []*api.Job
				for page := (transcode.Page{Ascending: ascending, Limit: 2}); ; {
					jobs, next, err := c.list(page)
					must(t, err)
					all = append(all, jobs...)
					if page.After = next; next == "" {
						break
					}
				}
				if diff := cmp.Diff(want, jobIDs(all)); diff != "" {
					t.Errorf("jobs (-want +got):\n%s", diff)
				}
				for _, j := range all {
					if diff := cmp.Diff(got(s.Job(ctx, *j.Id))(t), j); diff != "" {
						t.Errorf("job of the list (-read +listed):\n%s", diff)
					}
				}
			})
			slices.Reverse(want)
		}
	}
}

// testListsOfPipelines bounds lists to some pipelines.
func testListsOfPipelines(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	for n := 1; n <= 4; n++ {
		AddPipeline(t, s, n)
		got(s.CreateJob(ctx, draft(n, n, 0, 1, 1), 0))(t)
	}
	if diff := cmp.Diff([]string{PipelineID(1), PipelineID(2), PipelineID(3), PipelineID(4)},
		got(s.PipelineIDs(ctx))(t)); diff != "" {
		t.Errorf("pipelines (-want +got):\n%s", diff)
	}
	page := transcode.Page{Ascending: true, Limit: 1, Pipelines: []string{PipelineID(4), PipelineID(2), "other"}}
	pipelines, next, err := s.Pipelines(ctx, page)
	if must(t, err); *pipelines[0].Id != PipelineID(2) || next != PipelineID(2) {
		t.Errorf("the first pipeline is %s, next %q", *pipelines[0].Id, next)
	}
	page.After = next
	pipelines, next, err = s.Pipelines(ctx, page)
	if must(t, err); *pipelines[0].Id != PipelineID(4) || next != "" {
		t.Errorf("the second pipeline is %s, next %q", *pipelines[0].Id, next)
	}
	for _, c := range []struct{ pipelines, want []string }{
		{[]string{PipelineID(3), PipelineID(1)}, []string{JobID(1), JobID(3)}},
		{[]string{}, nil},
		{nil, []string{JobID(1), JobID(2), JobID(3), JobID(4)}},
	} {
		jobs, _, err := s.JobsByStatus(ctx, transcode.Submitted,
			transcode.Page{Ascending: true, Limit: 9, Pipelines: c.pipelines})
		must(t, err)
		if diff := cmp.Diff(c.want, jobIDs(jobs)); diff != "" {
			t.Errorf("jobs of %q (-want +got):\n%s", c.pipelines, diff)
		}
	}
	if id := got(s.JobPipeline(ctx, JobID(3)))(t); id != PipelineID(3) {
		t.Errorf("the job's pipeline is %s", id)
	}
	if _, err := s.JobPipeline(ctx, JobID(5)); !errors.Is(err, transcode.ErrNotFound) {
		t.Errorf("a job that does not exist: %v", err)
	}
}

func testSixMonths(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	for n := 1; n <= 4; n++ {
		create(t, s, n)
	}
	age := func(id string, days int) {
		d.Exec(t, `update jobs set submit_millis = submit_millis - $1 where id = $2`,
			(time.Duration(days) * 24 * time.Hour).Milliseconds(), id)
	}
	age(JobID(1), 200)
	age(JobID(2), 181)
	list := func(ascending bool) []string {
		all, _, err := s.JobsByPipeline(ctx, PipelineID(1), transcode.Page{Ascending: ascending, Limit: 9})
		must(t, err)
		byStatus, _, err := s.JobsByStatus(ctx, transcode.Submitted, transcode.Page{Ascending: ascending, Limit: 9})
		must(t, err)
		if diff := cmp.Diff(jobIDs(all), jobIDs(byStatus)); diff != "" {
			t.Errorf("lists differ (-pipeline +status):\n%s", diff)
		}
		return jobIDs(all)
	}
	if diff := cmp.Diff([]string{JobID(2), JobID(3), JobID(4)}, list(true)); diff != "" {
		t.Errorf("oldest first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{JobID(4), JobID(3), JobID(2)}, list(false)); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	wantStatus(t, s, JobID(1), transcode.Submitted)
	for n := 1; n <= 4; n++ {
		age(JobID(n), 200)
	}
	if all := list(true); all != nil {
		t.Errorf("lists %v, want none", all)
	}
}
