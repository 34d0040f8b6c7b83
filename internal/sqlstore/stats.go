package sqlstore

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

// QueueStats counts tasks and given-up jobs. It reads an index entry for each
// waiting task, so it is for every few seconds, not for every request.
func (s *DB) QueueStats(ctx context.Context) (q task.QueueStats, err error) {
	err = s.view(ctx, "count tasks", func(t *tx) error {
		var oldest int64
		err := t.row(`select
			(select count(*) from tasks where state = 'waiting' and started = 0)
				+ (select count(*) from tasks where state = 'waiting' and started = 1),
			(select count(*) from tasks where state in ('admitted', 'running') and state = 'admitted'),
			(select count(*) from tasks where state in ('admitted', 'running') and state = 'running'),
			(select count(*) from given_up_jobs),
			now_millis() - least(
				coalesce((select min(waiting_millis) from tasks where state = 'waiting' and started = 0), now_millis()),
				coalesce((select min(waiting_millis) from tasks where state = 'waiting' and started = 1),
					now_millis()))`,
		).Scan(&q.Waiting, &q.Admitted, &q.Running, &q.GivenUp, &oldest)
		q.OldestWaiting = time.Duration(max(oldest, 0)) * time.Millisecond
		return err
	})
	return q, err
}
