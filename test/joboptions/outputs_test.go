package joboptions

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestThirtyOutputs makes as many outputs as a job may have, songs and films. One
// key is taken: that output is an Error, and the others are made under the prefix,
// each with the figures of its file. One more is refused.
func TestThirtyOutputs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	film := b.preset(t, func(p *api.CreatePresetRequest) {
		p.Video.MaxWidth = new("160")
		p.Video.MaxHeight = new("120")
	})
	const most, taken = 30, 7
	request := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("film.mp4")}}, OutputKeyPrefix: new("many/")}
	for i := range most {
		o := api.CreateJobOutput{Key: new(fmt.Sprintf("%02d.mp3", i)), PresetId: new(reelastictest.MP3At128k)}
		if i%5 == 0 {
			o.Key, o.PresetId = new(fmt.Sprintf("%02d.mp4", i)), &film
		}
		request.Outputs = append(request.Outputs, o)
	}
	obstacle := b.Output(fmt.Sprintf("many/%02d.mp3", taken))
	if err := errors.Join(os.MkdirAll(filepath.Dir(obstacle), 0o755),
		os.WriteFile(obstacle, []byte("somebody's"), 0o600)); err != nil {
		t.Fatal(err)
	}
	job := b.Run(t, request)
	if *job.Status != "Error" || len(job.Outputs) != most {
		t.Fatalf("the job is %s with %d outputs", *job.Status, len(job.Outputs))
	}
	want := map[string]int64{"many/07.mp3": int64(len("somebody's"))}
	for i, o := range job.Outputs {
		if *o.Key != *request.Outputs[i].Key || *o.Id != fmt.Sprint(i+1) {
			t.Errorf("output %d is %s %s", i+1, *o.Id, *o.Key)
		}
		if i == taken {
			reelastictest.WantFailed(t, o, "3002", "bucket=out, key=many/07.mp3.")
			continue
		}
		if reelastictest.WantComplete(t, o, ""); *o.Duration < 1 || *o.Duration > 2 {
			t.Errorf("%s lasts %d s", *o.Key, *o.Duration)
		}
		want["many/"+*o.Key] = *o.FileSize
	}
	if got := b.Objects("out"); !maps.Equal(got, want) {
		t.Errorf("the objects are %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	request.Outputs = append(request.Outputs,
		api.CreateJobOutput{Key: new("31.mp3"), PresetId: new(reelastictest.MP3At128k)})
	if _, err := b.Client.CreateJob(t.Context(), request); err == nil {
		t.Error("31 outputs are accepted")
	} else if _, ok := errors.AsType[*client.ValidationException](err); !ok {
		t.Errorf("31 outputs: %v", err)
	}
}
