package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testSearch finds jobs by all that a filter can say.
func testSearch(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	AddPipeline(t, s, 2)
	keys := []string{"", "Summer/Trip-2026.MP4", "winter/trip.mov", "über_Straße.mp4", "summer/trap.mp4", "x.mp4",
		"x.mp4"}
	for n := 1; n <= 6; n++ {
		draft := Draft(1+n/4, n, 0) // 4 and later are of the second pipeline
		draft.Doc.Inputs[0].Key = &keys[n]
		draft.Doc.UserMetadata = map[string]string{"customer": fmt.Sprint("c ", n%2), "n": fmt.Sprint(n)}
		got(s.CreateJob(ctx, draft, 0))(t)
	}
	must(t, s.CancelJob(ctx, JobID(5)))
	for _, c := range []struct {
		what string
		f    task.JobFilter
		want []int
	}{
		{"all", task.JobFilter{}, []int{6, 5, 4, 3, 2, 1}},
		{"a pipeline", task.JobFilter{PipelineID: PipelineID(2)}, []int{6, 5, 4}},
		{"no pipeline", task.JobFilter{PipelineID: PipelineID(3)}, nil},
		{"pipelines that may be seen", task.JobFilter{Pipelines: []string{PipelineID(1)}}, []int{3, 2, 1}},
		{"none that may be seen", task.JobFilter{Pipelines: []string{}}, nil},
		{"a status", task.JobFilter{Status: transcode.Canceled}, []int{5}},
		{"a status of a pipeline", task.JobFilter{Status: transcode.Submitted, PipelineID: PipelineID(2)}, []int{6, 4}},
		{"a word", task.JobFilter{Text: "TRIP"}, []int{2, 1}},
		{"the beginning of one", task.JobFilter{Text: "tr"}, []int{4, 2, 1}},
		{"two", task.JobFilter{Text: "summer tr"}, []int{4, 1}},
		{"a path", task.JobFilter{Text: "summer/trip-2026"}, []int{1}},
		{"the middle of a word", task.JobFilter{Text: "rip"}, nil},
		{"a beginning that is not the last", task.JobFilter{Text: "su trip"}, nil},
		{"letters of other languages", task.JobFilter{Text: "ÜBER straße"}, []int{3}},
		{"an output", task.JobFilter{Text: "out/4/v1.mp4"}, []int{4}},
		{"an id", task.JobFilter{Text: JobID(3)}, []int{3}},
		{"what is no word", task.JobFilter{Text: "=/"}, nil},
		{"what would be a term of metadata", task.JobFilter{Text: "=n=1"}, nil},
		{"metadata", task.JobFilter{Metadata: map[string]string{"customer": "c 1"}}, []int{5, 3, 1}},
		{"all of it", task.JobFilter{Metadata: map[string]string{"customer": "c 1", "n": "3"}}, []int{3}},
		{"of another value", task.JobFilter{Metadata: map[string]string{"customer": "c"}}, nil},
		{"everything", task.JobFilter{PipelineID: PipelineID(2), Status: transcode.Canceled, Text: "x mp",
			Metadata: map[string]string{"n": "5"}}, []int{5}},
	} {
		for _, limit := range []int{2, 100} {
			if found := search(t, s, c.f, limit); !slices.Equal(found, c.want) {
				t.Errorf("%s, %d at once: %v, want %v", c.what, limit, found, c.want)
			}
		}
	}
	testSearchTimes(t, d, s)
}

// testSearchTimes finds jobs by the time of their submission.
func testSearchTimes(t *testing.T, d Database, s Store) {
	t.Helper()
	at := func(hour int) time.Time { return time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC) }
	for n := 1; n <= 6; n++ {
		d.Exec(t, fmt.Sprintf(`update jobs set submit_millis = %d where id = '%s'`, at(n).UnixMilli(), JobID(n)))
	}
	for _, c := range []struct {
		from, until time.Time
		want        []int
	}{
		{at(3), time.Time{}, []int{6, 5, 4, 3}},
		{time.Time{}, at(3), []int{2, 1}},
		{at(2), at(4), []int{3, 2}},
		{at(7), time.Time{}, nil},
		{time.Time{}, at(1), nil},
	} {
		if found := search(t, s, task.JobFilter{From: c.from, Until: c.until}, 1); !slices.Equal(found, c.want) {
			t.Errorf("from %v until %v: %v, want %v", c.from, c.until, found, c.want)
		}
	}
}

// search goes through the pages and returns which of the jobs were found.
func search(t *testing.T, s Store, f task.JobFilter, limit int) (found []int) {
	t.Helper()
	for before := int64(0); ; {
		page, next, err := s.SearchJobs(t.Context(), f, before, limit)
		must(t, err)
		if len(page) > limit {
			t.Fatalf("%d jobs in a page of %d", len(page), limit)
		}
		for _, r := range page {
			found = append(found, number(*r.Job.Id))
		}
		if next == 0 {
			return found
		}
		before = next
	}
}

// number is the n of [JobID].
func number(id string) (n int) {
	for JobID(n) != id {
		n++
	}
	return n
}
