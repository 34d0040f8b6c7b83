package sqlstore

import (
	"sync"

	"github.com/reelastic/reelastic/internal/recent"
	"github.com/reelastic/reelastic/internal/transcode"
)

// quota spares CreateJob the count of a pipeline's Submitted jobs, of which there
// may be a million: after a count, a sixteenth of what is left may be used up
// before the next one. Close to the limit that is nothing and every call counts, so
// that the limit is exact with one server; each further one may pass it by as much
// as it had left.
type quota struct {
	mu   sync.Mutex
	left *recent.Map[string, int]
}

// mostQuotas is of how many pipelines it is known what is left; of another one the jobs are
// counted.
const mostQuotas = 10_000

func newQuota() *quota { return &quota{left: recent.New[string, int](mostQuotas)} }

// use takes one from what is left, and reports whether there was one. If not, the jobs
// must be counted.
func (q *quota) use(pipeline string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	left, _ := q.left.Get(pipeline)
	if left == 0 {
		return false
	}
	q.left.Put(pipeline, left-1)
	return true
}

func (q *quota) counted(pipeline string, free int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left.Put(pipeline, free/16)
}

// admitJob locks the pipeline against deletion and reports whether it takes one
// more Submitted job: else [transcode.ErrNotFound] or [transcode.ErrLimit].
func (s *DB) admitJob(t *tx, pipeline string, maxQueued int) error {
	spared := maxQueued == 0 || s.quota.use(pipeline)
	lock := " for no key update" // one count after the other
	if spared {
		lock = " for key share"
	}
	var found int
	if err := t.get(`select 1 from pipelines where id = $1`+lock, []any{pipeline}, &found); err != nil || spared {
		return err
	}
	var queued int
	if err := t.row(`select (select count(*) from tasks where pipeline_id = $1 and state = 'waiting' and started = 0)
		+ (select count(*) from tasks where pipeline_id = $1 and state in ('admitted', 'running') and started = 0)`,
		pipeline).Scan(&queued); err != nil {
		return err
	}
	if queued >= maxQueued {
		return transcode.ErrLimit
	}
	s.quota.counted(pipeline, maxQueued-queued-1)
	return nil
}
