package mp4box

import (
	"encoding/binary"
	"io"
	"math"
	"math/bits"
	"time"
)

// PresentFirst writes the fragments' headers again, in their places in w, so that
// the first sample of each track of a fragment is presented when it is decoded. An
// encoder that reorders frames decodes the first one a frame or more before it is
// presented; where no edit list says so, as in Smooth Streaming, whose clients count
// decode times from the time that the fragment is asked for by, every frame would
// be late by that. Offsets of frames that are presented earlier than decoded become
// negative, which "trun" has in version 1 (ISO/IEC 14496-12, 8.8.8).
func (f *File) PresentFirst(w io.WriterAt) error {
	for fragment, err := range f.Fragments() {
		if err != nil {
			return err
		}
		body, err := ReadBody(f.r, fragment.Moof, mostFragment)
		if err != nil {
			return err
		}
		changed, err := fragment.presentFirst(body)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		if _, err := w.WriteAt(body, fragment.Moof.Body()); err != nil {
			return err
		}
	}
	return nil
}

// DecodeLater makes the frames of a file be decoded later by a time, to the next unit of
// their timescale, and presented as before, in the places of their headers in w. They must
// have an edit list that cuts off more than that, as files have whose frames are decoded
// in another order, or earlier than they need be.
func (f *File) DecodeLater(w io.WriterAt, by time.Duration) error {
	lead := f.Movie.Lead()
	track := &f.Movie.Tracks[lead]
	units := (int64(by)*int64(track.Timescale) + int64(time.Second)/2) / int64(time.Second)
	if units == 0 {
		return nil
	}
	if err := f.cutLess(w, lead, units); err != nil {
		return err
	}
	for fragment, err := range f.Fragments() {
		if err != nil {
			return err
		}
		body, err := ReadBody(f.r, fragment.Moof, mostFragment)
		if err != nil {
			return err
		}
		if err := eachRun(body, fragment.Tracks, func(t TrackFragment, run []byte) error {
			if t.TrackID != track.ID {
				return nil
			}
			return advance(run, units)
		}); err != nil {
			return err
		}
		if _, err := w.WriteAt(body, fragment.Moof.Body()); err != nil {
			return err
		}
	}
	track.Start -= units
	return nil
}

// cutLess makes the edit list of a track begin the presentation so many units earlier.
func (f *File) cutLess(w io.WriterAt, number int, units int64) error {
	return f.editMovie(w, func(body []byte) ([]byte, error) {
		edits, err := editsOf(body, number)
		if err != nil {
			return nil, err
		}
		if len(edits) != 20 || edits[0] != 0 || int64(binary.BigEndian.Uint32(edits[12:])) < units {
			return nil, malformed("no edit list that cuts off the beginning")
		}
		binary.BigEndian.PutUint32(edits[12:], binary.BigEndian.Uint32(edits[12:])-uint32(units))
		return body, nil
	})
}

// editsOf is the body of a track's edit list in that of the movie header, whose memory it
// shares; nil without one.
func editsOf(movie []byte, number int) (edits []byte, err error) {
	for part, err := range Parts(movie) {
		if err != nil {
			return nil, err
		}
		if part.Type != "trak" {
			continue
		}
		if number--; number >= 0 {
			continue
		}
		err := eachPart(part.Body, map[string]func([]byte) error{"edts": func(b []byte) error {
			return eachPart(b, map[string]func([]byte) error{"elst": func(b []byte) error { edits = b; return nil }})
		}})
		return edits, err
	}
	return nil, nil
}

// eachRun calls a function for every run in the body of a fragment's header.
func eachRun(body []byte, tracks []TrackFragment, do func(t TrackFragment, run []byte) error) error {
	n := 0
	for part, err := range Parts(body) {
		if err != nil {
			return err
		}
		if part.Type != "traf" {
			continue
		}
		t := tracks[n]
		n++
		for run, err := range Parts(part.Body) {
			if err == nil && run.Type == "trun" {
				err = do(t, run.Body)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// presentFirst changes the body of the fragment's header in place, and reports whether
// it did.
func (f *Fragment) presentFirst(body []byte) (changed bool, err error) {
	err = eachRun(body, f.Tracks, func(t TrackFragment, run []byte) error {
		if len(t.Samples) == 0 || t.Samples[0].Composition == 0 {
			return nil
		}
		changed = true
		return advance(run, t.Samples[0].Composition)
	})
	return changed, err
}

// advance makes the samples of a run, the body of a "trun" that has been read before,
// be presented earlier, in place.
func advance(run []byte, by int64) error {
	const head = 8 // version, flags and the number of samples
	c := cursor{rest: run}
	version, flags := c.full()
	count := int(c.u32())
	if flags&0x800 == 0 {
		return malformed("a run without composition offsets after one with them")
	}
	at := head + 4*bits.OnesCount32(flags&0x05)
	width := 4 * bits.OnesCount32(flags&0xf00)
	run[0] = 1
	for range count {
		at += width
		last := run[at-4 : at] // of a sample's members
		offset := int64(int32(binary.BigEndian.Uint32(last)))
		if version == 0 {
			offset = int64(binary.BigEndian.Uint32(last))
		}
		if offset -= by; offset < math.MinInt32 || offset > math.MaxInt32 {
			return malformed("a composition offset of %d", offset)
		}
		binary.BigEndian.PutUint32(last, uint32(int32(offset)))
	}
	return nil
}
