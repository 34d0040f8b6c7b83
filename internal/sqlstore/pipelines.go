package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// active is the status of a pipeline whose jobs are started (API model).
const active = "Active"

// countPipelines counts what the quota of pipelines bounds.
const countPipelines = `select count(*) from pipelines`

// CreatePipeline stores a pipeline with its id. limit bounds the number of
// pipelines, 0 does not. Errors: [transcode.ErrLimit], [transcode.ErrDuplicateID].
func (s *DB) CreatePipeline(ctx context.Context, p *api.Pipeline, limit int) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.change(ctx, "create pipeline", func(t *tx) error {
		if err := t.below(limit, "pipelines", countPipelines); err != nil {
			return err
		}
		_, err := t.exec(`insert into pipelines (id, status, doc) values ($1, $2, $3)`, *p.Id, *p.Status, string(doc))
		return t.taken(err)
	})
}

// below is [transcode.ErrLimit] when count has reached limit. Transactions that
// ask about the same name run one after the other.
func (t *tx) below(limit int, name, count string) error {
	if limit == 0 {
		return nil
	}
	if _, err := t.lock(name); err != nil {
		return err
	}
	var n int
	if err := t.row(count).Scan(&n); err != nil {
		return err
	}
	if n >= limit {
		return transcode.ErrLimit
	}
	return nil
}

// taken turns the violation of a unique id into [transcode.ErrDuplicateID].
func (t *tx) taken(err error) error {
	if err != nil && t.dialect.duplicate(err) {
		return transcode.ErrDuplicateID
	}
	return err
}

// Pipeline reads a pipeline, or fails with [transcode.ErrNotFound].
func (s *DB) Pipeline(ctx context.Context, id string) (p *api.Pipeline, err error) {
	err = s.view(ctx, "read pipeline "+id, func(t *tx) error {
		p, err = t.pipeline(id, "")
		return err
	})
	return p, err
}

// pipeline reads a pipeline and takes a lock on it: " for update", " for key share" …
func (t *tx) pipeline(id, lock string) (*api.Pipeline, error) {
	var doc string
	if err := t.get(`select doc from pipelines where id = $1`+lock, []any{id}, &doc); err != nil {
		return nil, err
	}
	return decode[api.Pipeline](doc)
}

func decode[T any](doc string) (*T, error) {
	v := new(T)
	if err := json.Unmarshal([]byte(doc), v); err != nil {
		return nil, err
	}
	return v, nil
}

// UpdatePipeline changes a pipeline in one transaction: nobody else changes it
// between change's argument and the result. An error of change is returned and
// nothing is stored; change may be called several times. Jobs that have not
// started see the new settings.
func (s *DB) UpdatePipeline(ctx context.Context, id string, change func(*api.Pipeline) error) (p *api.Pipeline,
	err error) {
	err = s.change(ctx, "update pipeline "+id, func(t *tx) error {
		if p, err = t.pipeline(id, " for no key update"); err != nil {
			return err
		}
		if err := change(p); err != nil {
			return err
		}
		doc, err := json.Marshal(p)
		if err != nil {
			return err
		}
		return t.change(transcode.ErrNotFound, `update pipelines set status = $1, doc = $2 where id = $3`,
			*p.Status, string(doc), id)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// DeletePipeline deletes a pipeline that has no Submitted or Progressing jobs,
// else it is [transcode.ErrInUse]. Its other jobs stay.
func (s *DB) DeletePipeline(ctx context.Context, id string) error {
	return s.change(ctx, "delete pipeline "+id, func(t *tx) error {
		if _, err := t.pipeline(id, " for update"); err != nil {
			return err
		}
		var used bool
		if err := t.row(`select exists (select 1 from tasks where pipeline_id = $1 and state = 'waiting'
			and started = 0)
			or exists (select 1 from tasks where pipeline_id = $1 and state in ('admitted', 'running'))
			or exists (select 1 from tasks where pipeline_id = $1 and state = 'waiting' and started = 1)`,
			id).Scan(&used); err != nil {
			return err
		}
		if used {
			return transcode.ErrInUse
		}
		if _, err := t.exec(`delete from turns where name = $1`, id); err != nil {
			return err
		}
		return t.change(transcode.ErrNotFound, `delete from pipelines where id = $1`, id)
	})
}

// Pipelines lists pipelines in the order of their creation.
func (s *DB) Pipelines(ctx context.Context, page transcode.Page) ([]*api.Pipeline, string, error) {
	return list[*api.Pipeline]{
		what: "list pipelines", table: "pipelines", columns: "doc", where: "1 = 1", pipeline: "id",
		scan: scanDoc[api.Pipeline], id: func(p *api.Pipeline) string { return *p.Id },
	}.page(ctx, s, page)
}

// PipelineIDs lists the ids of all pipelines.
func (s *DB) PipelineIDs(ctx context.Context) (all []string, err error) {
	err = s.view(ctx, "list pipelines", func(t *tx) error {
		all, err = collect(t, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
			`select id from pipelines order by seq`)
		return err
	})
	return all, err
}

func scanDoc[T any](rows *sql.Rows) (*T, error) {
	var doc string
	if err := rows.Scan(&doc); err != nil {
		return nil, err
	}
	return decode[T](doc)
}
