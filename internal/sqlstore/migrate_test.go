package sqlstore_test

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/sqlstore/storetest"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// beforeSearch is the last schema whose jobs have no terms by which they are found.
const beforeSearch = 8

// olderJobs are as many as the migration reads at once, and a half more.
const olderJobs = 1500

// TestOlderJobsAreSearched opens a database whose jobs were stored before there was an index
// for searches.
func TestOlderJobsAreSearched(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "state.db")
		fillOlder(t, "sqlite", "file:"+path, "sqlite")
		searchOlder(t, path)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := postgres.Database(t)
		fillOlder(t, "pgx", url, "postgres")
		searchOlder(t, url)
	})
}

// fillOlder stores jobs as a release before the index did. Every third is in Error.
func fillOlder(t *testing.T, driver, dsn, dialect string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := sqlstore.MigrateTo(t.Context(), db, dialect, beforeSearch); err != nil {
		t.Fatal(err)
	}
	run, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := run.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n <= olderJobs; n++ {
		draft := storetest.Draft(n%2+1, n, 0)
		doc, err := json.Marshal(draft.Doc)
		if err != nil {
			t.Fatal(err)
		}
		status := transcode.Complete
		if n%3 == 0 {
			status = transcode.Errored
		}
		exec(`insert into jobs (id, pipeline_id, status, submit_millis, doc) values ($1, $2, $3, $4, $5)`,
			*draft.Doc.Id, *draft.Doc.PipelineId, string(status), n*1000, string(doc))
		exec(`insert into tasks (id, seq, job_id, pipeline_id, kind, state, priority, waiting_millis)
			values ($1, $2, $1, $3, $4, 'done', 0, $5)`, *draft.Doc.Id, n, *draft.Doc.PipelineId, task.WholeJob, n*1000)
	}
	if err := run.Commit(); err != nil {
		t.Fatal(err)
	}
}

// searchOlder opens the database and finds its jobs, with those that come later.
func searchOlder(t *testing.T, dsn string) {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.AddPipeline(t, s, 1)
	if _, err := s.CreateJob(t.Context(), storetest.Draft(1, olderJobs+1, 0), 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		filter task.JobFilter
		want   []int // numbers of jobs, the newest first
	}{
		{"id", task.JobFilter{Text: storetest.JobID(1000)}, []int{1000}},
		{"input key", task.JobFilter{Text: "in/1001.mp4"}, []int{1001}},
		{"beginning of a word", task.JobFilter{Text: "out 149"},
			[]int{1499, 1498, 1497, 1496, 1495, 1494, 1493, 1492, 1491, 1490, 149}},
		{"metadata", task.JobFilter{Metadata: map[string]string{"order": "1500"}}, []int{1500}},
		{"time and status", task.JobFilter{Status: transcode.Errored, From: time.UnixMilli(997_000),
			Until: time.UnixMilli(1_003_000)}, []int{1002, 999}},
		{"pipeline and word", task.JobFilter{PipelineID: storetest.PipelineID(1), Text: "2.mp4 in 2"}, []int{2}},
		{"all", task.JobFilter{}, numbersDown(olderJobs + 1)},
	} {
		if got := findAll(t, s, c.filter); !slices.Equal(got, ids(c.want)) {
			t.Errorf("%s: %v, want %v", c.name, got, ids(c.want))
		}
	}
}

// findAll is all that a filter selects, page by page.
func findAll(t *testing.T, s *sqlstore.DB, f task.JobFilter) (found []string) {
	t.Helper()
	for before := int64(0); ; {
		page, next, err := s.SearchJobs(t.Context(), f, before, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			found = append(found, *r.Job.Id)
		}
		if before = next; next == 0 {
			return found
		}
	}
}

func numbersDown(first int) (all []int) {
	for n := first; n > 0; n-- {
		all = append(all, n)
	}
	return all
}

func ids(numbers []int) (all []string) {
	for _, n := range numbers {
		all = append(all, storetest.JobID(n))
	}
	return all
}
