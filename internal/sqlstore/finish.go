package sqlstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// UpdateJob stores what is known of outputs and inputs while the attempt runs.
// Outputs that are not named, and detected properties that are nil, stay as they
// are. It returns [task.ErrLeaseLost], having changed nothing, when the task
// has passed to another attempt.
func (s *DB) UpdateJob(ctx context.Context, c *task.Claim, results []task.OutputResult,
	detected []api.DetectedProperties) error {
	return s.change(ctx, "update job "+c.Task.JobID, func(t *tx) error {
		if err := t.holds(c, " for update"); err != nil {
			return err
		}
		outputs, _, err := t.merge(c.Task.JobID, results, nil)
		if err != nil {
			return err
		}
		text, err := json.Marshal(outputs)
		if err != nil {
			return err
		}
		if err := t.change(task.ErrLeaseLost, `update jobs set outputs = $1 where id = $2 and status = 'Progressing'`,
			string(text), c.Task.JobID); err != nil || detected == nil {
			return err
		}
		if text, err = json.Marshal(detected); err != nil {
			return err
		}
		_, err = t.exec(`update jobs set detected = $1 where id = $2`, string(text), c.Task.JobID)
		return err
	})
}

// merge lays results over the state of a job's outputs and playlists.
func (t *tx) merge(id string, outputs []task.OutputResult, playlists []task.PlaylistResult) ([]task.OutputResult,
	[]task.PlaylistResult, error) {
	row, err := t.job(id, " for update")
	if err != nil {
		return nil, nil, err
	}
	j, err := row.job()
	if err != nil {
		return nil, nil, err
	}
	allOutputs, allPlaylists, err := row.results(j)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range outputs {
		if o.Index < 0 || o.Index >= len(allOutputs) {
			return nil, nil, fmt.Errorf("the job has no output %d", o.Index)
		}
		allOutputs[o.Index] = o
	}
	for _, p := range playlists {
		if p.Index < 0 || p.Index >= len(allPlaylists) {
			return nil, nil, fmt.Errorf("the job has no playlist %d", p.Index)
		}
		allPlaylists[p.Index] = p
	}
	return allOutputs, allPlaylists, nil
}

// Finish stores the result of an attempt and its notification in one
// transaction. It returns [task.ErrLeaseLost], having changed nothing, when
// the task has passed to another attempt. To repeat it, for want of an answer, is
// right: what the same attempt has stored stays, and that is no error.
func (s *DB) Finish(ctx context.Context, c *task.Claim, r task.Result) error {
	return s.change(ctx, "finish job "+c.Task.JobID, func(t *tx) error {
		err := t.change(task.ErrLeaseLost, `update tasks set state = 'done'`+fence, holder(c)...)
		if errors.Is(err, task.ErrLeaseLost) {
			return t.finished(c)
		}
		if err != nil {
			return err
		}
		return t.finish(c.Task.JobID, r)
	})
}

// finished reports whether the attempt itself has finished its task: else
// [task.ErrLeaseLost] or [task.ErrCanceled].
func (t *tx) finished(c *task.Claim) error {
	var one int
	err := t.get(`select 1 from tasks where id = $1 and worker = $2 and attempt = $3 and state = 'done'`, holder(c),
		&one)
	if errors.Is(err, transcode.ErrNotFound) {
		return t.lost(c)
	}
	return err
}

// finish ends a job that is Progressing; the caller has ended its task.
func (t *tx) finish(id string, r task.Result) error {
	outputs, playlists, err := t.merge(id, r.Outputs, r.Playlists)
	if err != nil {
		return err
	}
	r.Outputs, r.Playlists = outputs, playlists
	for _, o := range outputs {
		if !o.Status.Final() {
			return fmt.Errorf("output %d has no result", o.Index)
		}
	}
	for _, p := range playlists {
		if !p.Status.Final() {
			return fmt.Errorf("playlist %d has no result", p.Index)
		}
	}
	outputsText, err := json.Marshal(outputs)
	if err != nil {
		return err
	}
	playlistsText, err := json.Marshal(playlists)
	if err != nil {
		return err
	}
	if err := t.move(id, transcode.Progressing, r.Status(),
		`finish_millis = now_millis(), outputs = $4, playlists = $5`,
		string(outputsText), string(playlistsText)); err != nil {
		return err
	}
	if _, err := t.exec(`delete from publishing where job_id = $1`, id); err != nil {
		return err
	}
	if r.Status() == transcode.Complete {
		return t.emit(id, notify.StateCompleted, 0, "")
	}
	return t.emit(id, notify.StateError, r.FailureCode, r.FailureDetail)
}

// giveUp ends a job whose attempts are used up and remembers it as such. Outputs
// that an attempt has finished keep their result.
func (t *tx) giveUp(row taskRow) error {
	if err := t.change(task.ErrLeaseLost,
		`update tasks set state = 'dead' where id = $1 and state = $2 and attempt = $3`,
		row.ID, row.state, row.attempt); err != nil {
		return err
	}
	outputs, playlists, err := t.merge(row.JobID, nil, nil)
	if err != nil {
		return err
	}
	attempts := row.counted()
	failure := transcode.GaveUp(attempts)
	r := task.Result{FailureCode: failure.Code, FailureDetail: failure.Detail(reference())}
	playlistFailure, lastError := failure, ""
	for _, o := range outputs {
		if o.Detail != "" {
			lastError = o.Detail
		}
		if !o.Status.Final() {
			o.Status, o.Detail = transcode.Errored, failure.Detail(reference())
		}
		if o.Status != transcode.Complete {
			playlistFailure = transcode.PlaylistDependency()
		}
		r.Outputs = append(r.Outputs, o)
	}
	for _, p := range playlists {
		if !p.Status.Final() {
			p.Status, p.Detail = transcode.Errored, playlistFailure.Detail(reference())
		}
		r.Playlists = append(r.Playlists, p)
	}
	if err := t.remember(row, attempts, lastError); err != nil {
		return err
	}
	return t.finish(row.JobID, r)
}

// reference is a fresh id of an occurrence, a random UUID (RFC 9562 section 5.4).
func reference() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
