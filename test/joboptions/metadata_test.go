package joboptions

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// metadataCharacters are all that UserMetadata may hold.
const metadataCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz _.:/=+-%@"

// fill is a text of so many characters.
func fill(text string, length int) string {
	return strings.Repeat(text, length/len(text)+1)[:length]
}

// TestMetadataLimits: ten pairs with keys and values as long as they may be come
// back as they were given, also when the job is read and listed; what is one longer
// or more, or of another character, is refused and makes no job.
func TestMetadataLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	preset := b.preset(t, nil)
	most := map[string]string{"empty": "", "reelastic:priority": "3"}
	for i := range 9 {
		most[fill(fmt.Sprint(i)+metadataCharacters, 128)] = fill(metadataCharacters, 256)
	}
	request := func(pairs map[string]string) *api.CreateJobRequest {
		return &api.CreateJobRequest{PipelineId: &b.PipelineID, Inputs: []api.JobInput{{Key: new("film.mp4")}},
			UserMetadata: pairs,
			Outputs:      []api.CreateJobOutput{{Key: new("o.mp4"), PresetId: &preset}}}
	}
	job := b.Run(t, request(most))
	reelastictest.WantComplete(t, job.Outputs[0], "")
	if !maps.Equal(job.UserMetadata, most) {
		t.Errorf("read back: %v", job.UserMetadata)
	}
	list, err := b.Client.ListJobsByPipeline(t.Context(), &api.ListJobsByPipelineRequest{PipelineId: &b.PipelineID})
	if err != nil || len(list.Jobs) != 1 || !maps.Equal(list.Jobs[0].UserMetadata, most) {
		t.Errorf("listed: %v, %v", list, err)
	}
	for what, pairs := range map[string]map[string]string{
		"an eleventh pair": {"one": "more"}, "a long key": {fill("k", 129): "v"},
		"a long value": {"empty": fill("v", 257)},
		"no key":       {"": "v"}, "another character": {"empty": "é"}, "a line break": {"empty": "a\nb"},
		"another character in a key": {"a&b": ""},
	} {
		wrong := maps.Clone(most)
		if what != "an eleventh pair" {
			delete(wrong, "empty")
		}
		maps.Copy(wrong, pairs)
		_, err := b.Client.CreateJob(t.Context(), request(wrong))
		refusal, ok := errors.AsType[*client.ValidationException](err)
		if !ok || !strings.Contains(refusal.Message, "UserMetadata") {
			t.Errorf("%s: %v, want a ValidationException about UserMetadata", what, err)
		}
	}
	if list, err = b.Client.ListJobsByPipeline(t.Context(),
		&api.ListJobsByPipelineRequest{PipelineId: &b.PipelineID}); err != nil || len(list.Jobs) != 1 {
		t.Errorf("refused requests made jobs: %v", err)
	}
}
