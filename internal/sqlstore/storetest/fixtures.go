package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// PipelineID is the id of the n-th pipeline of a test. As with the other ids
// here, it has the API's form and ascends with n.
func PipelineID(n int) string { return fmt.Sprintf("1400000000000-%06d", n) }

// PresetID is the id of the n-th preset.
func PresetID(n int) string { return fmt.Sprintf("1450000000000-%06d", n) }

// JobID is the id of the n-th job.
func JobID(n int) string { return fmt.Sprintf("%013d-job000", 1500000000000+n) }

// systemPreset is "System preset: Generic 720p".
const systemPreset = "1351620000001-000010"

// Pipeline is the n-th pipeline of a test, Active.
func Pipeline(n int) *api.Pipeline {
	bucket := &api.PipelineOutputConfig{Bucket: new("out"), Permissions: []api.Permission{}}
	return &api.Pipeline{
		Id: new(PipelineID(n)), Arn: new("arn:aws:elastictranscoder:us-east-1:000000000000:pipeline/" + PipelineID(n)),
		Name: new(fmt.Sprint("pipeline ", n)), Status: new("Active"),
		InputBucket: new("in"), OutputBucket: new("out"), Role: new("arn:aws:iam::000000000000:role/r"),
		Notifications: &api.Notifications{Progressing: new(""), Completed: new(""), Warning: new(""), Error: new("")},
		ContentConfig: bucket, ThumbnailConfig: bucket,
	}
}

// AddPipeline stores the n-th pipeline.
func AddPipeline(tb testing.TB, s interface {
	CreatePipeline(ctx context.Context, p *api.Pipeline, limit int) error
}, n int) {
	tb.Helper()
	if err := s.CreatePipeline(tb.Context(), Pipeline(n), 0); err != nil {
		tb.Fatal(err)
	}
}

// Draft is the n-th job of a test, with one output.
func Draft(pipeline, n, priority int) *transcode.JobDraft {
	return draft(pipeline, n, priority, 1, 0)
}

// draft is a job with several outputs and playlists.
func draft(pipeline, n, priority, outputs, playlists int) *transcode.JobDraft {
	id := JobID(n)
	doc := &api.Job{
		Id: &id, Arn: new("arn:aws:elastictranscoder:us-east-1:000000000000:job/" + id),
		PipelineId: new(PipelineID(pipeline)), Status: new("Submitted"),
		Inputs:          []api.JobInput{{Key: new(fmt.Sprintf("in/%d.mp4", n))}},
		OutputKeyPrefix: new(fmt.Sprintf("out/%d/", n)), UserMetadata: map[string]string{"order": fmt.Sprint(n)},
		Playlists: []api.Playlist{},
	}
	var keys []string
	for i := range outputs {
		keys = append(keys, fmt.Sprintf("v%d.mp4", i+1))
		doc.Outputs = append(doc.Outputs, api.JobOutput{
			Id: new(fmt.Sprint(i + 1)), Key: &keys[i], PresetId: new(systemPreset), Rotate: new("auto"),
			Status: new("Submitted"), Watermarks: []api.JobWatermark{}})
	}
	for i := range playlists {
		doc.Playlists = append(doc.Playlists, api.Playlist{
			Name: new(fmt.Sprint("list", i+1)), Format: new("HLSv3"), OutputKeys: keys, Status: new("Submitted")})
	}
	return &transcode.JobDraft{Doc: doc, Spec: transcode.JobSpec{ID: id, Priority: priority}}
}
