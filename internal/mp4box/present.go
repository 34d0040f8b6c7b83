package mp4box

import (
	"encoding/binary"
	"io"
	"math"
	"math/bits"
)

// PresentFirst writes the fragments' headers again, in their places in w, so that
// the first sample of each track of a fragment is presented when it is decoded. An
// encoder that reorders pictures decodes the first one a frame or more before it is
// presented; where no edit list says so, as in Smooth Streaming, whose clients count
// decode times from the time that the fragment is asked for by, every picture would
// be late by that. Offsets of pictures that are presented earlier than decoded become
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

// presentFirst changes the body of the fragment's header in place, and tells whether
// it did.
func (f *Fragment) presentFirst(body []byte) (changed bool, err error) {
	n := 0
	for part, err := range Parts(body) {
		if err != nil {
			return false, err
		}
		if part.Type != "traf" {
			continue
		}
		t := f.Tracks[n]
		n++
		if len(t.Samples) == 0 || t.Samples[0].Composition == 0 {
			continue
		}
		changed = true
		for run, err := range Parts(part.Body) {
			if err == nil && run.Type == "trun" {
				err = advance(run.Body, t.Samples[0].Composition)
			}
			if err != nil {
				return false, err
			}
		}
	}
	return changed, nil
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
