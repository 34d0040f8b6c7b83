package samples

import (
	"math"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// checkDetected compares what a job says of its input with what ffprobe says of the
// file and of all its packets. Of a file that is no media nothing is said.
func (w want) checkDetected(t *testing.T, got *api.DetectedProperties, source string) {
	t.Helper()
	if w.code == 4000 || w.unknown {
		if got != nil {
			t.Errorf("detected of a file that can't be used: %+v", *got)
		}
		return
	}
	if got == nil {
		t.Fatal("nothing was detected")
	}
	m := reelastictest.Probe(t, source)
	if got.FileSize == nil || *got.FileSize != m.SizeBytes {
		t.Errorf("FileSize %s, want %d", said(got.FileSize), m.SizeBytes)
	}
	switch {
	case got.DurationMillis == nil:
		t.Error("no DurationMillis")
	case math.Abs(float64(*got.DurationMillis)-1000*m.Seconds) > 1 &&
		math.Abs(float64(*got.DurationMillis)-1000*measured(m)) > 50:
		t.Errorf("DurationMillis %d, want %.0f or %.0f", *got.DurationMillis, 1000*m.Seconds, 1000*measured(m))
	}
	v, ok := mainVideo(m)
	if !ok {
		if got.Width != nil || got.Height != nil || got.FrameRate != nil {
			t.Errorf("detected of pictures that are not there: %+v", *got)
		}
		return
	}
	if got.Width == nil || got.Height == nil || *got.Width != v.Width || *got.Height != v.Height {
		t.Errorf("%s x %s, want %d x %d", said(got.Width), said(got.Height), v.Width, v.Height)
	}
	if got.FrameRate == nil {
		t.Fatal("no FrameRate")
	}
	// Two pictures more or less: what the first and the last one's time are off.
	rate, pictures := fraction(t, *got.FrameRate+"/1"), float64(v.Shown)
	if off := math.Abs(rate*v.Seconds() - pictures); off > max(2, 0.02*pictures) {
		t.Errorf("FrameRate %s, but there are %.0f pictures in %.3f s", *got.FrameRate, pictures, v.Seconds())
	}
}

// measured is how long the packets of audio and video of a file last.
func measured(m reelastictest.Media) float64 {
	start, end := math.Inf(1), 0.0
	for _, s := range m.Streams {
		if s.Packets > 0 && (s.Type == "video" || s.Type == "audio") && !s.Cover {
			start, end = min(start, s.Start), max(end, s.End)
		}
	}
	return end - start
}

// said is a number for a message.
func said[T int | int64](n *T) any {
	if n == nil {
		return "null"
	}
	return *n
}

// mainVideo is the stream of pictures that is looked at: the first one, or the only
// one that is marked as such.
func mainVideo(m reelastictest.Media) (main reelastictest.Stream, ok bool) {
	var all, marked []reelastictest.Stream
	for _, s := range m.Streams {
		if s.Type != "video" || s.Cover || s.Width == 0 || s.Codec == "" {
			continue
		}
		if all = append(all, s); s.Default {
			marked = append(marked, s)
		}
	}
	switch {
	case len(marked) == 1:
		return marked[0], true
	case len(all) > 0:
		return all[0], true
	}
	return main, false
}
