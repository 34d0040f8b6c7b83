package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

func testPipelines(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	must(t, s.Ping(ctx))
	must(t, s.CreatePipeline(ctx, Pipeline(1), 2))
	refused(t, s.CreatePipeline(ctx, Pipeline(1), 2), transcode.ErrDuplicateID)
	must(t, s.CreatePipeline(ctx, Pipeline(2), 2))
	refused(t, s.CreatePipeline(ctx, Pipeline(3), 2), transcode.ErrLimit)
	if diff := cmp.Diff(Pipeline(2), got(s.Pipeline(ctx, PipelineID(2)))(t)); diff != "" {
		t.Errorf("pipeline (-stored +read):\n%s", diff)
	}
	_, err := s.Pipeline(ctx, PipelineID(3))
	refused(t, err, transcode.ErrNotFound)
	must(t, s.DeletePipeline(ctx, PipelineID(1)))
	must(t, s.CreatePipeline(ctx, Pipeline(3), 2))
}

func testUpdatePipeline(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	p := got(s.UpdatePipeline(ctx, PipelineID(1), func(p *api.Pipeline) error {
		p.Status = new("Paused")
		return nil
	}))(t)
	if *p.Status != "Paused" || *got(s.Pipeline(ctx, PipelineID(1)))(t).Status != "Paused" {
		t.Error("the pipeline is not Paused")
	}
	no := errors.New("no")
	_, err := s.UpdatePipeline(ctx, PipelineID(1), func(p *api.Pipeline) error {
		p.Name = new("other")
		return no
	})
	refused(t, err, no)
	if name := *got(s.Pipeline(ctx, PipelineID(1)))(t).Name; name != "pipeline 1" {
		t.Errorf("a refused change was stored: name %q", name)
	}
	_, err = s.UpdatePipeline(ctx, PipelineID(2), func(*api.Pipeline) error { return nil })
	refused(t, err, transcode.ErrNotFound)
}

func testDeletePipeline(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	refused(t, s.DeletePipeline(ctx, PipelineID(1)), transcode.ErrNotFound)
	create(t, s, 1)
	refused(t, s.DeletePipeline(ctx, PipelineID(1)), transcode.ErrInUse)
	a := admit(t, s)
	refused(t, s.DeletePipeline(ctx, PipelineID(1)), transcode.ErrInUse)
	c := claim(t, s, request(a, 1))
	refused(t, s.DeletePipeline(ctx, PipelineID(1)), transcode.ErrInUse)
	must(t, s.Release(ctx, c))
	refused(t, s.DeletePipeline(ctx, PipelineID(1)), transcode.ErrInUse)
	c = claim(t, s, request(admit(t, s), 1))
	must(t, s.Finish(ctx, c, complete(c.Job)))
	must(t, s.DeletePipeline(ctx, PipelineID(1)))
	refused(t, s.DeletePipeline(ctx, PipelineID(1)), transcode.ErrNotFound)
	wantStatus(t, s, JobID(1), transcode.Complete)
	if all, _, err := s.Pipelines(ctx, transcode.Page{Limit: 9}); err != nil || len(all) != 0 {
		t.Errorf("lists %d pipelines, error %v", len(all), err)
	}
	_, err := s.CreateJob(ctx, Draft(1, 2, 0), 0)
	refused(t, err, transcode.ErrNotFound)
}

func preset(n int) *api.Preset {
	return &api.Preset{Id: new(PresetID(n)), Name: new("mine"), Container: new("mp4"), Type: new("Custom"),
		Video: &api.VideoParameters{Codec: new("H.264"), CodecOptions: map[string]string{"Profile": "main"}}}
}

