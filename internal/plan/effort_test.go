package plan

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestSharedThreads has cases whose best division is plain to see.
func TestSharedThreads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		efforts []float64
		threads int
		want    []int
	}{
		{"one run has all", []float64{5}, 4, []int{4}},
		{"two alike", []float64{10, 10}, 2, []int{1, 1}},
		{"many alike", []float64{3, 3, 3, 3, 3, 3, 3}, 2, []int{1, 1, 1, 1, 1, 1, 1}},
		{"a long one and short ones", []float64{60, 5, 5}, 2, []int{2, 1, 1}},
		{"two long ones on many cores", []float64{50, 50}, 8, []int{4, 4}},
	} {
		if got := shared(c.efforts, slices.Repeat([]int{c.threads}, len(c.efforts)), c.threads); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestSharedNeverWaits wants a division that is no slower than all threads for
// each run, one after the other, and that gives no run more than it can use.
func TestSharedNeverWaits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		threads := rapid.IntRange(1, 32).Draw(t, "threads")
		n := rapid.IntRange(1, 8).Draw(t, "runs")
		efforts := rapid.SliceOfN(rapid.Float64Range(0.01, 1000), n, n).Draw(t, "efforts")
		most := rapid.SliceOfN(rapid.IntRange(1, 32), n, n).Draw(t, "most")
		got, after := shared(efforts, most, threads), make([]int, n)
		for i := range after {
			after[i] = min(most[i], threads)
			if got[i] < 1 || got[i] > after[i] {
				t.Fatalf("run %d of %v has %d threads and can use %d", i, efforts, got[i], after[i])
			}
		}
		if span, other := makespan(efforts, got, threads), makespan(efforts, after, threads); span > other*1.02 {
			t.Fatalf("%v takes %g, and all threads for each (%v) %g", got, span, after, other)
		}
	})
}

// TestEncodersSideBySide: from ffmpeg 7.0 on outputs of all codecs share one decode,
// and each encoder has its part of the threads; before, slow ones have runs of their own.
func TestEncodersSideBySide(t *testing.T) {
	t.Parallel()
	probe := media.Probe{Demuxer: "mov", Duration: 10 * time.Second,
		Video: []media.VideoStream{{Codec: "h264", Coded: size(1280, 720),
			SAR: whole(1), FrameRate: whole(30), Duration: 10 * time.Second}}}
	large := func(v *transcode.VideoSpec) { v.Sizing.Max, v.FrameRate = size(1280, 720), whole(30) }
	outputs := []transcode.OutputSpec{codecOutput(transcode.H264, transcode.MP4, large),
		codecOutput(transcode.VP9, transcode.WebM, nil),
		codecOutput(transcode.MPEG2, transcode.MPG, nil), codecOutput(transcode.VP8, transcode.WebM, nil)}
	for _, c := range []struct {
		release     media.Release
		cores, runs int
		threads     string // of the first output's encoder
	}{
		{media.Release{}, 2, 4, "2"},
		{media.Release{Major: 5, Minor: 1}, 8, 4, "6"},
		{media.Release{Major: 7}, 2, 1, "2"},
		{media.Release{Major: 9}, 8, 1, "6"},
		{media.Release{Major: 9}, 1, 1, "1"},
	} {
		caps := testCaps
		caps.Release = c.release
		p, err := New(Request{Job: job(auto, outputs...), Probes: []media.Probe{probe}, Caps: caps, Threads: c.cores,
			Speed: "veryfast"})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Steps) != c.runs {
			t.Errorf("ffmpeg %s on %d cores: %d runs, want %d", c.release, c.cores, len(p.Steps), c.runs)
		}
		for _, s := range p.Steps {
			if s.Threads < 1 || s.Threads > c.cores {
				t.Errorf("ffmpeg %s: a run keeps %d of %d cores busy", c.release, s.Threads, c.cores)
			}
			if at := slices.Index(s.Args, "libx264"); at > 0 {
				rest := s.Args[at:]
				if got := rest[slices.Index(rest, "-threads")+1]; got != c.threads {
					t.Errorf("ffmpeg %s on %d cores: x264 has %s threads, want %s", c.release, c.cores, got, c.threads)
				}
			}
		}
	}
}
