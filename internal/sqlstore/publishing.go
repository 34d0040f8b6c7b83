package sqlstore

import (
	"context"
	"encoding/json"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
)

// SetPublishing announces keys under which the attempt is about to make objects
// visible, in addition to what it has announced before. It returns
// [task.ErrLeaseLost], having changed nothing, when the task has passed to
// another attempt. The next attempts find the keys in their claim.
func (s *DB) SetPublishing(ctx context.Context, c *task.Claim, keys []object.Key) error {
	text, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	return s.change(ctx, "announce objects of job "+c.Task.JobID, func(t *tx) error {
		if err := t.holds(c, " for update"); err != nil {
			return err
		}
		_, err := t.exec(`insert into publishing (job_id, attempt, keys) values ($1, $2, $3)`,
			c.Task.JobID, c.Attempt, string(text))
		return err
	})
}

// publishing lists the keys that attempts of a job have announced, each once.
func (t *tx) publishing(jobID string) (all []object.Key, err error) {
	texts, err := collect(t, scanText, `select keys from publishing where job_id = $1 order by id`, jobID)
	if err != nil {
		return nil, err
	}
	seen := map[object.Key]bool{}
	for _, text := range texts {
		keys, err := decode[[]object.Key](text)
		if err != nil {
			return nil, err
		}
		for _, k := range *keys {
			if !seen[k] {
				seen[k] = true
				all = append(all, k)
			}
		}
	}
	return all, nil
}
