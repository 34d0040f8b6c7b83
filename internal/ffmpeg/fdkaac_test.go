package ffmpeg

import (
	"cmp"
	"encoding/binary"
	"os/exec"
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
	return tested(Config{FDKAAC: path})
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
	probe, err := r.Probe(t.Context(), dir, "in0", media.Hint{Container: "mp4"})
	if err != nil {
		t.Fatal(err)
	}
	preset := transcode.PresetSpec{
		Container: transcode.MP4,
		Video: &transcode.VideoSpec{Codec: transcode.H264, Profile: "main", ReferenceFrames: 3, BitRate: 300,
			GOP: transcode.GOP{MaxFrames: 60}, MaxFrameRate: media.NewRational(30, 1),
			Sizing: transcode.Sizing{Max: media.Size{Width: 160, Height: 160}, Policy: transcode.ShrinkToFit}},
		Audio: &transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 44100, BitRate: 64, Channels: 2,
			Profile: "HE-AAC"},
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
	if failed := runError(t, r.Run(t.Context(), dir, step, nil)); failed.ExitCode != 1 ||
		!strings.Contains(failed.Reason, "unsupported bit rate") {
		t.Errorf("%+v", failed)
	}
	without := tested(Config{FDKAAC: "no-such-program"})
	if err := without.Run(t.Context(), dir, step, nil); err == nil || !strings.Contains(err.Error(),
		"fdkaac is not installed") {
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

// highEfficiency are outputs whose sound is in a profile that Debian's ffmpeg
// can't write; wanted is how ffprobe names it.
var highEfficiency = []struct {
	name      string
	container transcode.Container
	audio     transcode.AudioSpec
	segment   time.Duration
	wanted    string
}{
	{"HE-AAC in mp4", transcode.MP4, transcode.AudioSpec{Profile: "HE-AAC", SampleRate: 44100, BitRate: 64,
		Channels: 2}, 0, "HE-AAC"},
	{"HE-AACv2 in mp4", transcode.MP4, transcode.AudioSpec{Profile: "HE-AACv2", SampleRate: 44100, BitRate: 32,
		Channels: 2}, 0, "HE-AACv2"},
	// so ffprobe takes it
	{"HE-AAC of one channel", transcode.MP4, transcode.AudioSpec{Profile: "HE-AACv2", SampleRate: 48000, BitRate: 40,
		Channels: 1}, 0, "HE-AACv2"},
	{"automatic HE-AACv2 in flv", transcode.FLV, transcode.AudioSpec{Profile: "auto", SampleRate: 22050, BitRate: 40,
		Channels: 2}, 0, "HE-AACv2"},
	{"automatic HE-AAC in segments", transcode.TS, transcode.AudioSpec{Profile: "auto", SampleRate: 44100, BitRate: 64,
		Channels: 2}, time.Second, "HE-AAC"},
	{"HE-AAC in fmp4", transcode.FMP4, transcode.AudioSpec{Profile: "HE-AAC", SampleRate: 32000, BitRate: 48,
		Channels: 2}, 0, "HE-AAC"},
}

// TestHEAAC makes outputs with a real encoder of HE-AAC, and finds the sound at
// the picture that it belongs to. It skips where there is none, in CI too, since
// Debian's main archive has none.
func TestHEAAC(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	caps, err := r.Caps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !caps.HEAAC() {
		var names []string
		for _, c := range highEfficiency {
			names = append(names, c.name)
		}
		t.Skip("neither fdkaac nor an ffmpeg with libfdk_aac is installed: " + strings.Join(names, ", "))
	}
	for _, c := range highEfficiency {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			const click = "if(gte(t,1)*lt(t,1.02),0.8*sin(6000*t),0)"
			source := plan.Step{Name: "source", Args: []string{"-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=3",
				"-f", "lavfi", "-i", "aevalsrc='" + click + "|" + click + "':s=48000:d=3", "-c:v", "libx264", "-preset",
				"ultrafast", "-pix_fmt", "yuv420p",
				"-c:a", "pcm_s16le", "-f", "matroska", "in0"}}
			if err := r.Run(t.Context(), dir, source, nil); err != nil {
				t.Fatal(err, runError(t, err).Tail)
			}
			probe, err := r.Probe(t.Context(), dir, "in0", media.Hint{})
			if err != nil {
				t.Fatal(err)
			}
			c.audio.Codec = transcode.AAC
			out := container{kind: c.container, video: transcode.H264}.output()
			out.Preset.Audio, out.SegmentDuration = &c.audio, c.segment
			p, err := plan.New(plan.Request{Job: transcode.JobSpec{ID: "1", Inputs: []transcode.InputSpec{{}},
				Outputs: []transcode.OutputSpec{out}},
				Probes: []media.Probe{probe}, Caps: caps, Threads: 2, Speed: "ultrafast"})
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range p.Steps {
				if err := r.Run(t.Context(), dir, step, nil); err != nil {
					t.Fatal(err, runError(t, err).Tail)
				}
			}
			got, err := r.Inspect(t.Context(), dir, p.Outputs[0])
			if err != nil {
				t.Fatal(err)
			}
			if f := plan.Check(p.Outputs[0], got); f != nil {
				t.Error(f)
			}
			a, _ := got.Probe.MainAudio()
			if a.Profile != c.wanted {
				t.Errorf("profile %s, want %s", a.Profile, c.wanted)
			}
			// Of mp4, ffmpeg cuts off the start twice as it reads it.
			if c.container == transcode.FLV || c.segment > 0 {
				if at := clickTime(t, dir, p.Outputs[0], got.Probe); (at - time.Second).Abs() > 5*time.Millisecond {
					t.Errorf("the click of second 1 is heard at %s", at)
				}
			}
		})
	}
}

// clickTime is when the first loud sample is heard after the first picture.
func clickTime(t *testing.T, dir string, out plan.Output, probe media.Probe) time.Duration {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-i", cmp.Or(out.List, out.File), "-map", "0:a",
		"-ac", "1", "-ar", "48000", "-f", "s16le", "-")
	cmd.Dir = dir
	samples, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	v, _ := probe.MainVideo()
	a, _ := probe.MainAudio()
	for i := 0; i+1 < len(samples); i += 2 {
		if v16 := int16(binary.LittleEndian.Uint16(samples[i:])); v16 > 6000 || v16 < -6000 {
			return a.Start - v.Start + time.Duration(i/2)*time.Second/48000
		}
	}
	t.Fatal("nothing is heard")
	return 0
}
