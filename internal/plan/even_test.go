package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// TestEvenEnd: a made file tells when its last frame begins, but not how long it is shown.
func TestEvenEnd(t *testing.T) {
	t.Parallel()
	const second = time.Second
	file := func(measured bool, video time.Duration) media.Probe {
		p := media.Probe{Demuxer: "matroska", Measured: measured, Duration: video, Video: slices.Clone(clip.Video)}
		p.Video[0].FrameRate, p.Video[0].Duration = whole(4), video
		return p
	}
	for _, c := range []struct {
		input media.Probe
		made  time.Duration
		want  time.Duration
	}{
		{file(true, 18*second), 18*second + 170*time.Millisecond, 18 * second},
		{file(false, 18*second), 18*second + 170*time.Millisecond, 18*second + 170*time.Millisecond},
		{file(true, 18*second), 9 * second, 9 * second}, // the input is damaged
	} {
		if got := Even(c.input, file(true, c.made), "n0.mkv").Video[0].Duration; got != c.want {
			t.Errorf("%s, of which %s were made: %s, want %s", c.input.Video[0].Duration, c.made, got, c.want)
		}
	}
}
