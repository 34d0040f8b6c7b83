package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// remember keeps that a task's job was given up.
func (t *tx) remember(row taskRow, attempts int, lastError string) error {
	_, err := t.exec(`insert into given_up_jobs (job_id, pipeline_id, attempts, workers, last_error, created_millis)
		values ($1, $2, $3, $4, $5, now_millis())`, row.JobID, row.pipeline, attempts, row.workers, lastError)
	return err
}

// GivenUpJobs lists up to limit jobs that were given up, newest first: those before
// the one of that number, which [task.GivenUp] has; all for 0.
func (s *DB) GivenUpJobs(ctx context.Context, before int64, limit int) (all []task.GivenUp, err error) {
	err = s.view(ctx, "list given-up jobs", func(t *tx) error {
		all, err = collect(t, scanGivenUp, `select id, job_id, pipeline_id, attempts, workers, last_error,
			created_millis
			from given_up_jobs where id < $1 or $1 = 0 order by id desc limit $2`, before, limit)
		return err
	})
	return all, err
}

func scanGivenUp(rows *sql.Rows) (g task.GivenUp, err error) {
	var workers string
	var created int64
	err = rows.Scan(&g.Number, &g.JobID, &g.PipelineID, &g.Attempts, &workers, &g.LastError, &created)
	if err != nil {
		return g, err
	}
	g.At = time.UnixMilli(created)
	err = json.Unmarshal([]byte(workers), &g.Workers)
	return g, err
}
