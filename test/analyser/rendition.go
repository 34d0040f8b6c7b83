package analyser

import (
	"fmt"
	"math"
	"slices"
)

// same is how far apart two times that are meant to be equal may be, in seconds: what
// the clock of transport streams and the timescales of fragments round.
const same = 40e-6

// unit is a picture or a block of sound.
type unit struct {
	// shown and decoded are its times, and lasts how long it stands, in seconds; lasts
	// is 0 where it is not known.
	shown, decoded, lasts float64
	// key reports that it decodes by itself.
	key bool
}

// segment is what a player fetches at once.
type segment struct {
	// said is the length that the playlist states, in seconds; 0 for none.
	said  float64
	bytes int64
	// pictures and sounds are in the order in which they are decoded.
	pictures, sounds []unit
}

// Rendition is one encoding of the content, as a player reads it.
type Rendition struct {
	Name string
	// Pictures and Sounds tell what there is in it.
	Pictures, Sounds int
	// Frame and Block are how long a picture and a block of sound stand, in seconds.
	Frame, Block float64
	// Lead is by how many seconds the first picture is decoded before it is shown.
	Lead     float64
	segments []segment
	// edited reports that the presentation begins at 0, whatever there is before.
	edited bool
}

// measure fills in the figures.
func (r *Rendition) measure() {
	for _, s := range r.segments {
		r.Pictures, r.Sounds = r.Pictures+len(s.pictures), r.Sounds+len(s.sounds)
	}
	pictures, sounds := r.units(pictures), r.units(sounds)
	switch {
	case len(pictures) == 1:
		r.Frame = pictures[0].lasts
	case len(pictures) > 1:
		r.Lead = pictures[0].shown - pictures[0].decoded
		times := shownTimes(pictures)
		r.Frame = (times[len(times)-1] - times[0]) / float64(len(times)-1)
	}
	if len(sounds) > 0 {
		r.Block = sounds[0].lasts
	}
}

func pictures(s segment) []unit { return s.pictures }
func sounds(s segment) []unit   { return s.sounds }

// units are those of a kind of all segments.
func (r *Rendition) units(of func(segment) []unit) (all []unit) {
	for _, s := range r.segments {
		all = append(all, of(s)...)
	}
	return all
}

func shownTimes(units []unit) (times []float64) {
	for _, u := range units {
		times = append(times, u.shown)
	}
	slices.Sort(times)
	return times
}

// check tells what is wrong with the rendition by itself.
func (r *Rendition) check() (wrong []string) {
	times := shownTimes(r.units(pictures))
	for i := 1; i < len(times); i++ {
		if off := times[i] - times[i-1] - r.Frame; math.Abs(off) > same {
			wrong = append(wrong, fmt.Sprintf("the picture at %.6f is %.3f ms from its place", times[i], off*1000))
		}
	}
	heard := r.units(sounds)
	for i := 1; i < len(heard); i++ {
		if off := heard[i].shown - heard[i-1].shown - heard[i-1].lasts; math.Abs(off) > same {
			wrong = append(wrong, fmt.Sprintf("the sound at %.6f is %.3f ms from its place", heard[i].shown, off*1000))
		}
	}
	decoded := r.units(pictures)
	for i := 1; i < len(decoded); i++ {
		if decoded[i].decoded <= decoded[i-1].decoded || decoded[i].decoded > decoded[i].shown+same {
			wrong = append(wrong, fmt.Sprintf("the picture at %.6f is decoded at %.6f", decoded[i].shown,
				decoded[i].decoded))
		}
	}
	for n := range r.segments {
		wrong = append(wrong, r.checkSegment(n)...)
	}
	return wrong
}

