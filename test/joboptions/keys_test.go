package joboptions

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestTakenKeys has an object in the way of each sort of result. Every output says
// which, nothing of it is left and nobody's object is touched, while the others are
// made; with reelastic:overwrite all are.
func TestTakenKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 3)...)
	b.PutText("in", "en.srt", cue(1, 0, 1, "hello"))
	film := b.preset(t, nil)
	segments := b.preset(t, func(p *api.CreatePresetRequest) { p.Container, p.Video.FixedGOP = new("ts"), new("true") })
	captions := captionsOut("srt")
	captions.MergePolicy, captions.CaptionSources = new("Override"), []api.CaptionSource{captionsIn("en", "en.srt")}
	request := func() *api.CreateJobRequest {
		return &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("film.mp4")}}, Outputs: []api.CreateJobOutput{
			{Key: new("media.mp4"), PresetId: &film},
			{Key: new("first"), PresetId: &segments, SegmentDuration: new("1")},
			{Key: new("later"), PresetId: &segments, SegmentDuration: new("1")},
			{Key: new("thumbs.mp4"), PresetId: &film, ThumbnailPattern: new("t-{count}")},
			{Key: new("words.mp4"), PresetId: &film, Captions: captions},
			{Key: new("list"), PresetId: &segments, SegmentDuration: new("1")},
			{Key: new("good.mp4"), PresetId: &film}}}
	}
	// by output
	taken := []string{"media.mp4", "first00000.ts", "later00001.ts", "t-00001.png", "cc/srt-en00000.srt", "list.m3u8"}
	for _, key := range append(taken, "later00002.ts") {
		if err := os.MkdirAll(filepath.Dir(b.Output(key)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.Output(key), []byte("somebody's"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := maps.Clone(b.Objects("out"))
	job := b.Run(t, request())
	if *job.Status != "Error" {
		t.Errorf("the job is %s", *job.Status)
	}
	for i, key := range taken {
		reelastictest.WantFailed(t, job.Outputs[i], "3002",
			"The specified object could not be saved in the specified bucket because an object by that name already "+
				"exists: bucket=out, key="+key+". ")
	}
	good := job.Outputs[len(taken)]
	reelastictest.WantComplete(t, good, "")
	want["good.mp4"] = *good.FileSize
	if got := b.Objects("out"); !maps.Equal(got, want) {
		t.Errorf("the objects are %v, want %v", got, want)
	}

	again := request()
	again.UserMetadata = map[string]string{"reelastic:overwrite": "true"}
	job = b.Run(t, again)
	for _, o := range job.Outputs {
		reelastictest.WantComplete(t, o, "")
	}
	for _, key := range append(taken, "later00002.ts") {
		if strings.HasPrefix(string(b.ReadOutput(t, key)), "somebody's") {
			t.Errorf("%s was not overwritten", key)
		}
	}
}

// TestLongDetail: what is said of the longest keys is said to the end.
func TestLongDetail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := strings.Repeat("folder/", 145) + "film.mp4" // 1023 bytes
	o := b.do(t, []api.JobInput{{Key: &key}},
		api.CreateJobOutput{Key: new("o.mp4"), PresetId: new(reelastictest.Generic480p)}).Outputs[0]
	reelastictest.WantFailed(t, o, "3001",
		fmt.Sprintf(
			"The specified object does not exist in the specified S3 bucket: bucket=in, key=%s. Put the object there,",
			key))
	if !strings.HasSuffix(reelastictest.Text(o.StatusDetail), "submit the job again.") {
		t.Errorf("it ends in %q", reelastictest.Text(o.StatusDetail)[len(reelastictest.Text(o.StatusDetail))-30:])
	}
	if left := b.Objects("out"); len(left) > 0 {
		t.Errorf("left over: %v", slices.Collect(maps.Keys(left)))
	}
}
