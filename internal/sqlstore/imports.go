package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// errDryRun takes back what a dry run did.
var errDryRun = errors.New("dry run")

// Import stores pipelines and presets with their ids, all of them or none. A preset that was
// deleted is there again. When a result is refused nothing is stored, and it is
// [transcode.ErrDuplicateID] unless the import is a dry run. Other errors:
// [transcode.ErrTooManyPipelines], [transcode.ErrTooManyPresets].
func (s *DB) Import(ctx context.Context, in transcode.Import) (results []transcode.ImportResult, err error) {
	err = s.change(ctx, "import", func(t *tx) error {
		if results, err = t.imported(in); err != nil {
			return err
		}
		switch {
		case in.DryRun:
			return errDryRun
		case refusedImport(results):
			return transcode.ErrDuplicateID
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return results, err
}

func refusedImport(results []transcode.ImportResult) bool {
	for _, r := range results {
		if r.Outcome.Refused() {
			return true
		}
	}
	return false
}

// imported stores what is not refused.
func (t *tx) imported(in transcode.Import) (results []transcode.ImportResult, err error) {
	for _, p := range in.Pipelines {
		r, err := t.importPipeline(in, p)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	for _, p := range in.Presets {
		r, err := t.importPreset(in, p)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, t.withinQuotas(in, results)
}

// withinQuotas counts what there is of the kinds of which an import has created some.
func (t *tx) withinQuotas(in transcode.Import, results []transcode.ImportResult) error {
	created := map[string]bool{}
	for _, r := range results {
		created[r.Kind] = created[r.Kind] || r.Outcome == transcode.ImportCreated
	}
	for _, quota := range []struct {
		kind, name, count string
		limit             int
		reached           error
	}{
		{"pipeline", "pipelines", countPipelines, in.MaxPipelines, transcode.ErrTooManyPipelines},
		{"preset", "presets", countPresets, in.MaxPresets, transcode.ErrTooManyPresets},
	} {
		if !created[quota.kind] || quota.limit == 0 {
			continue
		}
		// Those that are counted include the new ones.
		err := t.below(quota.limit+1, quota.name, quota.count)
		if errors.Is(err, transcode.ErrLimit) {
			return quota.reached
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) importPipeline(in transcode.Import, p *api.Pipeline) (transcode.ImportResult, error) {
	stored, err := t.pipeline(*p.Id, " for no key update")
	if err != nil && !errors.Is(err, transcode.ErrNotFound) {
		return transcode.ImportResult{}, err
	}
	brought := *p
	if brought.Status == nil {
		brought.Status = new(active)
		if stored != nil {
			brought.Status = stored.Status
		}
	}
	doc, err := json.Marshal(brought)
	if err != nil {
		return transcode.ImportResult{}, err
	}
	if stored == nil {
		_, err := t.exec(`insert into pipelines (id, status, doc) values ($1, $2, $3)`, *p.Id, *brought.Status,
			string(doc))
		return transcode.ImportResult{Kind: "pipeline", ID: *p.Id, Outcome: transcode.ImportCreated}, t.taken(err)
	}
	result, err := in.JudgeImport("pipeline", *p.Id, stored, &brought)
	if err == nil && result.Outcome == transcode.ImportReplaced {
		err = t.change(transcode.ErrNotFound, `update pipelines set status = $1, doc = $2 where id = $3`,
			*brought.Status, string(doc), *p.Id)
	}
	return result, err
}

func (t *tx) importPreset(in transcode.Import, p *api.Preset) (transcode.ImportResult, error) {
	doc, err := json.Marshal(p)
	if err != nil {
		return transcode.ImportResult{}, err
	}
	var old string
	var deleted sql.NullInt64
	err = t.get(`select doc, deleted_millis from presets where id = $1`, []any{*p.Id}, &old, &deleted)
	if errors.Is(err, transcode.ErrNotFound) {
		_, err := t.exec(`insert into presets (id, doc) values ($1, $2)`, *p.Id, string(doc))
		return transcode.ImportResult{Kind: "preset", ID: *p.Id, Outcome: transcode.ImportCreated}, t.taken(err)
	}
	if err != nil {
		return transcode.ImportResult{}, err
	}
	stored, err := decode[api.Preset](old)
	if err != nil {
		return transcode.ImportResult{}, err
	}
	result, err := in.JudgeImport("preset", *p.Id, stored, p)
	switch {
	case err != nil || result.Outcome == transcode.ImportDiffers:
		return result, err
	case result.Outcome == transcode.ImportUnchanged && !deleted.Valid:
		return result, nil
	case result.Outcome == transcode.ImportUnchanged:
		result.Outcome = transcode.ImportCreated
	}
	return t.putPreset(result, string(doc))
}

// putPreset puts a preset in the place of one with its id, unless jobs that have not ended
// would then change.
func (t *tx) putPreset(result transcode.ImportResult, doc string) (transcode.ImportResult, error) {
	if result.Outcome == transcode.ImportReplaced {
		named := `%"PresetId":"` + strings.ReplaceAll(result.ID, `_`, `\_`) + `"%`
		var used bool
		if err := t.row(`select exists (select 1 from tasks join jobs on jobs.id = tasks.job_id
			where tasks.state in ('waiting', 'admitted', 'running') and jobs.doc like $1 escape '\')`,
			named).Scan(&used); err != nil {
			return result, err
		}
		if used {
			result.Outcome = transcode.ImportInUse
			return result, nil
		}
	}
	return result, t.change(transcode.ErrNotFound,
		`update presets set doc = $1, deleted_millis = null where id = $2`, doc, result.ID)
}
