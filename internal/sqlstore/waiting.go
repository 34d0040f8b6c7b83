package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

const waitingColumns = `k.id, k.job_id, k.pipeline_id, k.seq, k.priority, k.state, k.started, coalesce(k.worker, ''),
	k.attempt, k.waiting_millis, coalesce(p.status, '') <> 'Active'`

// WaitingTasks lists tasks that have not ended: first, unless after is set, those that were
// handed to the queue or begun, and may be with a worker; then up to limit of those in
// line, by priority and then by submission. Pipelines are those whose tasks are listed, all
// for nil.
func (s *DB) WaitingTasks(ctx context.Context, pipelines []string, after task.WaitingCursor, limit int,
) (all []task.Waiting, err error) {
	err = s.view(ctx, "list waiting tasks", func(t *tx) error {
		all, err = s.waitingTasks(t, pipelines, after, limit)
		return err
	})
	return all, err
}

func (s *DB) waitingTasks(t *tx, pipelines []string, after task.WaitingCursor, limit int) ([]task.Waiting, error) {
	ids, err := json.Marshal(pipelines)
	if err != nil {
		return nil, err
	}
	only := ` and ` + among("k.pipeline_id", 1)
	if pipelines == nil { // ids is null then
		only = ` and $1 = 'null'`
	}
	var all []task.Waiting
	if after == (task.WaitingCursor{}) {
		for _, where := range []string{`k.state in ('admitted', 'running')`, `k.state = 'waiting' and k.started = 1`} {
			found, err := collect(t, scanWaiting, `select `+waitingColumns+` from tasks k
				left join pipelines p on p.id = k.pipeline_id where `+where+only+` order by k.seq`, string(ids))
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		after.Priority = maxPriority + 1
	}
	// One look-up in an index for each pipeline, as for admission.
	found, err := collect(t, scanWaiting, `select `+waitingColumns+` from pipelines p
		join tasks k on k.id in (select h.id from tasks h where h.pipeline_id = p.id and h.state = 'waiting'
			and h.started = 0 and (h.priority < $2 or h.priority = $2 and h.seq > $3)
			order by h.priority desc, h.seq limit $4)
		where k.state = 'waiting'`+only+` order by k.priority desc, k.seq limit $4`,
		string(ids), after.Priority, after.Number, limit)
	if err != nil {
		return nil, err
	}
	all = append(all, found...)
	return all, s.markFull(t, all)
}

// maxPriority is the highest priority of a task.
const maxPriority = 9

// markFull marks the tasks of pipelines of which no more jobs may be under way.
func (s *DB) markFull(t *tx, all []task.Waiting) error {
	if s.cfg.MaxJobsPerPipeline == 0 || len(all) == 0 {
		return nil
	}
	busy, err := t.busy()
	for i := range all {
		all[i].PipelineFull = busy[all[i].PipelineID] >= s.cfg.MaxJobsPerPipeline
	}
	return err
}

func scanWaiting(rows *sql.Rows) (w task.Waiting, err error) {
	var started bool
	var since int64
	err = rows.Scan(&w.TaskID, &w.JobID, &w.PipelineID, &w.Number, &w.Priority, &w.State, &started, &w.Worker,
		&w.Attempts, &since, &w.PipelinePaused)
	w.Since = time.UnixMilli(since)
	if started && w.State == task.InLine {
		w.State = task.Resuming
	}
	return w, err
}
