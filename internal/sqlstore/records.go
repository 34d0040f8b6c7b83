package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// recordColumns are those of a record, of jobs j and its task k.
const recordColumns = `j.seq, k.priority, j.retry_of, ` +
	`j.status, j.submit_millis, j.start_millis, j.finish_millis, j.outputs, j.playlists, j.detected, j.doc`

func scanRecord(rows *sql.Rows) (r task.Record, err error) {
	var row jobRow
	var retryOf sql.Null[string]
	if err := rows.Scan(append([]any{&r.Number, &r.Priority, &retryOf}, row.into()...)...); err != nil {
		return r, err
	}
	r.RetryOf = retryOf.V
	r.Job, err = row.job()
	return r, err
}

// Record reads a job with what its document does not say, or fails with
// [transcode.ErrNotFound].
func (s *DB) Record(ctx context.Context, id string) (r task.Record, err error) {
	err = s.view(ctx, "read job "+id, func(t *tx) error {
		all, err := collect(t, scanRecord, `select `+recordColumns+` from jobs j
			join tasks k on k.job_id = j.id and k.kind = $2 where j.id = $1`, id, task.WholeJob)
		if err != nil || len(all) == 0 {
			return missing(err)
		}
		r = all[0]
		return nil
	})
	return r, err
}

// missing is err, or that a row is not there.
func missing(err error) error {
	if err == nil {
		return transcode.ErrNotFound
	}
	return err
}

// retryDraft makes a job of the document of another one, as that was accepted, with the
// presets that it names, deleted ones too.
type retryDraft = func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error)

// RetryJob stores what draft makes of the document of a job, as that was accepted, and of
// the presets that it names, deleted ones too. The job must be in Error or Canceled, else
// it is [transcode.ErrInUse]. The other errors are those of [DB.CreateJob].
func (s *DB) RetryJob(ctx context.Context, id string, draft retryDraft, maxQueued int) (j *api.Job, err error) {
	err = s.change(ctx, "retry job "+id, func(t *tx) error {
		j, err = s.retryJob(t, id, draft, maxQueued)
		return err
	})
	return j, err
}

func (s *DB) retryJob(t *tx, id string, draft retryDraft, maxQueued int) (*api.Job, error) {
	old, err := t.job(id, "")
	if err != nil {
		return nil, err
	}
	if old.status != transcode.Errored && old.status != transcode.Canceled {
		return nil, transcode.ErrInUse
	}
	doc, err := decode[api.Job](old.doc)
	if err != nil {
		return nil, err
	}
	stored := func(ids []string) (map[string]*api.Preset, error) { return t.presets(ids, "") }
	presets, err := transcode.PresetsNamed(transcode.JobPresetIDs(doc), stored)
	if err != nil {
		return nil, err
	}
	d, err := draft(doc, presets)
	if err != nil {
		return nil, err
	}
	if err := s.admitJob(t, *d.Doc.PipelineId, maxQueued); err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", *d.Doc.PipelineId, err)
	}
	row, err := newJobRow(d)
	if err != nil {
		return nil, err
	}
	if err := t.insertJob(d, &row); err != nil {
		return nil, err
	}
	if _, err := t.exec(`update jobs set retry_of = $1 where id = $2`, id, *d.Doc.Id); err != nil {
		return nil, err
	}
	return row.job()
}

// retried lists the jobs that a job retries: the one that it names, the one that this
// names, and so on.
func (t *tx) retried(id string) ([]string, error) {
	return collect(t, scanText, `with recursive before (id) as (
			select retry_of from jobs where id = $1 and retry_of is not null
			union select j.retry_of from jobs j join before b on j.id = b.id where j.retry_of is not null)
		select id from before`, id)
}

// PrioritizeJob changes the priority of a job that no worker has begun, and takes it back
// from the queue if it is there, so that it takes its new turn. For any other it is
// [transcode.ErrInUse].
func (s *DB) PrioritizeJob(ctx context.Context, id string, priority int) error {
	return s.change(ctx, "prioritize job "+id, func(t *tx) error { return t.prioritizeJob(id, priority) })
}

func (t *tx) prioritizeJob(id string, priority int) error {
	changed, err := t.exec(`update tasks set priority = $1, state = 'waiting'
		where job_id = $2 and started = 0 and state in ('waiting', 'admitted')`, priority, id)
	if err != nil || changed > 0 {
		return err
	}
	if _, err := t.job(id, ""); err != nil {
		return err
	}
	return transcode.ErrInUse
}
