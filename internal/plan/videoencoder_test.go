package plan

import (
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestDistance leaves out keyframes that come shortly before a segment's end.
func TestDistance(t *testing.T) {
	t.Parallel()
	ntsc := media.Rational{Num: 30000, Den: 1001}
	for _, c := range []struct {
		seconds string
		rate    media.Rational
		gop     transcode.GOP
		want    int
	}{
		{"4", whole(24), transcode.GOP{MaxFrames: 90}, 96}, // not at 90, before 96
		{"4", whole(24), transcode.GOP{MaxFrames: 90, Fixed: true}, 90},
		{"8", whole(24), transcode.GOP{MaxFrames: 90}, 96},   // not at 180, before 192: two of 96
		{"5", whole(24), transcode.GOP{MaxFrames: 90}, 90},   // at 90 of 120: a third of a GOP before the end
		{"4", whole(30), transcode.GOP{MaxFrames: 60}, 60},   // the last one is the next segment's
		{"4", whole(30), transcode.GOP{MaxFrames: 250}, 250}, // longer than a segment
		{"10", ntsc, transcode.GOP{MaxFrames: 90}, 90},       // at 270 of 300: a third before the end
		{"2.51", whole(25), transcode.GOP{MaxFrames: 60}, 63},
		{"4", whole(24), transcode.GOP{MaxFrames: 1}, 1},
		{"", whole(24), transcode.GOP{MaxFrames: 90}, 90},
	} {
		if got := (videoScene{rate: c.rate, segmentSeconds: c.seconds}).distance(c.gop); got != c.want {
			t.Errorf("%s s at %s, %+v: %d, want %d", c.seconds, c.rate, c.gop, got, c.want)
		}
	}
}
