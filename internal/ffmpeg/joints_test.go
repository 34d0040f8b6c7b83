package ffmpeg

import (
	"slices"
	"testing"
	"time"
)

// TestJoints: what tells joined recordings from unsteady clocks.
func TestJoints(t *testing.T) {
	t.Parallel()
	const block = 21 * ms
	steady := repeated(100, block)
	for name, c := range map[string]struct {
		distances []time.Duration
		// stated are lengths that are distances, as mp4 has them.
		stated, want bool
	}{
		"steady":                     {steady, false, false},
		"a block laid over":          {slices.Concat(steady, []time.Duration{5 * ms}, steady), false, true},
		"a gap":                      {slices.Concat(steady, []time.Duration{50 * ms}, steady), false, true},
		"an unsteady clock":          {repeated(100, 5*ms, 37*ms), false, false},
		"steady in mp4":              {steady, true, false},
		"a block laid over in mp4":   {slices.Concat(steady, []time.Duration{5 * ms}, steady), true, true},
		"an unsteady clock in mp4":   {repeated(100, 5*ms, 37*ms), true, false},
		"a short last block in mp4":  {slices.Concat(steady, []time.Duration{5 * ms}), true, false},
		"blocks of changing lengths": {repeated(100, 3*ms, 21*ms), true, false},
	} {
		var j joints
		at := time.Duration(0)
		for _, d := range c.distances {
			length := block
			if c.stated {
				length = d
			}
			j.add(at, length)
			at += d
		}
		if got := j.seldom(c.stated); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