func testPresets(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	must(t, s.CreatePreset(ctx, preset(1), 2))
	refused(t, s.CreatePreset(ctx, preset(1), 0), transcode.ErrDuplicateID)
	must(t, s.CreatePreset(ctx, preset(2), 2))
	refused(t, s.CreatePreset(ctx, preset(3), 2), transcode.ErrLimit)
	if diff := cmp.Diff(preset(1), got(s.Preset(ctx, PresetID(1)))(t)); diff != "" {
		t.Errorf("preset (-stored +read):\n%s", diff)
	}

	AddPipeline(t, s, 1)
	job := Draft(1, 1, 0)
	job.Doc.Outputs[0].PresetId = new(PresetID(1))
	got(s.CreateJob(ctx, job, 0))(t)
	must(t, s.DeletePreset(ctx, PresetID(1)))
	refused(t, s.DeletePreset(ctx, PresetID(1)), transcode.ErrNotFound)
	_, err := s.Preset(ctx, PresetID(1))
	refused(t, err, transcode.ErrNotFound)
	must(t, s.CreatePreset(ctx, preset(3), 2))

	found := got(s.PresetsByID(ctx, []string{PresetID(1), PresetID(2), PresetID(9)}))(t)
	if len(found) != 1 || found[PresetID(2)] == nil {
		t.Errorf("found %v, want the second preset only", found)
	}
	if none := got(s.PresetsByID(ctx, nil))(t); len(none) != 0 {
		t.Errorf("found %v for no ids", none)
	}
	list, next, err := s.Presets(ctx, transcode.Page{Ascending: true, After: systemPreset, Limit: 9})
	must(t, err)
	if len(list) != 2 || *list[0].Id != PresetID(2) || next != "" {
		t.Errorf("lists %d presets, next %q", len(list), next)
	}
	c := claim(t, s, request(admit(t, s), 1))
	if diff := cmp.Diff(map[string]*api.Preset{PresetID(1): preset(1)}, c.Presets); diff != "" {
		t.Errorf("presets of the claim (-want +got):\n%s", diff)
	}
}

func testCredentials(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	sealed := func(id, caller string, content ...byte) transcode.SealedCredential {
		return transcode.SealedCredential{AccessKeyID: id, Caller: caller, Sealed: content}
	}
	wantAll := func(want ...transcode.SealedCredential) {
		t.Helper()
		if diff := cmp.Diff(want, got(s.Credentials(ctx))(t)); diff != "" {
			t.Errorf("credentials (-want +got):\n%s", diff)
		}
	}
	_, err := s.Credential(ctx, "AKIA")
	refused(t, err, transcode.ErrNotFound)
	must(t, s.PutCredential(ctx, sealed("AKIA", "", 0, 1, 255)))
	must(t, s.PutCredential(ctx, sealed("AKIA", "first", 0, 2, 255)))
	if diff := cmp.Diff(sealed("AKIA", "first", 0, 2, 255), got(s.Credential(ctx, "AKIA"))(t)); diff != "" {
		t.Errorf("credential (-want +got):\n%s", diff)
	}
	must(t, s.AddCaller(ctx, sealed("AKIB", "second", 3)))
	refused(t, s.AddCaller(ctx, sealed("AKIC", "second", 4)), transcode.ErrCallerExists)
	wantAll(sealed("AKIA", "first", 0, 2, 255), sealed("AKIB", "second", 3))

	must(t, s.RotateCredential(ctx, sealed("AKIB", "second", 5), sealed("AKIC", "second", 6)))
	wantAll(sealed("AKIA", "first", 0, 2, 255), sealed("AKIB", "second", 5), sealed("AKIC", "second", 6))
	must(t, s.RotateCredential(ctx, sealed("AKIC", "second"), sealed("AKID", "second", 7)))
	refused(t, s.RotateCredential(ctx, sealed("AKIC", "second"), sealed("AKIE", "second", 8)), transcode.ErrNotFound)
	wantAll(sealed("AKIA", "first", 0, 2, 255), sealed("AKIB", "second", 5), sealed("AKID", "second", 7))

	must(t, s.RevokeCredential(ctx, "AKIA"))
	refused(t, s.RevokeCredential(ctx, "AKIA"), transcode.ErrNotFound)
	refused(t, s.PutCredential(ctx, sealed("AKIA", "first", 9)), transcode.ErrRevoked)
	_, err = s.Credential(ctx, "AKIA")
	refused(t, err, transcode.ErrNotFound)
	must(t, s.AddCaller(ctx, sealed("AKIF", "first", 1)))
}

