package mp4box

import (
	"math/bits"
	"slices"
)

// editor puts the samples of a track on the timeline of the presentation, as the edits say
// (ISO/IEC 14496-12, 8.6.6). What must be decoded before an edit, and the rest of the
// frames after it up to a keyframe, is kept and marked to be discarded.
type editor struct {
	audio   bool
	samples []sample
	lasts   int64 // the last sample
	// shift is how much earlier than the tables say the samples are decoded, so that none is
	// shown before that.
	shift int64
	made  []Packet
	most  int
	skip  int64

	// clock is when the next packet is decoded.
	clock int64
	// heard reports that an edit has begun which is not empty; lowest is when the first
	// packet of all is shown, where there is one.
	heard  bool
	lowest int64
	shown  bool
}

// duration is that of a sample.
func (e *editor) duration(i int) int64 {
	if i+1 < len(e.samples) {
		return e.samples[i+1].decoded - e.samples[i].decoded
	}
	return e.lasts
}

func (e *editor) packet(i int, at int64, discard bool) Packet {
	s := e.samples[i]
	return Packet{DTS: at, PTS: at + e.shift + s.composition, Duration: e.duration(i), Offset: s.offset, Size: s.size,
		Key: s.key, Discard: discard}
}

// whole makes packets of a track without edits.
func (e *editor) whole() {
	for i, s := range e.samples {
		e.made = append(e.made, e.packet(i, s.decoded-e.shift, false))
	}
}

// edit makes packets by edits whose lengths are in the movie's timescale.
func (e *editor) edit(edits []Edit, movie, track int64) error {
	start, empty := -e.shift, int64(0)
	for _, edit := range edits {
		length, err := rescale(edit.Length, movie, track)
		if err != nil {
			return err
		}
		e.clock = start
		if start += length; start > farthest {
			return malformed("the edits last for %d", start)
		}
		switch {
		case edit.From == -1:
			empty += length
		case edit.From < 0 || edit.From > farthest:
			return malformed("an edit from %d", edit.From)
		default:
			if err := e.take(edit.From, edit.From+length, track); err != nil {
				return err
			}
		}
	}
	if n := len(e.made); n > 0 && e.audio { // the last block is as long as what is heard of it
		last := &e.made[n-1]
		last.Duration = min(last.Duration, max(start-last.PTS, 0))
	}
	if late := e.lowest - empty; e.shown && late > 0 { // nothing is shown in place of what the edits begin with
		for i := range e.made {
			e.made[i].DTS -= late
			e.made[i].PTS -= late
		}
	}
	return nil
}

// rescale is a length of the movie in the track's timescale, rounded.
func rescale(length uint64, movie, track int64) (int64, error) {
	high, low := bits.Mul64(length, uint64(track))
	low, carry := bits.Add64(low, uint64(movie)/2, 0)
	if high += carry; high >= uint64(movie) {
		return 0, malformed("an edit of %d", length)
	}
	scaled, _ := bits.Div64(high, low, uint64(movie))
	if scaled > farthest {
		return 0, malformed("an edit of %d", length)
	}
	return int64(scaled), nil
}

// take makes packets of what an edit shows.
func (e *editor) take(from, to, second int64) error {
	first, begun, early := !e.heard, false, 0 // early counts the packets before what is shown
	e.heard = true
	for i := e.begin(from, second); i < len(e.samples); i++ {
		if len(e.made) == e.most {
			return ErrUnlisted
		}
		s, lasts := e.samples[i], e.duration(i)
		at, discard := s.shown(), false
		cut := e.audio && first && at < from && at+lasts > from
		switch {
		case cut:
			e.skip += from - at
			e.clock -= from - at
			e.show(e.clock)
		case from <= at && at < to:
			e.show(e.clock + e.shift + s.composition)
		default:
			discard = true
		}
		if !discard && !begun {
			begun = true
			e.follow(early)
		}
		e.made = append(e.made, e.packet(i, e.clock, discard))
		if begun {
			e.clock += lasts
		} else if early++; e.audio && first {
			e.skip += lasts
		}
		if at+lasts >= to && (s.key || e.audio) {
			break
		}
	}
	return nil
}

// show notes when a packet is shown.
func (e *editor) show(at int64) {
	if !e.shown || at < e.lowest {
		e.lowest = at
	}
	e.shown = true
}

// follow lets so many packets, the last ones, be decoded one after the other up to the clock.
func (e *editor) follow(early int) {
	at := e.clock
	for i := len(e.made) - 1; early > 0; i, early = i-1, early-1 {
		p := &e.made[i]
		at -= p.Duration
		p.DTS, p.PTS = at, at+p.PTS-p.DTS
	}
}

// begin is the sample from which on an edit has to be decoded: the last keyframe before it,
// or some audio that decoders need.
func (e *editor) begin(from, second int64) int {
	until := from - e.shift
	if e.audio {
		until = max(until-second, -e.shift)
	}
	i, found := slices.BinarySearchFunc(e.samples, until+e.shift, func(s sample, at int64) int {
		return int(max(-1, min(1, s.decoded-at)))
	})
	if !found {
		i--
	}
	for ; i > 0; i-- {
		if s := e.samples[i]; s.key && (e.audio || s.shown() <= from) {
			return i
		}
	}
	return 0
}
