package ffmpeg

import (
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestPlannedJob probes a clip, plans a job for it and runs that in the
// sandbox: the whole way from an input to results that the plan accepts.
func TestPlannedJob(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), sample(t, "video/portrait-rot90-iphone.mov")
	caps, err := r.Caps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	probe, err := r.Probe(t.Context(), dir, "in0", media.Hint{Container: "mov"})
	if err != nil {
		t.Fatal(err)
	}
	preset := transcode.PresetSpec{
		Container: transcode.MP4,
		Video: &transcode.VideoSpec{Codec: transcode.H264, Profile: "main", Level: "3.1", ReferenceFrames: 3,
			BitRate: 600,
			GOP:     transcode.GOP{MaxFrames: 60, Fixed: true}, MaxFrameRate: media.NewRational(30, 1),
			Sizing: transcode.Sizing{Max: media.Size{Width: 320, Height: 320}, Policy: transcode.ShrinkToFit}},
		Audio: &transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 44100, BitRate: 96, Channels: 2,
			Profile: "AAC-LC"},
	}
	segmented := preset
	segmented.Container = transcode.TS
	p, err := plan.New(plan.Request{
		Job: transcode.JobSpec{ID: "1", Inputs: []transcode.InputSpec{{}}, Outputs: []transcode.OutputSpec{
			{ID: "1", Rotate: -1, Preset: preset}, {ID: "2", Rotate: -1, Preset: segmented,
				SegmentDuration: time.Second}}},
		Probes: []media.Probe{probe}, Caps: caps, Threads: 2, Speed: "ultrafast",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range p.Steps {
		if err := r.Run(t.Context(), dir, step, nil); err != nil {
			t.Fatal(err, runError(t, err).Tail)
		}
	}
	for _, out := range p.Outputs {
		got, err := r.Inspect(t.Context(), dir, out)
		if err != nil {
			t.Fatal(err)
		}
		if f := plan.Check(out, got); f != nil {
			t.Errorf("output %d: %v, inspection %+v", out.Index, f, got)
		}
	}
}
