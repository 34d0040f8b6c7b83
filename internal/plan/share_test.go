package plan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/transcode"
)

// TestShared encodes what outputs have in common once, and writes the very packets that each
// of them would have by itself.
func TestShared(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, moving("320x180", "24", 5)...)
	rung := hlsOutput(size(320, 180), 3, 300)
	rung.SegmentDuration = 2 * time.Second
	low := hlsOutput(size(160, 90), 1, 100)
	low.SegmentDuration = 2 * time.Second
	sound := rung
	sound.Preset.Video = nil
	film, again, silent, other := mp4Output(size(320, 180)), mp4Output(size(320, 180)), mp4Output(size(320, 180)),
		mp4Output(size(320, 180))
	again.ThumbnailPattern, again.Preset.Thumbnails.Interval = "{count}", 2*time.Second
	silent.Preset.Audio = nil
	other.Preset.Container = transcode.FLV
	fragments := rung
	fragments.Preset.Container = transcode.FMP4
	smooth := fragments
	smooth.Formats = []transcode.PlaylistFormat{transcode.Smooth}
	specs := []transcode.OutputSpec{rung, low, sound, film, again, silent, other, fragments, smooth}
	p := execute(t, dir, probe, auto, specs...)

	if len(p.Steps) != 1 {
		t.Fatalf("%d runs, want one", len(p.Steps))
	}
	encoders := map[string]int{}
	for i, arg := range p.Steps[0].Args {
		if strings.HasPrefix(arg, "-c:") {
			encoders[p.Steps[0].Args[i+1]]++
		}
	}
	if encoders["libx264"] != 3 || encoders["aac"] != 2 {
		t.Errorf("encoders %v, want three of libx264 and two of aac", encoders)
	}
	for i, out := range p.Outputs {
		apart := t.TempDir()
		if err := os.Link(filepath.Join(dir, "in0"), filepath.Join(apart, "in0")); err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Alone(p.Steps[0], i) {
			call(t, apart, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, s.Args...)...)
		}
		shared, alone := packets(t, dir, out.File), packets(t, apart, out.File)
		if !slices.Equal(shared, alone) {
			t.Errorf("output %d has other packets than by itself:\n%s", i, cmp.Diff(alone, shared))
		}
	}
}

// packets are the times and hashes of all packets of a file, by stream.
func packets(t *testing.T, dir, name string) []string {
	t.Helper()
	text := call(t, dir, "ffmpeg", "-v", "error", "-i", name, "-map", "0", "-c", "copy", "-f", "framehash", "-")
	lines := strings.Split(text, "\n")
	slices.SortStableFunc(lines, func(a, b string) int { // the streams may lie otherwise in the file
		return strings.Compare(a[:min(1, len(a))], b[:min(1, len(b))])
	})
	return lines
}