func testCreateJob(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	created := create(t, s, 1)
	read := got(s.Job(ctx, JobID(1)))(t)
	if diff := cmp.Diff(created, read); diff != "" {
		t.Errorf("job (-created +read):\n%s", diff)
	}
	if read.Timing.SubmitTimeMillis == nil || read.Timing.StartTimeMillis != nil ||
		read.Timing.FinishTimeMillis != nil {
		t.Errorf("timing %+v", read.Timing)
	}
	_, err := s.CreateJob(ctx, Draft(1, 1, 0), 0)
	refused(t, err, transcode.ErrDuplicateID)
	_, err = s.CreateJob(ctx, Draft(2, 2, 0), 0)
	refused(t, err, transcode.ErrNotFound)
	_, err = s.Job(ctx, JobID(2))
	refused(t, err, transcode.ErrNotFound)
}

// testEcho is the rules of nulls, empties and copies.
func testEcho(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	job := draft(1, 1, 0, 2, 0)
	job.Doc.Inputs = append(job.Doc.Inputs, api.JobInput{Key: new("in/second.mp4"), FrameRate: new("auto")})
	job.Doc.Playlists, job.Doc.Outputs[1].Watermarks = nil, nil
	got(s.CreateJob(ctx, job, 0))(t)
	j := got(s.Job(ctx, JobID(1)))(t)
	if diff := cmp.Diff(&j.Inputs[0], j.Input); diff != "" {
		t.Errorf("Input is not the first of Inputs:\n%s", diff)
	}
	if diff := cmp.Diff(&j.Outputs[0], j.Output); diff != "" {
		t.Errorf("Output is not the first of Outputs:\n%s", diff)
	}
	if j.Playlists == nil || j.Outputs[0].Watermarks == nil || j.Outputs[1].Watermarks == nil {
		t.Error("Playlists or Watermarks is null, want []")
	}
	o := j.Outputs[0]
	if o.Duration != nil || o.DurationMillis != nil || o.Width != nil || o.FrameRate != nil || o.FileSize != nil ||
		o.StatusDetail != nil || o.AppliedColorSpaceConversion != nil || o.ThumbnailPattern != nil ||
		o.Composition != nil {
		t.Errorf("an absent member is not null: %+v", o)
	}
	if in := j.Inputs[0]; in.FrameRate != nil || in.DetectedProperties != nil || *j.Inputs[1].FrameRate != "auto" {
		t.Errorf("inputs are not as given: %+v", j.Inputs)
	}
}

func testMaxQueued(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	AddPipeline(t, s, 1)
	AddPipeline(t, s, 2)
	for n := 1; n <= 40; n++ {
		got(s.CreateJob(ctx, Draft(1, n, 0), 40))(t)
	}
	_, err := s.CreateJob(ctx, Draft(1, 41, 0), 40)
	refused(t, err, transcode.ErrLimit)
	got(s.CreateJob(ctx, Draft(2, 42, 0), 40))(t)
	a := admit(t, s) // still Submitted
	_, err = s.CreateJob(ctx, Draft(1, 41, 0), 40)
	refused(t, err, transcode.ErrLimit)
	claim(t, s, request(a, 1))
	got(s.CreateJob(ctx, Draft(1, 41, 0), 40))(t)
}

func testCanceledContext(t *testing.T, d Database) {
	s := open(t, d)
	AddPipeline(t, s, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.CreateJob(ctx, Draft(1, 1, 0), 0)
	refused(t, err, context.Canceled)
	_, err = s.Job(t.Context(), JobID(1))
	refused(t, err, transcode.ErrNotFound)
}
