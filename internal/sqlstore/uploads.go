package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/reelastic/reelastic/internal/object"
)

// BeginUpload remembers an upload until [DB.EndUpload].
func (s *DB) BeginUpload(ctx context.Context, u object.Upload) error {
	if u.Owner == (object.Owner{}) || u.TaskID == "" {
		return fmt.Errorf("upload of key %s: no attempt owns it", u.Object.Key)
	}
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return s.change(ctx, "begin an upload of task "+u.TaskID, func(t *tx) error {
		_, err := t.exec(`insert into uploads (id, task_id, attempt, upload) values ($1, $2, $3, $4)`,
			u.ID, u.TaskID, u.Owner.Attempt, string(text))
		return err
	})
}

// EndUpload forgets an upload; one that is not known is no error.
func (s *DB) EndUpload(ctx context.Context, id string) error {
	return s.change(ctx, "end upload "+id, func(t *tx) error {
		_, err := t.exec(`delete from uploads where id = $1`, id)
		return err
	})
}

// AbandonedUploads are those whose attempt does not run any more.
func (s *DB) AbandonedUploads(ctx context.Context) (all []object.Upload, err error) {
	err = s.view(ctx, "list abandoned uploads", func(t *tx) error {
		all, err = collect(t, scanUpload, `select upload from uploads where not exists (select 1 from tasks
			where tasks.id = uploads.task_id and tasks.attempt = uploads.attempt and tasks.state = 'running')
				order by id`)
		return err
	})
	return all, err
}

func scanUpload(rows *sql.Rows) (u object.Upload, err error) {
	text, err := scanText(rows)
	if err == nil {
		err = json.Unmarshal([]byte(text), &u)
	}
	return u, err
}
