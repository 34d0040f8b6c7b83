package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// taskRow is what a claim needs to know of a task.
type taskRow struct {
	task.Task
	pipeline, state, workers     string
	admission, attempt, released int
	// delivered is the count of the message that the holder has.
	delivered int
	// warned counts the lost attempts that a WARNING has told of.
	warned int
	// excused counts the attempts that were lost beside others, which don't count.
	excused                int
	started, beside, alone bool
}

// counted are the attempts that are held against the task.
func (r taskRow) counted() int { return r.attempt - r.released - r.excused }

func (t *tx) task(id, lock string) (r taskRow, err error) {
	err = t.get(`select id, job_id, kind, pipeline_id, state, workers, admission, attempt, released, delivered,
		warned, excused, started = 1, beside = 1, alone = 1
		from tasks where id = $1`+lock, []any{id},
		&r.ID, &r.JobID, &r.Kind, &r.pipeline, &r.state, &r.workers, &r.admission, &r.attempt, &r.released,
		&r.delivered,
		&r.warned, &r.excused, &r.started, &r.beside, &r.alone)
	return r, err
}

// Claim gives a task to a worker, as its next attempt, or says what else becomes
// of the message (see [task.ClaimOutcome]). The first claim of a job makes it
// Progressing, captures its pipeline and tells so once; it needs an Active pipeline
// below its bound on running jobs. The claim beyond r.MaxAttempts finishes the
// job with 9999 and gives it up. A preset that no table has any more is
// absent from the claim.
func (s *DB) Claim(ctx context.Context, r task.ClaimRequest) (c *task.Claim, outcome task.ClaimOutcome, err error) {
	err = s.change(ctx, "claim task "+r.TaskID, func(t *tx) error {
		c, outcome, err = s.claim(t, r)
		return err
	})
	if err != nil {
		return nil, task.Drop, err
	}
	return c, outcome, nil
}

func (s *DB) claim(t *tx, r task.ClaimRequest) (*task.Claim, task.ClaimOutcome, error) {
	before, err := t.task(r.TaskID, "")
	if errors.Is(err, transcode.ErrNotFound) {
		return nil, task.Drop, nil
	}
	if err != nil {
		return nil, 0, err
	}
	// The pipeline is locked before the task (see the order in the package's
	// comment); a job that has started does not ask it.
	var p *api.Pipeline
	if !before.started {
		p, err = t.pipeline(before.pipeline, " for no key update")
		if err != nil && !errors.Is(err, transcode.ErrNotFound) {
			return nil, 0, err
		}
	}
	row, err := t.task(r.TaskID, " for update")
	if err != nil {
		return nil, 0, err
	}
	switch {
	case row.admission != r.Number || row.state != "admitted" && row.state != "running":
		return nil, task.Drop, nil
	case row.state == "running" && r.Delivered <= max(row.delivered, 1):
		// The queue lost its store; or this message is older than the holder's, and
		// its worker has slept on it.
		return nil, task.Defer, nil
	case !row.started:
		if open, err := s.open(t, p); err != nil || !open {
			return nil, task.Drop, errors.Join(err, t.putBack(row))
		}
	}
	if row.state == "running" {
		row.lost()
	}
	if row.counted() >= r.MaxAttempts {
		return nil, task.Drop, t.giveUp(row)
	}
	return t.begin(row, p, r)
}

// lost notes that the attempt under way has not come to its end. Beside others it says
// nothing of the task: the next one is alone.
func (r *taskRow) lost() {
	if r.beside {
		r.excused++
		r.alone = true
	}
}

// open reports whether a pipeline lets another of its jobs start. The caller has
// locked it, so that nobody else starts one meanwhile.
func (s *DB) open(t *tx, p *api.Pipeline) (bool, error) {
	if p == nil || *p.Status != active {
		return false, nil
	}
	if s.cfg.MaxJobsPerPipeline == 0 {
		return true, nil
	}
	var running int
	err := t.row(`select count(distinct job_id) from tasks where pipeline_id = $1 and state in ('admitted', 'running')
		and state = 'running'`, *p.Id).Scan(&running)
	return running < s.cfg.MaxJobsPerPipeline, err
}

