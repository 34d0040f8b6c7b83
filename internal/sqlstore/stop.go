package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// canceledDetails is what the notification of a job says that was canceled after it began.
const canceledDetails = "The job was canceled."

// StopJob cancels a job, be it that a worker has it: from then on nothing that the worker
// stores is accepted. A job that has started, and so told PROGRESSING, tells ERROR. It
// reports whether it had started; a job that is Canceled already stays as it is, and that
// has ended otherwise is [transcode.ErrInUse].
func (s *DB) StopJob(ctx context.Context, id string) (started bool, err error) {
	err = s.change(ctx, "cancel job "+id, func(t *tx) error {
		started, err = t.stopJob(id)
		return err
	})
	return started, err
}

func (t *tx) stopJob(id string) (started bool, err error) {
	// Without its worker's name the task does not look like one that the worker has finished.
	ended, err := t.exec(`update tasks set state = 'done', worker = null
		where job_id = $1 and state in ('waiting', 'admitted', 'running')`, id)
	if err != nil {
		return false, err
	}
	row, err := t.job(id, " for update")
	switch {
	case err != nil:
		return false, err
	case row.status == transcode.Canceled:
		return false, nil
	case ended == 0 || row.status.Final():
		return false, transcode.ErrInUse
	}
	if err := t.move(id, row.status, transcode.Canceled,
		`finish_millis = now_millis(), outputs = null, playlists = null`); err != nil {
		return false, err
	}
	if row.status == transcode.Submitted {
		return false, nil
	}
	return true, t.emit(id, notify.StateError, 0, canceledDetails)
}

// lost says why an attempt does not hold its task any more: [task.ErrCanceled] or
// [task.ErrLeaseLost].
func (t *tx) lost(c *task.Claim) error {
	var one int
	err := t.get(`select 1 from jobs where id = $1 and status = 'Canceled'`, []any{c.Task.JobID}, &one)
	switch {
	case err == nil:
		return task.ErrCanceled
	case errors.Is(err, transcode.ErrNotFound):
		return task.ErrLeaseLost
	}
	return err
}

// Leftovers lists what those jobs may have published that were canceled longer ago than age,
// after they had begun to publish.
func (s *DB) Leftovers(ctx context.Context, age time.Duration) (all []task.Leftover, err error) {
	err = s.view(ctx, "list what canceled jobs have left", func(t *tx) error {
		all, err = collect(t, scanLeftover, `select id, pipeline from jobs where id in (select job_id from publishing)
			and status = 'Canceled' and finish_millis < now_millis() - $1`, age.Milliseconds())
		for i := 0; err == nil && i < len(all); i++ {
			all[i].Keys, err = t.publishing(all[i].JobID)
		}
		return err
	})
	return all, err
}

func scanLeftover(rows *sql.Rows) (l task.Leftover, err error) {
	var captured sql.Null[string]
	if err := rows.Scan(&l.JobID, &captured); err != nil {
		return l, err
	}
	p, err := decode[api.Pipeline](captured.V)
	if err == nil && p.Role != nil {
		l.Role = *p.Role
	}
	return l, err
}

// ForgetLeftover tells that nothing is left of a canceled job.
func (s *DB) ForgetLeftover(ctx context.Context, jobID string) error {
	return s.change(ctx, "forget what job "+jobID+" has left", func(t *tx) error {
		_, err := t.exec(`delete from publishing where job_id = $1
			and job_id in (select id from jobs where status = 'Canceled')`, jobID)
		return err
	})
}
