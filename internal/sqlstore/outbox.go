package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// emit puts the notification of a job's change of state into the outbox.
func (t *tx) emit(id, state string, errorCode int, details string) error {
	row, err := t.job(id, "")
	if err != nil {
		return err
	}
	j, err := row.job()
	if err != nil {
		return err
	}
	message, err := transcode.EventMessage(j, state, errorCode, details)
	if err != nil {
		return fmt.Errorf("notification of job %s: %w", id, err)
	}
	_, err = t.exec(`insert into outbox (job_id, pipeline_id, state, due_millis, message)
		values ($1, $2, $3, now_millis(), $4)`, id, *j.PipelineId, state, string(message))
	return err
}

// Events lists up to limit events that are due, oldest first.
func (s *DB) Events(ctx context.Context, limit int) (all []transcode.Event, err error) {
	err = s.view(ctx, "list events", func(t *tx) error {
		all, err = collect(t, func(rows *sql.Rows) (e transcode.Event, err error) {
			err = rows.Scan(&e.ID, &e.Tries, &e.JobID, &e.PipelineID, &e.State, &e.Message)
			return e, err
		}, `select id, tries, job_id, pipeline_id, state, message from outbox
			where due_millis <= now_millis() order by id limit $1`, limit)
		return err
	})
	return all, err
}

// EventDelivered removes an event from the outbox; one that is gone is no error.
func (s *DB) EventDelivered(ctx context.Context, id int64) error {
	return s.change(ctx, "remove event", func(t *tx) error {
		_, err := t.exec(`delete from outbox where id = $1`, id)
		return err
	})
}

// EventFailed counts a failed delivery; the event is due again after retryAfter.
func (s *DB) EventFailed(ctx context.Context, id int64, retryAfter time.Duration) error {
	return s.change(ctx, "postpone event", func(t *tx) error {
		_, err := t.exec(`update outbox set tries = tries + 1, due_millis = now_millis() + $1 where id = $2`,
			retryAfter.Milliseconds(), id)
		return err
	})
}
