package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// outcomes are those of an import, by the ids of its documents.
func outcomes(results []transcode.ImportResult) map[string]transcode.ImportOutcome {
	all := map[string]transcode.ImportOutcome{}
	for _, r := range results {
		all[r.ID] = r.Outcome
	}
	return all
}

// wantOutcomes imports, and expects an error, nil for none.
func wantOutcomes(t *testing.T, s Store, in transcode.Import, fails error, want map[string]transcode.ImportOutcome) {
	t.Helper()
	results, err := s.Import(t.Context(), in)
	if fails == nil {
		must(t, err)
	} else {
		refused(t, err, fails)
	}
	if diff := cmp.Diff(want, outcomes(results)); want != nil && diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// testImport stores all documents of an import or none, each under its own id.
func testImport(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	bare := Pipeline(1)
	bare.Status = nil
	in := transcode.Import{Pipelines: []*api.Pipeline{bare, Pipeline(2)}, Presets: []*api.Preset{preset(1)}}
	created := map[string]transcode.ImportOutcome{PipelineID(1): transcode.ImportCreated,
		PipelineID(2): transcode.ImportCreated, PresetID(1): transcode.ImportCreated}

	dry := in
	dry.DryRun = true
	wantOutcomes(t, s, dry, nil, created)
	if ids := got(s.PipelineIDs(ctx))(t); len(ids) != 0 {
		t.Errorf("a dry run has stored %v", ids)
	}
	few := in
	few.MaxPipelines = 1
	wantOutcomes(t, s, few, transcode.ErrTooManyPipelines, nil)
	few.MaxPipelines, few.MaxPresets = 2, 1
	wantOutcomes(t, s, few, nil, created)
	if diff := cmp.Diff(Pipeline(1), got(s.Pipeline(ctx, PipelineID(1)))(t)); diff != "" {
		t.Errorf("pipeline (-want +got):\n%s", diff)
	}
	more := transcode.Import{Presets: []*api.Preset{preset(2)}, MaxPresets: 1}
	wantOutcomes(t, s, more, transcode.ErrTooManyPresets, nil)

	// Without a status of its own a pipeline keeps the stored one.
	_, err := s.UpdatePipeline(ctx, PipelineID(1), func(p *api.Pipeline) error {
		transcode.SetStatus(p, "Paused")
		return nil
	})
	must(t, err)
	wantOutcomes(t, s, in, nil, map[string]transcode.ImportOutcome{PipelineID(1): transcode.ImportUnchanged,
		PipelineID(2): transcode.ImportUnchanged, PresetID(1): transcode.ImportUnchanged})

	// One that differs keeps all from being stored, until it may be replaced.
	other := Pipeline(2)
	other.Name = new("other")
	in = transcode.Import{Pipelines: []*api.Pipeline{other, Pipeline(3)}}
	want := map[string]transcode.ImportOutcome{PipelineID(2): transcode.ImportDiffers,
		PipelineID(3): transcode.ImportCreated}
	wantOutcomes(t, s, in, transcode.ErrDuplicateID, want)
	in.DryRun = true
	wantOutcomes(t, s, in, nil, want)
	if _, err := s.Pipeline(ctx, PipelineID(3)); err == nil {
		t.Error("a refused import has stored a pipeline")
	}
	in.DryRun, in.Replace = false, true
	want[PipelineID(2)] = transcode.ImportReplaced
	wantOutcomes(t, s, in, nil, want)
	if p := got(s.Pipeline(ctx, PipelineID(2)))(t); *p.Name != "other" {
		t.Errorf("the replaced pipeline is called %s", *p.Name)
	}
}

// testImportOfUsedPresets lets no import change what jobs that have not ended encode with.
func testImportOfUsedPresets(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	in := transcode.Import{Presets: []*api.Preset{preset(1)}, Replace: true}
	wantOutcomes(t, s, in, nil, map[string]transcode.ImportOutcome{PresetID(1): transcode.ImportCreated})
	must(t, s.DeletePreset(ctx, PresetID(1)))
	wantOutcomes(t, s, in, nil, map[string]transcode.ImportOutcome{PresetID(1): transcode.ImportCreated})
	got(s.Preset(ctx, PresetID(1)))(t)

	AddPipeline(t, s, 1)
	job := Draft(1, 1, 0)
	job.Doc.Outputs[0].PresetId = new(PresetID(1))
	got(s.CreateJob(ctx, job, 0))(t)
	changed := preset(1)
	changed.Video.CodecOptions["Profile"] = "high"
	in.Presets[0] = changed
	wantOutcomes(t, s, in, transcode.ErrDuplicateID,
		map[string]transcode.ImportOutcome{PresetID(1): transcode.ImportInUse})
	must(t, s.CancelJob(ctx, JobID(1)))
	wantOutcomes(t, s, in, nil, map[string]transcode.ImportOutcome{PresetID(1): transcode.ImportReplaced})
	if diff := cmp.Diff(changed, got(s.Preset(ctx, PresetID(1)))(t)); diff != "" {
		t.Errorf("preset (-want +got):\n%s", diff)
	}
}
