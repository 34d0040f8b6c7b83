package ffmpeg

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// fdkaacRunner runs testdata/fdkaac in place of fdkaac, with the real ffmpeg.
func fdkaacRunner(t *testing.T) *Runner {
	t.Helper()
	need(t, "ffmpeg", "ffprobe")
	path, err := filepath.Abs(filepath.Join("testdata", "fdkaac"))
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{FDKAAC: path})
}

// TestFDKAAC makes an output whose sound another program encodes, step by step,
// and finds picture and sound beginning together.
func TestFDKAAC(t *testing.T) {
	t.Parallel()
	r, dir := fdkaacRunner(t), sample(t, "video/flower-540p-h264-aac.mp4")
	caps, err := r.Caps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	probe, err := r.Probe(t.Context(), dir, "in0", "mp4")
	if err != nil {
		t.Fatal(err)
	}
	preset := transcode.PresetSpec{
		Container: transcode.MP4,
		Video: &transcode.VideoSpec{Codec: transcode.H264, Profile: "main", ReferenceFrames: 3, BitRate: 300, GOP: transcode.GOP{MaxFrames: 60},
			Sizing: transcode.Sizing{Max: media.Size{Width: 160, Height: 160}, Policy: transcode.ShrinkToFit}},
		Audio: &transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 44100, BitRate: 64, Channels: 2, Profile: "HE-AAC"},
	}
	p, err := plan.New(plan.Request{
		Job: transcode.JobSpec{ID: "1", Inputs: []transcode.InputSpec{{}}, Outputs: []transcode.OutputSpec{
			{ID: "1", Rotate: -1, Preset: preset}}},
		Probes: []media.Probe{probe}, Caps: caps, Threads: 2, Speed: "ultrafast",
	})
	if err != nil {
		t.Fatal(err)
	}
	var programs []string
	for _, step := range p.Steps {
		programs = append(programs, step.Program)
		last := plan.Progress{}
		if err := r.Run(t.Context(), dir, step, func(p plan.Progress) { last = p }); err != nil {
			t.Fatal(err, runError(t, err).Tail)
		}
		if !last.Done {
			t.Errorf("step %s: the last progress is %+v", step.Name, last)
		}
	}
	if got := strings.Join(programs, ","); got != ",fdkaac," {
		t.Errorf("programs %q", got)
	}
	got, err := r.Inspect(t.Context(), dir, p.Outputs[0])
	if err != nil {
		t.Fatal(err)
	}
	if f := plan.Check(p.Outputs[0], got); f != nil {
		t.Errorf("%v, inspection %+v", f, got)
	}
}

func TestFDKAACFails(t *testing.T) {
	t.Parallel()
	r, dir := fdkaacRunner(t), folderWith(t, "")
	step := plan.Step{Name: "aac", Program: plan.FDKAAC, Args: []string{"-b", "1000", "in0"}}
	if failed := runError(t, r.Run(t.Context(), dir, step, nil)); failed.ExitCode != 1 || !strings.Contains(failed.Reason, "unsupported bit rate") {
		t.Errorf("%+v", failed)
	}
	without := New(Config{FDKAAC: "no-such-program"})
	if err := without.Run(t.Context(), dir, step, nil); err == nil || !strings.Contains(err.Error(), "fdkaac is not installed") {
		t.Errorf("without the program: %v", err)
	}
	if caps, err := without.Caps(t.Context()); err != nil || caps.FDKAAC != "" {
		t.Errorf("capability %q, %v", caps.FDKAAC, err)
	}
	step.Args, step.Duration = []string{"-b", "2000", "in0"}, time.Second
	if failed := runError(t, r.Run(t.Context(), dir, step, nil)); failed.ExitCode == 0 {
		t.Errorf("an empty file: %+v", failed)
	}
}
