package ffmpeg

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// times are those of frames at distances of so many milliseconds.
func times(distances ...time.Duration) (all []time.Duration) {
	at := time.Duration(0)
	all = append(all, at)
	for _, d := range distances {
		at += d
		all = append(all, at)
	}
	return all
}

func repeated(n int, pattern ...time.Duration) []time.Duration { return slices.Repeat(pattern, n) }

const ms = time.Millisecond

// TestSpacing: the rate of a stream by the times of its frames. Claimed is what the headers
// say.
func TestSpacing(t *testing.T) {
	t.Parallel()
	thirty := time.Second / 30
	for name, c := range map[string]struct {
		claimed    media.Rational
		distances  []time.Duration
		mean, base string
		even       bool
		codec      string
	}{
		"even": {media.NewRational(30, 1), repeated(90, thirty), "30", "0", true, ""},
		"rounded to milliseconds": {media.NewRational(30, 1), repeated(30, 33*ms, 33*ms, 34*ms), "30", "0",
			true, ""},
		"a claim of fields": {media.NewRational(60, 1), repeated(90, thirty), "30.000", "0", true, ""},
		"a pause": {media.NewRational(9, 1), append(repeated(90, thirty), 7*time.Second), "9",
			"30.000", false, ""},
		"pauses that the headers hide": {media.NewRational(30, 1),
			append(repeated(60, thirty), repeated(3, time.Second)...), "12.600", "30.000", false, ""},
		"frames for two and three fields": {media.NewRational(30000, 1001), repeated(40, 33367*time.Microsecond,
			50050*time.Microsecond), "23.976", "0", false, ""},
		"frames left out": {media.NewRational(15, 1), repeated(30, thirty, thirty, 2*thirty, 3*thirty),
			"17.143", "30.000", false, ""},
		"an unsteady clock": {media.NewRational(30, 1), repeated(30, 30*ms, 36*ms, 34*ms), "30", "0",
			false, ""},
		"the shorter of two frequent": {media.NewRational(15, 1), repeated(30, thirty, 100*ms, 100*ms), "12.857",
			"30.000", false, ""},
		"frames that repeat, in Theora": {media.NewRational(25, 1), repeated(4, 40*ms, 840*ms, 120*ms), "3", "25",
			false,
			"theora"},
	} {
		v := media.VideoStream{Codec: c.codec, FrameRate: c.claimed, Constant: true}
		var s spacing
		all := times(c.distances...)
		for i := 0; i+1 < len(all); i += 2 { // as frames that refer to later ones are stored
			s.add(all[i+1])
			s.add(all[i])
		}
		if len(all)%2 == 1 {
			s.add(all[len(all)-1])
		}
		s.describe(&v)
		if got := text(v.FrameRate); got != c.mean {
			t.Errorf("%s: %s frames a second, want %s", name, got, c.mean)
		}
		if got := text(v.BaseRate); got != c.base {
			t.Errorf("%s: base rate %s, want %s", name, got, c.base)
		}
		if v.Constant != c.even {
			t.Errorf("%s: constant: %t", name, v.Constant)
		}
	}
}

// text is a rate to a thousandth, but a plain one as it is.
func text(r media.Rational) string {
	if len(r.String()) <= 2 {
		return r.String()
	}
	return strconv.FormatFloat(r.Float(), 'f', 3, 64)
}
