package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

const bulkColumns = `seq, id, kind, priority, filter, caller, state, before, done, skipped, failed, last_error,
	created_millis, finished_millis`

// CreateBulkAction stores an action of kind, priority, filter and caller, running, and
// returns it. It is about the jobs that there are by now.
func (s *DB) CreateBulkAction(ctx context.Context, a task.BulkAction) (made task.BulkAction, err error) {
	filter, err := json.Marshal(a.Filter)
	if err != nil {
		return made, err
	}
	id := reference()
	err = s.change(ctx, "create a bulk action", func(t *tx) error {
		var newest int64
		err := t.get(`select seq from job_terms where term = $1 order by seq desc limit 1`, []any{everyJob}, &newest)
		if err != nil && !errors.Is(err, transcode.ErrNotFound) {
			return err
		}
		if _, err := t.exec(`insert into bulk_actions (id, kind, priority, filter, caller, before, created_millis)
			values ($1, $2, $3, $4, $5, $6, now_millis())`, id, a.Kind, a.Priority, string(filter), a.Caller,
			newest+1); err != nil {
			return err
		}
		made, err = t.bulkAction(id)
		return err
	})
	return made, err
}

// BulkAction reads an action, or fails with [transcode.ErrNotFound].
func (s *DB) BulkAction(ctx context.Context, id string) (a task.BulkAction, err error) {
	err = s.view(ctx, "read bulk action "+id, func(t *tx) error {
		a, err = t.bulkAction(id)
		return err
	})
	return a, err
}

func (t *tx) bulkAction(id string) (a task.BulkAction, err error) {
	all, err := collect(t, scanBulk, `select `+bulkColumns+` from bulk_actions where id = $1`, id)
	if err != nil || len(all) == 0 {
		return a, missing(err)
	}
	return all[0], nil
}

// BulkActions lists up to limit actions, the newest first: those before the one of that
// number, all for 0.
func (s *DB) BulkActions(ctx context.Context, before int64, limit int) (all []task.BulkAction, err error) {
	err = s.view(ctx, "list bulk actions", func(t *tx) error {
		all, err = collect(t, scanBulk, `select `+bulkColumns+` from bulk_actions where seq < $1 or $1 = 0
			order by seq desc limit $2`, before, limit)
		return err
	})
	return all, err
}

// RunningBulkActions lists those that have not ended, the oldest first.
func (s *DB) RunningBulkActions(ctx context.Context) (all []task.BulkAction, err error) {
	err = s.view(ctx, "list running bulk actions", func(t *tx) error {
		all, err = collect(t, scanBulk, `select `+bulkColumns+` from bulk_actions where state = 'running' order by seq`)
		return err
	})
	return all, err
}

func scanBulk(rows *sql.Rows) (a task.BulkAction, err error) {
	var filter string
	var created int64
	var finished sql.Null[int64]
	if err := rows.Scan(&a.Number, &a.ID, &a.Kind, &a.Priority, &filter, &a.Caller, &a.State, &a.Before, &a.Done,
		&a.Skipped, &a.Failed, &a.LastError, &created, &finished); err != nil {
		return a, err
	}
	a.Created = time.UnixMilli(created)
	if finished.Valid {
		a.Finished = time.UnixMilli(finished.V)
	}
	return a, json.Unmarshal([]byte(filter), &a.Filter)
}

// EndBulkAction ends an action that runs as done or stopped; one that has ended stays as it is.
func (s *DB) EndBulkAction(ctx context.Context, id string, state task.BulkState) error {
	return s.change(ctx, "end bulk action "+id, func(t *tx) error {
		if _, err := t.bulkAction(id); err != nil {
			return err
		}
		_, err := t.exec(`update bulk_actions set state = $1, finished_millis = now_millis()
			where id = $2 and state = 'running'`, string(state), id)
		return err
	})
}

// AdvanceBulkAction lets an action go on before a number; one that is there already stays.
func (s *DB) AdvanceBulkAction(ctx context.Context, id string, before int64) error {
	return s.change(ctx, "advance bulk action "+id, func(t *tx) error {
		_, err := t.exec(`update bulk_actions set before = $1 where id = $2 and before > $1`, before, id)
		return err
	})
}

// ActOn does what an action is for with one of its jobs, once: in the same transaction the
// action goes on before that job. It reports whether the job had started, for a cancel. An
// action that has ended, or is past the job, does nothing.
func (s *DB) ActOn(ctx context.Context, a task.BulkAction, r task.Record, retry retryDraft) (started bool, err error) {
	id := *r.Job.Id
	act := func(t *tx) (err error) {
		switch a.Kind {
		case task.BulkCancel:
			started, err = t.stopJob(id)
		case task.BulkRetry:
			_, err = s.retryJob(t, id, retry, 0)
		case task.BulkPrioritize:
			err = t.prioritizeJob(id, a.Priority)
		}
		return err
	}
	count := func(column, lastError string) func(*tx) error {
		return func(t *tx) error {
			return t.change(errPassed, fmt.Sprintf(`update bulk_actions set before = $1, %[1]s = %[1]s + 1,
				last_error = case when $2 = '' then last_error else $2 end
				where id = $3 and before > $1 and state = 'running'`, column), r.Number, lastError, a.ID)
		}
	}
	what := fmt.Sprintf("%s job %s", a.Kind, id)
	err = s.change(ctx, what, func(t *tx) error { return errors.Join(count("done", "")(t), act(t)) })
	switch {
	case errors.Is(err, errPassed):
		return false, nil
	case err == nil, errors.Is(err, transcode.ErrUnavailable), ctx.Err() != nil:
		return started, err
	case errors.Is(err, transcode.ErrInUse):
		err = s.change(ctx, what, count("skipped", ""))
	default:
		err = s.change(ctx, what, count("failed", err.Error()))
	}
	if errors.Is(err, errPassed) {
		err = nil
	}
	return false, err
}

// errPassed tells that a bulk action has ended, or is past a job.
var errPassed = errors.New("the bulk action does not come to this job")
