package mp4box

import (
	"math"
	"time"
)

// Segment is a run of whole fragments: what a player fetches at once.
type Segment struct {
	// Offset and Size are its place in the file, which has no gaps between segments.
	Offset, Size int64
	// SAP is set when the leading track's first sample is shown first and decodes
	// without others (a stream access point of type 1).
	SAP bool
	// Spans are by the tracks of the movie header.
	Spans []Span
	// Keyframes are those that a fragment of the leading track begins with.
	Keyframes []Keyframe
}

// Span is when a segment is presented, in the track's timescale, edits applied.
type Span struct{ Start, Duration int64 }

// Keyframe is a frame that decodes from the initialization segment and its own
// range: the fragment's header and the sample.
type Keyframe struct {
	Offset, Size int64
	Start        int64 // in the track's timescale, edits applied
}

// Lead is the index of the track that segments are cut on: the first with
// frames, else the first.
func (m *Movie) Lead() int {
	for i, t := range m.Tracks {
		if t.Handler == "vide" {
			return i
		}
	}
	return 0
}

// Segments joins the file's fragments to segments. One begins with the first
// fragment that is presented at a multiple of length or later, length being above
// 0. Where nothing is ever shown, as in a file without fragments, it has none.
func (f *File) Segments(length time.Duration) ([]Segment, error) {
	c := cutter{movie: &f.Movie, length: length, lead: f.Movie.Lead(), ends: make([]int64, len(f.Movie.Tracks))}
	for fragment, err := range f.Fragments() {
		if err == nil {
			err = c.add(fragment)
		}
		if err != nil {
			return nil, err
		}
	}
	c.finish()
	return c.all, nil
}

// cutter collects fragments into segments.
type cutter struct {
	movie  *Movie
	length time.Duration
	lead   int
	next   time.Duration // when the next segment begins
	ends   []int64       // of what has been seen of each track
	all    []Segment
}

// unseen is the start of a track that a segment has nothing of so far.
const unseen = math.MinInt64

// farthest bounds times, so that sums of them are exact.
const farthest = math.MaxInt64 / 4

func (c *cutter) add(f Fragment) error {
	spans := make([]Span, len(c.movie.Tracks))
	for i := range spans {
		spans[i].Start = unseen
	}
	var key *Keyframe
	sap := false
	for _, part := range f.Tracks {
		i := c.index(part.TrackID)
		shown, err := c.presented(f, part, i)
		if err != nil {
			return err
		}
		spans[i].Start = shown.start
		c.ends[i] = max(c.ends[i], shown.end)
		if i == c.lead {
			sap, key = shown.sap, shown.key
		}
	}
	at := spans[c.lead].Start
	if len(c.all) == 0 || at != unseen && InTime(at, c.movie.Tracks[c.lead].Timescale) >= c.next {
		c.all = append(c.all, Segment{Offset: f.Moof.Offset, SAP: sap, Spans: spans})
		passed := int64(InTime(max(at, 0), c.movie.Tracks[c.lead].Timescale) / c.length)
		c.next = time.Duration(passed+1) * c.length
	}
	s := &c.all[len(c.all)-1]
	s.Size = f.Mdat.End() - s.Offset
	if key != nil {
		s.Keyframes = append(s.Keyframes, *key)
	}
	for i := range spans {
		if s.Spans[i].Start == unseen {
			s.Spans[i].Start = spans[i].Start
		}
	}
	return nil
}

func (c *cutter) index(track uint32) int {
	for i := range c.movie.Tracks {
		if c.movie.Tracks[i].ID == track {
			return i
		}
	}
	return c.lead // [parseFragment] has refused unknown tracks
}

// shown is how a track of a fragment is presented.
type shown struct {
	start, end int64
	sap        bool
	key        *Keyframe
}

func (c *cutter) presented(f Fragment, part TrackFragment, i int) (s shown, err error) {
	track := &c.movie.Tracks[i]
	s.start, s.end = unseen, unseen
	if len(part.Samples) == 0 {
		return s, nil
	}
	if part.DecodeTime > farthest || !part.HasDecodeTime {
		return s, malformed("the fragment at %d has no time", f.Moof.Offset)
	}
	clock := int64(part.DecodeTime) - track.Start
	first := part.Samples[0]
	s.start = math.MaxInt64
	for _, sample := range part.Samples {
		at := clock + sample.Composition
		s.start, s.end = min(s.start, at), max(s.end, at+int64(sample.Duration))
		clock += int64(sample.Duration)
	}
	s.sap = first.Sync() && s.start == int64(part.DecodeTime)-track.Start+first.Composition
	s.start, s.end = max(s.start, 0), max(s.end, 0) // what lies before is not shown
	if first.Sync() && track.Handler == "vide" {
		s.key = &Keyframe{Offset: f.Moof.Offset, Size: first.Offset + int64(first.Size) - f.Moof.Offset, Start: s.start}
	}
	return s, nil
}

// finish gives every span its duration: to the start of the next one, or to the end
// of what has been seen. A segment has nothing of a track when that takes no time.
func (c *cutter) finish() {
	for t := range c.ends {
		until := c.ends[t]
		for i := len(c.all) - 1; i >= 0; i-- {
			span := &c.all[i].Spans[t]
			if span.Start == unseen {
				span.Start = until
			}
			span.Duration, until = until-span.Start, span.Start
		}
	}
}
