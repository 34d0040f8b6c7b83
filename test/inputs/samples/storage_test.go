package samples

import (
	"os"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestStorageFailures lets jobs fail for what is, or is not, in the buckets.
func TestStorageFailures(t *testing.T) {
	t.Parallel()
	f := reelastictest.New(t, "--workers", "1")
	f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	for _, c := range []struct {
		name, in, out, input, output string
		code                         int
	}{
		{"missing input", "in", "out", "nowhere.mp4", "a.mp4", 3001},
		{"existing key", "in", "out", "clip.mp4", "taken.mp4", 3002},
		{"missing input bucket", "nowhere", "out", "clip.mp4", "b.mp4", 3005},
		{"missing output bucket", "in", "nowhere", "clip.mp4", "c.mp4", 3005},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.PutText("out", "taken.mp4", "somebody's")
			taken := f.Output("taken.mp4")
			pipeline := f.CreatePipeline(t, &api.CreatePipelineRequest{InputBucket: new("in"),
				OutputBucket: new("out")})
			_, err := f.Client.UpdatePipeline(t.Context(), &api.UpdatePipelineRequest{
				Id: &pipeline, InputBucket: &c.in,
				ContentConfig:   &api.PipelineOutputConfig{Bucket: &c.out},
				ThumbnailConfig: &api.PipelineOutputConfig{Bucket: &c.out},
			})
			if err != nil {
				t.Fatal(err)
			}
			job := f.Run(t, &api.CreateJobRequest{
				PipelineId: &pipeline,
				Inputs:     []api.JobInput{{Key: &c.input}},
				Outputs:    []api.CreateJobOutput{reelastictest.Output(c.output, reelastictest.Generic480p, "")},
			})
			if c.output == "taken.mp4" {
				if text, err := os.ReadFile(taken); err != nil || string(text) != "somebody's" {
					t.Errorf("the existing object was touched: %q, %v", text, err)
				}
				if err := os.Remove(taken); err != nil {
					t.Fatal(err)
				}
			}
			wantError(t, f, job, c.code)
		})
	}
}
