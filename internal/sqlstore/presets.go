package sqlstore

import (
	"context"
	"encoding/json"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// countPresets counts what the quota of presets bounds.
const countPresets = `select count(*) from presets where deleted_millis is null`

// CreatePreset stores a custom preset with its id. limit bounds their number, 0
// does not. Errors: [transcode.ErrLimit], [transcode.ErrDuplicateID].
func (s *DB) CreatePreset(ctx context.Context, p *api.Preset, limit int) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.change(ctx, "create preset", func(t *tx) error {
		if err := t.below(limit, "presets", countPresets); err != nil {
			return err
		}
		_, err := t.exec(`insert into presets (id, doc) values ($1, $2)`, *p.Id, string(doc))
		return t.taken(err)
	})
}

// Preset reads a custom preset that is not deleted, or fails with [transcode.ErrNotFound].
func (s *DB) Preset(ctx context.Context, id string) (p *api.Preset, err error) {
	err = s.view(ctx, "read preset "+id, func(t *tx) error {
		var doc string
		if err := t.get(`select doc from presets where id = $1 and deleted_millis is null`, []any{id},
			&doc); err != nil {
			return err
		}
		p, err = decode[api.Preset](doc)
		return err
	})
	return p, err
}

// DeletePreset hides a custom preset from all but the jobs that name it.
func (s *DB) DeletePreset(ctx context.Context, id string) error {
	return s.change(ctx, "delete preset "+id, func(t *tx) error {
		return t.change(transcode.ErrNotFound,
			`update presets set deleted_millis = now_millis() where id = $1 and deleted_millis is null`, id)
	})
}

// Presets lists custom presets in the order of their creation. A system preset's
// id as page.After stands before all of them.
func (s *DB) Presets(ctx context.Context, page transcode.Page) ([]*api.Preset, string, error) {
	return list[*api.Preset]{
		what: "list presets", table: "presets", columns: "doc", where: "deleted_millis is null",
		scan: scanDoc[api.Preset], id: func(p *api.Preset) string { return *p.Id },
	}.page(ctx, s, page)
}

// PresetsByID reads the custom presets among ids that exist and are not deleted.
func (s *DB) PresetsByID(ctx context.Context, ids []string) (found map[string]*api.Preset, err error) {
	err = s.view(ctx, "read presets", func(t *tx) error {
		found, err = t.presets(ids, " and deleted_millis is null")
		return err
	})
	return found, err
}

func (t *tx) presets(ids []string, filter string) (map[string]*api.Preset, error) {
	found := make(map[string]*api.Preset, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	all, err := collect(t, scanDoc[api.Preset],
		`select doc from presets where id in (`+places(1, len(ids))+`)`+filter, args...)
	for _, p := range all {
		found[*p.Id] = p
	}
	return found, err
}
