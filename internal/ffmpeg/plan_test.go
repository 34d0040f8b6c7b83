package ffmpeg

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	probe, err := r.Probe(t.Context(), dir, "in0", media.Hint{Container: "mov"})
	if err != nil {
		t.Fatal(err)
	}
	segmented := filmPreset()
	segmented.Container = transcode.TS
	planned(t, r, dir, probe, transcode.OutputSpec{ID: "1", Rotate: -1, Preset: filmPreset()},
		transcode.OutputSpec{ID: "2", Rotate: -1, Preset: segmented, SegmentDuration: time.Second})
}

// filmPreset is one of an mp4 of small frames.
func filmPreset() transcode.PresetSpec {
	return transcode.PresetSpec{
		Container: transcode.MP4,
		Video: &transcode.VideoSpec{Codec: transcode.H264, Profile: "main", Level: "3.1", ReferenceFrames: 3,
			BitRate: 600,
			GOP:     transcode.GOP{MaxFrames: 60, Fixed: true}, MaxFrameRate: media.NewRational(30, 1),
			Sizing: transcode.Sizing{Max: media.Size{Width: 320, Height: 320}, Policy: transcode.ShrinkToFit}},
		Audio: &transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 44100, BitRate: 96, Channels: 2,
			Profile: "AAC-LC"},
	}
}

// planned plans a job for in0, of which the probe is, runs it and holds its results to the plan.
func planned(t *testing.T, r *Runner, dir string, probe media.Probe, outputs ...transcode.OutputSpec) *plan.Plan {
	t.Helper()
	caps, err := r.Caps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(plan.Request{
		Job:    transcode.JobSpec{ID: "1", Inputs: []transcode.InputSpec{{}}, Outputs: outputs},
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
	return p
}

// heard makes segments of in0, of which the probe is, and returns from when to when
// anything is heard in them, in seconds.
func heard(t *testing.T, r *Runner, dir string, probe media.Probe) (from, to float64) {
	t.Helper()
	preset := filmPreset()
	preset.Container, preset.Audio.SampleRate = transcode.TS, 48000
	p := planned(t, r, dir, probe, transcode.OutputSpec{ID: "1", Rotate: -1, Preset: preset,
		SegmentDuration: 10 * time.Second})
	file := p.Outputs[0].File
	whole, err := r.contents(t.Context(), dir, []string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const rate = 48000
	begin := int(whole.inspection().VideoStart.Seconds() * rate)
	step := plan.Step{Name: "listen", Args: []string{"-copyts", "-i", "file:" + file, "-map", "0:a", "-af",
		fmt.Sprintf("aresample=async=1:first_pts=%d", begin), "-ac", "1", "-f", "u8", "samples"}}
	if err := r.Run(t.Context(), dir, step, nil); err != nil {
		t.Fatal(err)
	}
	samples, err := os.ReadFile(filepath.Join(dir, "samples"))
	if err != nil {
		t.Fatal(err)
	}
	loud := func(b byte) bool { return b < 120 || b > 136 }
	first := slices.IndexFunc(samples, loud)
	slices.Reverse(samples)
	last := len(samples) - slices.IndexFunc(samples, loud)
	return float64(first) / rate, float64(last) / rate
}
