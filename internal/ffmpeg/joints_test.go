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
	shortBlock := slices.Concat(steady, []time.Duration{5 * ms}, steady)
	unsteady := repeated(100, 5*ms, 37*ms)
	// How formats state the length of a block: as it is, as the distance of the next one, as mp4
	// does, or not at all.
	const own, distance, unstated = 0, 1, 2
	for name, c := range map[string]struct {
		distances []time.Duration
		stated    int
		want      bool
	}{
		"steady":                      {steady, own, false},
		"a block laid over":           {shortBlock, own, true},
		"a gap":                       {slices.Concat(steady, []time.Duration{50 * ms}, steady), own, true},
		"an unsteady clock":           {unsteady, own, false},
		"steady in mp4":               {steady, distance, false},
		"a block laid over in mp4":    {shortBlock, distance, true},
		"an unsteady clock in mp4":    {unsteady, distance, false},
		"a short last block in mp4":   {slices.Concat(steady, []time.Duration{5 * ms}), distance, false},
		"blocks of changing lengths":  {repeated(100, 3*ms, 21*ms), distance, false},
		"steady, unstated":            {steady, unstated, false},
		"a gap, unstated":             {slices.Concat(steady, []time.Duration{100 * ms}, steady), unstated, true},
		"an unsteady clock, unstated": {unsteady, unstated, false},
	} {
		var j joints
		at := time.Duration(0)
		for _, d := range c.distances {
			j.add(at, map[int]time.Duration{own: block, distance: d}[c.stated])
			at += d
		}
		if got := j.seldom(c.stated == distance); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
