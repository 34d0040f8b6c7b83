package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// SaveProgress stores how far tasks are, in one transaction. What comes from an
// attempt that no longer runs is dropped. A job whose progress is lost is not
// harmed, so a caller may give ctx a short time.
func (s *DB) SaveProgress(ctx context.Context, all []task.Report) error {
	return s.change(ctx, "save progress", func(t *tx) error {
		for _, r := range all {
			text, err := json.Marshal(r.Progress)
			if err != nil {
				return err
			}
			if _, err := t.exec(`update tasks set progress = $1 where id = $2 and attempt = $3 and state = 'running'`,
				string(text), r.TaskID, r.Attempt); err != nil {
				return err
			}
		}
		return nil
	})
}

// Progress is where a job stands: its stored progress under the statuses of now.
// Every job has one; [transcode.ErrNotFound] without the job.
func (s *DB) Progress(ctx context.Context, jobID string) (p *task.Progress, err error) {
	err = s.view(ctx, "read progress of job "+jobID, func(t *tx) error {
		var attempt int
		var stored sql.Null[string]
		if err := t.get(`select attempt, progress from tasks where job_id = $1 and kind = $2`,
			[]any{jobID, task.WholeJob}, &attempt, &stored); err != nil {
			return err
		}
		row, err := t.job(jobID, "")
		if err != nil {
			return err
		}
		p, err = row.progress(jobID, attempt, stored)
		return err
	})
	return p, err
}

// progress lays the job's statuses over what the attempt stored. What an earlier
// attempt stored is out of date.
func (r *jobRow) progress(id string, attempt int, stored sql.Null[string]) (*task.Progress, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	p := new(task.Progress)
	if stored.Valid {
		if p, err = decode[task.Progress](stored.V); err != nil {
			return nil, err
		}
		if p.Attempt != attempt {
			p = new(task.Progress)
		}
	}
	p.JobID, p.Status, p.Attempt = id, r.status, attempt
	outputs := make([]task.OutputProgress, len(j.Outputs))
	for i, o := range j.Outputs {
		if i < len(p.Outputs) {
			outputs[i] = p.Outputs[i]
		}
		outputs[i].ID, outputs[i].Key, outputs[i].Status = *o.Id, *o.Key, transcode.Status(*o.Status)
		if outputs[i].Status == transcode.Complete {
			outputs[i].Percent = 100
		}
		if outputs[i].Status.Final() {
			outputs[i].SecondsLeft = nil
		}
	}
	p.Outputs = outputs
	if p.Status == transcode.Complete {
		p.Percent = 100
	}
	if p.Status.Final() {
		p.SecondsLeft = nil
	}
	return p, nil
}
