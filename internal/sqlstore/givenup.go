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
	_, err := t.exec(`insert into given_up_jobs (job_id, pipeline_id, attempts, workers, last_error, tail,
			created_millis)
		values ($1, $2, $3, $4, case when $5 = '' then (select fault from tasks where id = $6) else $5 end,
			(select tail from tasks where id = $6), now_millis())`,
		row.JobID, row.pipeline, attempts, row.workers, lastError, row.ID)
	return err
}

// GivenUpJobs lists up to limit jobs that were given up, newest first: those before
// the one of that number, which [task.GivenUp] has, all for 0; and those of these
// pipelines only, of all for nil.
func (s *DB) GivenUpJobs(ctx context.Context, before int64, pipelines []string, limit int) (all []task.GivenUp,
	err error) {
	where, args := `(id < $1 or $1 = 0)`, []any{before, limit}
	if pipelines != nil {
		ids, err := json.Marshal(pipelines)
		if err != nil {
			return nil, err
		}
		where, args = where+` and `+among("pipeline_id", len(args)+1), append(args, string(ids))
	}
	err = s.view(ctx, "list given-up jobs", func(t *tx) error {
		all, err = collect(t, scanGivenUp, `select id, job_id, pipeline_id, attempts, workers, last_error, tail,
			created_millis
			from given_up_jobs where `+where+` order by id desc limit $2`, args...)
		return err
	})
	return all, err
}

func scanGivenUp(rows *sql.Rows) (g task.GivenUp, err error) {
	var workers, tail string
	var created int64
	err = rows.Scan(&g.Number, &g.JobID, &g.PipelineID, &g.Attempts, &workers, &g.LastError, &tail, &created)
	if err != nil {
		return g, err
	}
	g.At = time.UnixMilli(created)
	g.Workers, g.Tail, err = lists(workers, tail)
	return g, err
}

// lists are the names of workers and the last lines of ffmpeg as they are stored.
func lists(workers, tail string) (names, lines []string, err error) {
	if err = json.Unmarshal([]byte(workers), &names); err == nil && tail != "" {
		err = json.Unmarshal([]byte(tail), &lines)
	}
	return names, lines, err
}

// JobLog tells of the attempts at a job, or fails with [transcode.ErrNotFound].
func (s *DB) JobLog(ctx context.Context, id string) (l task.Log, err error) {
	err = s.view(ctx, "read the log of job "+id, func(t *tx) error {
		all, err := collect(t, scanLog, `select j.status, k.attempt, k.workers, k.fault, k.tail from jobs j
			join tasks k on k.job_id = j.id and k.kind = $2 where j.id = $1`, id, task.WholeJob)
		if err != nil || len(all) == 0 {
			return missing(err)
		}
		l = all[0]
		return nil
	})
	return l, err
}

func scanLog(rows *sql.Rows) (l task.Log, err error) {
	var workers, tail string
	if err = rows.Scan(&l.Status, &l.Attempts, &workers, &l.LastError, &tail); err != nil {
		return l, err
	}
	l.Workers, l.Tail, err = lists(workers, tail)
	return l, err
}

// SaveFault keeps what went wrong with an attempt, for the list of given-up jobs. It returns
// [task.ErrLeaseLost], having changed nothing, when the task has passed to another attempt.
func (s *DB) SaveFault(ctx context.Context, c *task.Claim, f task.Fault) error {
	tail := ""
	if f.Tail != nil {
		text, err := json.Marshal(f.Tail)
		if err != nil {
			return err
		}
		tail = string(text)
	}
	return s.change(ctx, "save a fault of job "+c.Task.JobID, func(t *tx) error {
		return t.change(task.ErrLeaseLost, `update tasks set fault = case when $4 = '' then fault else $4 end,
			tail = case when $5 = '' then tail else $5 end`+fence, append(holder(c), f.Reason, tail)...)
	})
}
