package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// history is how long lists show a job: six months, in milliseconds (original.md
// 1.5). It is the longest such span of a calendar.
const history = 184 * 24 * 60 * 60 * 1000

// CreateJob stores an accepted job and its task in one transaction and returns
// the job as it reads back. maxQueued bounds the pipeline's Submitted jobs, 0 does
// not. Errors: [transcode.ErrNotFound] when the pipeline is gone,
// [transcode.ErrLimit], [transcode.ErrDuplicateID].
func (s *DB) CreateJob(ctx context.Context, d *transcode.JobDraft, maxQueued int) (*api.Job, error) {
	row, err := newJobRow(d)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, "create job "+*d.Doc.Id, func(t *tx) error {
		if err := s.admitJob(t, *d.Doc.PipelineId, maxQueued); err != nil {
			return err
		}
		return t.insertJob(d, &row)
	})
	if err != nil {
		return nil, err
	}
	return row.job()
}

// newJobRow is the row of a job that is accepted.
func newJobRow(d *transcode.JobDraft) (jobRow, error) {
	doc, err := json.Marshal(d.Doc)
	return jobRow{status: transcode.Submitted, doc: string(doc)}, err
}

// insertJob stores a job and its task.
func (t *tx) insertJob(d *transcode.JobDraft, row *jobRow) error {
	id, pipeline := *d.Doc.Id, *d.Doc.PipelineId
	var seq int64
	if err := t.row(`insert into jobs (id, pipeline_id, status, submit_millis, doc)
		values ($1, $2, 'Submitted', now_millis(), $3) returning seq, submit_millis`,
		id, pipeline, row.doc).Scan(&seq, &row.submit); err != nil {
		return t.taken(err)
	}
	if err := t.index(seq, d.Doc); err != nil {
		return err
	}
	_, err := t.exec(`insert into tasks (id, seq, job_id, pipeline_id, kind, state, priority, waiting_millis)
		values ($1, $2, $3, $4, $5, 'waiting', $6, $7)`,
		wholeJobID(id), seq, id, pipeline, task.WholeJob, d.Spec.Priority, row.submit)
	return t.taken(err)
}

// wholeJobID is the id of the task that covers a whole job: the job's own, so that
// it is unique. Nothing else derives one from the other.
func wholeJobID(jobID string) string { return jobID }

// Job reads a job of any age, or fails with [transcode.ErrNotFound].
func (s *DB) Job(ctx context.Context, id string) (j *api.Job, err error) {
	err = s.view(ctx, "read job "+id, func(t *tx) error {
		r, err := t.job(id, "")
		if err != nil {
			return err
		}
		j, err = r.job()
		return err
	})
	return j, err
}

func (t *tx) job(id, lock string) (r jobRow, err error) {
	err = t.get(`select `+jobColumns+` from jobs where id = $1`+lock, []any{id}, r.into()...)
	return r, err
}

// JobPipeline reads the id of a job's pipeline, or fails with [transcode.ErrNotFound].
func (s *DB) JobPipeline(ctx context.Context, id string) (pipeline string, err error) {
	err = s.view(ctx, "read the pipeline of job "+id, func(t *tx) error {
		return t.get(`select pipeline_id from jobs where id = $1`, []any{id}, &pipeline)
	})
	return pipeline, err
}

// JobsByPipeline lists the jobs of a pipeline of the last six months in the order
// in which they were submitted.
func (s *DB) JobsByPipeline(ctx context.Context, pipelineID string, page transcode.Page) ([]*api.Job, string, error) {
	return s.jobs(ctx, "pipeline_id", pipelineID, page)
}

// JobsByStatus is JobsByPipeline for the jobs of all pipelines that have a status.
func (s *DB) JobsByStatus(ctx context.Context, status transcode.Status, page transcode.Page) ([]*api.Job, string,
	error) {
	return s.jobs(ctx, "status", string(status), page)
}

func (s *DB) jobs(ctx context.Context, column, value string, page transcode.Page) ([]*api.Job, string, error) {
	return list[*api.Job]{
		what: "list jobs", table: "jobs", columns: jobColumns,
		where:  column + ` = $1 and submit_millis >= now_millis() - $2`,
		args:   []any{value, history},
		oldest: `select seq from jobs where submit_millis >= now_millis() - $1 order by submit_millis limit 1`,
		age:    history, pipeline: "pipeline_id",
		scan: func(rows *sql.Rows) (*api.Job, error) {
			var r jobRow
			if err := rows.Scan(r.into()...); err != nil {
				return nil, err
			}
			return r.job()
		},
		id: func(j *api.Job) string { return *j.Id },
	}.page(ctx, s, page)
}

// CancelJob cancels a job that no worker has claimed yet, with all its outputs
// and playlists; for any other it is [transcode.ErrInUse].
func (s *DB) CancelJob(ctx context.Context, id string) error {
	return s.change(ctx, "cancel job "+id, func(t *tx) error {
		ended, err := t.exec(`update tasks set state = 'done'
			where job_id = $1 and started = 0 and state in ('waiting', 'admitted')`, id)
		if err != nil {
			return err
		}
		if ended == 0 {
			if _, missing := t.job(id, ""); missing != nil {
				return missing
			}
			return transcode.ErrInUse
		}
		return t.move(id, transcode.Submitted, transcode.Canceled, `finish_millis = now_millis()`)
	})
}

// move changes a job's status, with what else changes then: columns set to values,
// which are the parameters from $4 on. All changes of a status are made here. A job
// that is not in the status from is [transcode.ErrInUse].
func (t *tx) move(id string, from, to transcode.Status, set string, values ...any) error {
	if !from.CanBecome(to) {
		return fmt.Errorf("a job that is %s can't become %s", from, to)
	}
	return t.change(transcode.ErrInUse, `update jobs set status = $3, `+set+` where id = $1 and status = $2`,
		append([]any{id, string(from), string(to)}, values...)...)
}
