package samples

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder/types"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestStorageFailures lets jobs fail for what is, or is not, in the buckets.
func TestStorageFailures(t *testing.T) {
	t.Parallel()
	clip := reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1}.Make(t)
	server := reelastictest.Start(t, "--workers", "1")
	server.Put("in", "clip.mp4", clip)
	client := server.Client()
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
			pipeline := server.Pipeline(t, client)
			taken := filepath.Join(server.Bucket("out"), "taken.mp4")
			if err := os.WriteFile(taken, []byte("somebody's"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := client.UpdatePipeline(t.Context(), &elastictranscoder.UpdatePipelineInput{Id: &pipeline, InputBucket: &c.in,
				ContentConfig: &types.PipelineOutputConfig{Bucket: &c.out}, ThumbnailConfig: &types.PipelineOutputConfig{Bucket: &c.out}}); err != nil {
				t.Fatal(err)
			}
			id := reelastictest.Submit(t, client, &elastictranscoder.CreateJobInput{PipelineId: &pipeline,
				Inputs:  []types.JobInput{{Key: &c.input}},
				Outputs: []types.CreateJobOutput{{Key: &c.output, PresetId: aws.String(generic480p)}}})
			job := reelastictest.AwaitJob(t, client, id, reelastictest.JobsWithin)
			if c.output == "taken.mp4" {
				if text, err := os.ReadFile(taken); err != nil || string(text) != "somebody's" {
					t.Errorf("the existing object was touched: %q, %v", text, err)
				}
				if err := os.Remove(taken); err != nil {
					t.Fatal(err)
				}
			}
			wantError(t, server, job, c.code)
		})
	}
}
