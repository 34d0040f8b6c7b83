package caption

import (
	"slices"
	"time"
)

// recorder turns what a caption screen shows, change by change, into cues.
type recorder struct {
	cues  []Cue
	open  bool
	start time.Duration // of the open cue
	changes,
	bytes int
}

// screen is what a decoder shows at this moment.
type screen interface{ lines() []string }

// shown reports that something has become visible: a cue begins, unless one is
// open, which then gets the new words too.
func (r *recorder) shown(t time.Duration) {
	if !r.open {
		r.open, r.start = true, t
	}
}

// change ends the open cue with what the screen shows now; it is called before
// the screen is changed otherwise than by added words.
func (r *recorder) change(t time.Duration, s screen) {
	if !r.open {
		return
	}
	r.open = false
	if t <= r.start {
		return
	}
	lines := s.lines()
	r.changes++
	r.bytes += textSize(lines)
	if last := len(r.cues) - 1; last >= 0 && r.cues[last].End == r.start && slices.Equal(r.cues[last].Lines, lines) {
		r.cues[last].End = t
	} else if len(lines) > 0 {
		r.cues = append(r.cues, Cue{Start: r.start, End: t, Lines: lines})
	}
}

// full reports whether the track has outgrown the limits, with the cues that were
// joined to those before them.
func (r *recorder) full() bool { return r.changes > maxCues || r.bytes > maxTextBytes }
