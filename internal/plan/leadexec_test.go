package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// rungOf is an output of fragments of four seconds.
func rungOf(profile string, refs int, rate media.Rational) transcode.OutputSpec {
	out := hlsOutput(size(160, 90), refs, 100)
	out.Preset.Container, out.SegmentDuration = transcode.FMP4, 4*time.Second
	out.Preset.Video.Profile, out.Preset.Video.FrameRate, out.Preset.Video.GOP.MaxFrames = profile, rate, 48
	return out
}

// TestLeads decodes the frames of all renditions of a job equally early, whatever
// their profile, reference frames and rate are, and keeps the times at which they are shown.
func TestLeads(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, moving("160x90", "24", 6)...)
	specs := []transcode.OutputSpec{rungOf("baseline", 3, whole(24)), rungOf("main", 1, whole(24)),
		rungOf("main", 3, whole(24)),
		rungOf("high", -1, whole(24)), rungOf("main", 3, whole(12)), rungOf("baseline", 1, whole(48))}
	plain := mp4Output(size(160, 90))
	req := Request{Job: job(auto, append(specs, plain)...), Probes: []media.Probe{probe}, Caps: testCaps, Threads: 2,
		Speed: "veryfast"}
	p, err := New(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, s.Args...)...)
	}
	for i, out := range p.Outputs[:len(specs)] {
		if out.Lead != media.NewRational(1, 12) { // two frames at 24, or one at 12
			t.Errorf("output %d: a lead of %s", i, out.Lead)
		}
		first := ffprobe(t, dir, out.File, "-select_streams", "v", "-show_packets").Packets[0]
		if lead := seconds(first.Time) - seconds(first.Decoded); seconds(first.Time) != 0 || (lead-time.Second/12).Abs() > time.Millisecond {
			t.Errorf("output %d begins at %s and is decoded from %s on", i, first.Time, first.Decoded)
		}
		if f := Check(out, inspect(t, dir, out)); f != nil {
			t.Errorf("output %d: %v", i, f)
		}
	}
	if last := p.Outputs[len(specs)]; !last.Lead.IsZero() {
		t.Errorf("a lead of %s without segments", last.Lead)
	}
}

// TestSegmentKeyframes leaves out a keyframe that comes shortly before a segment's end,
// unless the preset fixes the length of GOPs.
func TestSegmentKeyframes(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, moving("160x90", "24", 9)...)
	open := hlsOutput(size(160, 90), 3, 100)
	open.SegmentDuration, open.Preset.Video.GOP = 4*time.Second, transcode.GOP{MaxFrames: 90}
	fixed := open
	video := *open.Preset.Video
	video.GOP.Fixed, fixed.Preset.Video = true, &video
	p := execute(t, dir, probe, auto, open, fixed)
	for i, want := range [][]int{{0, 96, 192}, {0, 90, 96, 186, 192}} {
		if got := keyframes(t, dir, p.Outputs[i]); !slices.Equal(got, want) {
			t.Errorf("output %d: keyframes at frames %v, want %v", i, got, want)
		}
	}
}