// putBack makes an admitted task wait again.
func (t *tx) putBack(row taskRow) error {
	return t.change(task.ErrLeaseLost, `update tasks set state = 'waiting', waiting_millis = now_millis()
		where id = $1 and state = 'admitted' and admission = $2`, row.ID, row.admission)
}

// begin makes the task the worker's and its job Progressing. p is the job's
// pipeline when this is the job's first claim.
func (t *tx) begin(row taskRow, p *api.Pipeline, r task.ClaimRequest) (*task.Claim, task.ClaimOutcome, error) {
	var workers []string
	if err := json.Unmarshal([]byte(row.workers), &workers); err != nil {
		return nil, 0, err
	}
	names, err := json.Marshal(append(workers, r.Worker))
	if err != nil {
		return nil, 0, err
	}
	if err := t.change(task.ErrLeaseLost, `update tasks set state = 'running', started = 1, worker = $1,
		workers = $2, delivered = $3, attempt = attempt + 1, excused = $8, alone = $9, beside = 0
		where id = $4 and state = $5 and attempt = $6 and admission = $7`,
		r.Worker, string(names), r.Delivered, row.ID, row.state, row.attempt, row.admission, row.excused,
		integer(row.alone)); err != nil {
		return nil, 0, err
	}
	if err := t.neighbours(row.ID, r.Worker); err != nil {
		return nil, 0, err
	}
	if !row.started {
		if err := t.start(row.JobID, p); err != nil {
			return nil, 0, err
		}
	} else if err := t.warn(row, r.MaxAttempts); err != nil {
		return nil, 0, err
	}
	c := &task.Claim{Task: row.Task, Worker: r.Worker, Attempt: row.attempt + 1, Alone: row.alone}
	return c, task.Claimed, t.load(c, row.JobID)
}

// neighbours notes which tasks run beside each other, when a worker has begun another. A
// worker claims one at a time.
func (t *tx) neighbours(id, worker string) error {
	others, err := t.exec(`update tasks set beside = 1 where worker = $1 and state = 'running' and id <> $2`, worker, id)
	if err != nil || others == 0 {
		return err
	}
	_, err = t.exec(`update tasks set beside = 1 where id = $1`, id)
	return err
}

// integer is a truth value as it is stored.
func integer(b bool) int {
	if b {
		return 1
	}
	return 0
}

// start is a job's first claim: Submitted becomes Progressing.
func (t *tx) start(id string, p *api.Pipeline) error {
	captured, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := t.move(id, transcode.Submitted, transcode.Progressing,
		`start_millis = now_millis(), pipeline = $4`, string(captured)); err != nil {
		return err
	}
	return t.emit(id, notify.StateProgressing, 0, "")
}

// warn reports that a job begins again because an attempt was lost, once for each
// that was: its worker died, hung or was cut off.
func (t *tx) warn(row taskRow, maxAttempts int) error {
	lost := row.attempt - row.released
	if lost <= row.warned {
		return nil
	}
	if _, err := t.exec(`update tasks set warned = $1 where id = $2`, lost, row.ID); err != nil {
		return err
	}
	return t.emit(row.JobID, notify.StateWarning, 0, fmt.Sprintf(
		"The job begins again, attempt %d of at most %d: the worker of the attempt before ended, or was cut off.",
		lost+1, maxAttempts+row.excused))
}

// load completes a claim with what the attempt needs: deleted presets, too.
func (t *tx) load(c *task.Claim, id string) error {
	row, err := t.job(id, "")
	if err != nil {
		return err
	}
	if c.Job, err = row.job(); err != nil {
		return err
	}
	var captured sql.Null[string]
	if err := t.get(`select pipeline from jobs where id = $1`, []any{id}, &captured); err != nil {
		return err
	}
	if c.Pipeline, err = decode[api.Pipeline](captured.V); err != nil {
		return err
	}
	stored := func(ids []string) (map[string]*api.Preset, error) { return t.presets(ids, "") }
	if c.Presets, err = transcode.PresetsNamed(transcode.JobPresetIDs(c.Job), stored); err != nil {
		return err
	}
	if c.Retried, err = t.retried(id); err != nil {
		return err
	}
	c.Publishing, err = t.publishing(id)
	return err
}