// checkSegment holds a segment against its neighbour and what is said of it.
func (r *Rendition) checkSegment(n int) (wrong []string) {
	s := r.segments[n]
	if len(s.pictures) > 0 && (!s.pictures[0].key || s.pictures[0].shown > shownTimes(s.pictures)[0]) {
		wrong = append(wrong, fmt.Sprintf("segment %d does not begin with a keyframe", n))
	}
	if r.Pictures > 0 && len(s.pictures) == 0 {
		return append(wrong, fmt.Sprintf("segment %d has no picture", n))
	}
	if len(s.pictures) == 0 && len(s.sounds) == 0 {
		return append(wrong, fmt.Sprintf("segment %d is empty", n))
	}
	if n > 0 && r.begin(n) < r.end(n-1)-same {
		wrong = append(wrong, fmt.Sprintf("segment %d begins at %.6f, before the one before ends", n, r.begin(n)))
	}
	long := r.end(n) - r.begin(n)
	if n+1 < len(r.segments) {
		long = r.begin(n+1) - r.begin(n)
	}
	if s.said > 0 && math.Abs(s.said-long) > same {
		wrong = append(wrong, fmt.Sprintf("segment %d lasts %.6f s, and is said to last %.6f", n, long, s.said))
	}
	return wrong
}

// begin is when the pictures of a segment, or the sound where there are none, begin.
func (r *Rendition) begin(n int) float64 {
	s := r.segments[n]
	switch {
	case len(s.pictures) > 0:
		return shownTimes(s.pictures)[0]
	case r.edited:
		return max(s.sounds[0].shown, 0)
	}
	return s.sounds[0].shown
}

// end is when they end. Sound that goes on for long after the last picture counts.
func (r *Rendition) end(n int) float64 {
	const long = 0.2
	s := r.segments[n]
	heard := math.Inf(-1)
	if len(s.sounds) > 0 {
		last := s.sounds[len(s.sounds)-1]
		heard = last.shown + last.lasts
	}
	if len(s.pictures) == 0 {
		return heard
	}
	times := shownTimes(s.pictures)
	shown := times[len(times)-1] + r.Frame
	if n == len(r.segments)-1 && heard > shown+long {
		return heard
	}
	return shown
}

// Change tells what is wrong where a player goes from one rendition to another: what is
// left out or comes twice of pictures and sound at any boundary, and a jump of decode times.
func Change(from, to *Rendition) (wrong []string) {
	if from.Pictures > 0 && to.Pictures > 0 && math.Abs(from.Lead-to.Lead) > same {
		wrong = append(wrong, fmt.Sprintf("pictures are decoded %.3f and %.3f ms early", from.Lead*1000, to.Lead*1000))
	}
	for n := 0; n+1 < min(len(from.segments), len(to.segments)); n++ {
		a, b := from.segments[n], to.segments[n+1]
		if len(a.pictures) > 0 && len(b.pictures) > 0 {
			if hole := shownTimes(b.pictures)[0] - from.end(n); math.Abs(hole) > same {
				wrong = append(wrong, fmt.Sprintf("at boundary %d a hole of %.3f ms in the pictures", n+1, hole*1000))
			}
		}
		if len(a.sounds) == 0 || len(b.sounds) == 0 {
			continue
		}
		last := a.sounds[len(a.sounds)-1]
		hole, allowed := b.sounds[0].shown-last.shown-last.lasts, same
		if !from.inStep(to) { // no two blocks begin together
			allowed = max(from.Block, to.Block)
		}
		if math.Abs(hole) > allowed {
			wrong = append(wrong, fmt.Sprintf("at boundary %d a hole of %.3f ms in the sound", n+1, hole*1000))
		}
	}
	return wrong
}

// inStep reports whether blocks of sound of two renditions begin at the same times.
func (r *Rendition) inStep(to *Rendition) bool {
	a, b := r.units(sounds), to.units(sounds)
	if math.Abs(r.Block-to.Block) > same/10 {
		return false
	}
	apart := math.Remainder(a[0].shown-b[0].shown, r.Block)
	return math.Abs(apart) <= same
}
