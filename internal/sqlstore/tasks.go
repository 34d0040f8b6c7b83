package sqlstore

import (
	"context"
	"errors"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// fence is the condition under which a write of an attempt is accepted; its
// parameters are the first three, see holder.
const fence = ` where id = $1 and worker = $2 and attempt = $3 and state = 'running'`

// holder are the parameters of fence.
func holder(c *task.Claim) []any { return []any{c.Task.ID, c.Worker, c.Attempt} }

// Confirm reports whether the attempt still holds its task: else [task.ErrLeaseLost], or
// [task.ErrCanceled] where its job was canceled.
func (s *DB) Confirm(ctx context.Context, c *task.Claim) error {
	return s.view(ctx, "confirm task "+c.Task.ID, func(t *tx) error { return t.holds(c, "") })
}

// holds checks the fence, and keeps the task as it is with a lock of " for update".
func (t *tx) holds(c *task.Claim, lock string) error {
	var one int
	err := t.get(`select 1 from tasks`+fence+lock, holder(c), &one)
	if errors.Is(err, transcode.ErrNotFound) {
		return t.lost(c)
	}
	return err
}

// Release hands a task back, to be admitted again at once. The attempt does not
// count against the limit of attempts.
func (s *DB) Release(ctx context.Context, c *task.Claim) error {
	return s.change(ctx, "release task "+c.Task.ID, func(t *tx) error {
		return t.change(task.ErrLeaseLost, `update tasks set state = 'waiting', worker = null,
			released = released + 1, waiting_millis = now_millis()`+fence, holder(c)...)
	})
}

// CountAttempt lets the attempt count when it is lost, although others have run beside it:
// it runs alone by now, or has failed for a reason of its own.
func (s *DB) CountAttempt(ctx context.Context, c *task.Claim) error {
	return s.change(ctx, "count an attempt at task "+c.Task.ID, func(t *tx) error {
		return t.change(task.ErrLeaseLost, `update tasks set beside = 0`+fence, holder(c)...)
	})
}

// Outstanding lists the admission of every admitted or running task.
func (s *DB) Outstanding(ctx context.Context) (all []task.Admission, err error) {
	err = s.view(ctx, "list outstanding tasks", func(t *tx) error {
		all, err = collect(t, scanAdmission,
			`select id, admission from tasks where state in ('admitted', 'running') order by seq`)
		return err
	})
	return all, err
}

// ReviveAll makes every admitted or running task wait again and returns their
// number. It is for the start of the only server of a database, whose workers
// died with it: their attempts count, but for those that ran beside others.
func (s *DB) ReviveAll(ctx context.Context) (n int, err error) {
	err = s.change(ctx, "revive tasks", func(t *tx) error {
		if _, err := t.exec(`update tasks set excused = excused + 1, alone = 1, beside = 0
			where state = 'running' and beside = 1`); err != nil {
			return err
		}
		revived, err := t.exec(`update tasks set state = 'waiting', worker = null, waiting_millis = now_millis()
			where state in ('admitted', 'running')`)
		n = int(revived)
		return err
	})
	return n, err
}
