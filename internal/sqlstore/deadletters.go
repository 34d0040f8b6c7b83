package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// bury writes the dead letter of a task.
func (t *tx) bury(row taskRow, attempts int, lastError string) error {
	_, err := t.exec(`insert into dead_letters (job_id, pipeline_id, attempts, workers, last_error, created_millis)
		values ($1, $2, $3, $4, $5, now_millis())`, row.job, row.pipeline, attempts, row.workers, lastError)
	return err
}

// DeadLetters lists up to limit jobs that were given up, newest first.
func (s *DB) DeadLetters(ctx context.Context, limit int) (all []task.GivenUp, err error) {
	err = s.view(ctx, "list dead letters", func(t *tx) error {
		all, err = collect(t, func(rows *sql.Rows) (d task.GivenUp, err error) {
			var workers string
			var created int64
			if err = rows.Scan(&d.JobID, &d.PipelineID, &d.Attempts, &workers, &d.LastError, &created); err != nil {
				return d, err
			}
			d.At = time.UnixMilli(created)
			err = json.Unmarshal([]byte(workers), &d.Workers)
			return d, err
		}, `select job_id, pipeline_id, attempts, workers, last_error, created_millis from dead_letters
			order by id desc limit $1`, limit)
		return err
	})
	return all, err
}
