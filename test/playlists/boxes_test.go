package playlists

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

// track is what a file of fragments with one track, or the first of several, holds.
type track struct {
	header, index [2]int // the ranges of ftyp and moov, and of sidx
	scale         int
	codec         []byte // the body of avcC, or of esds
	references    []reference
	samples       []sample
}

// reference is one of the segment index: a range of the file, and when it is shown.
type reference struct {
	offset, size    int
	start, duration float64
	sap             bool
}

// sample is a picture or a piece of sound.
type sample struct {
	start, shown, duration float64 // in seconds, edits applied
	offset, size           int
	key                    bool
	fragment               int // offset of its moof
}

// readTrack reads a file of fragments: the standard's rules, and nothing of the
// code that made it. Other tracks than the first are left out.
func readTrack(t *testing.T, file []byte) track {
	t.Helper()
	var x track
	clock, shift := 0, 0
	for _, top := range reelastictest.Boxes(t, file, 0) {
		switch top.Kind {
		case "moov":
			x.header = [2]int{0, top.End() - 1}
			x.scale = u32(reelastictest.Inside(t, top.Body, "trak", "mdia", "mdhd"), 12)
			shift = u32(reelastictest.Inside(t, top.Body, "trak", "edts", "elst"), 12)
			if u32(reelastictest.Inside(t, top.Body, "trak", "edts", "elst"), 4) != 1 {
				t.Error("the presentation does not begin at once")
			}
			entry := reelastictest.Inside(t, top.Body, "trak", "mdia", "minf", "stbl", "stsd")
			for _, kind := range []string{"avcC", "esds"} {
				if at := bytes.Index(entry, []byte(kind)); at > 0 {
					x.codec = entry[at+4 : at-4+u32(entry, at-4)]
				}
			}
		case "sidx":
			if x.index[1] == 0 {
				x.index = [2]int{top.Offset, top.End() - 1}
				x.references = readReferences(t, top)
			} else {
				x.index[1] = top.End() - 1
			}
		case "moof":
			clock = x.readFragment(t, top, clock, shift)
		}
	}
	return x
}

func readReferences(t *testing.T, sidx reelastictest.Box) (all []reference) {
	t.Helper()
	b := sidx.Body
	if b[0] != 1 || u32(b, 12) != 0 || u32(b, 16) != 0 || u32(b, 20) != 0 {
		t.Errorf("the index does not begin at 0, or in another version: %x", b[:28])
	}
	at, clock, scale := sidx.End()+u32(b, 24), 0, float64(u32(b, 8))
	for n := range u32(b, 28) {
		r := b[32+12*n:]
		all = append(all, reference{at, u32(r, 0), float64(clock) / scale, float64(u32(r, 4)) / scale, r[8] == 0x90})
		at, clock = at+u32(r, 0), clock+u32(r, 4)
	}
	return all
}

// readFragment reads the samples of the first track of a fragment and returns the
// time after them.
func (x *track) readFragment(t *testing.T, moof reelastictest.Box, clock, shift int) int {
	t.Helper()
	traf := reelastictest.Inside(t, moof.Body, "traf")
	head, time, run := reelastictest.Inside(t, traf, "tfhd"), reelastictest.Inside(t, traf, "tfdt"),
		reelastictest.Inside(t, traf, "trun")
	if got := int(binary.BigEndian.Uint64(time[4:])); got != clock {
		t.Errorf("the fragment at %d begins at %d, the one before ends at %d", moof.Offset, got, clock)
	}
	var duration, size, flags int
	switch u32(head, 0) {
	case 0x20038:
		duration, size, flags = u32(head, 8), u32(head, 12), u32(head, 16)
	case 0x20020: // each sample says the others
		flags = u32(head, 8)
	default:
		t.Fatalf("tfhd has the flags %x", u32(head, 0))
	}
	has := u32(run, 0) & 0xffffff
	at, offset := 12, moof.Offset+u32(run, 8)
	first := flags
	if has&4 != 0 {
		first, at = u32(run, at), at+4
	}
	for n := range u32(run, 4) {
		s := sample{start: float64(clock-shift) / float64(x.scale), offset: offset, fragment: moof.Offset}
		f, shown := flags, 0
		if n == 0 {
			f = first
		}
		for _, member := range []struct {
			flag  int
			value *int
		}{{0x100, &duration}, {0x200, &size}, {0x400, &f}, {0x800, &shown}} {
			if has&member.flag != 0 {
				*member.value, at = u32(run, at), at+4
			}
		}
		s.shown, s.duration = float64(clock-shift+shown)/float64(x.scale), float64(duration)/float64(x.scale)
		s.size, s.key = size, f&0x10000 == 0
		x.samples = append(x.samples, s)
		clock, offset = clock+duration, offset+size
	}
	return clock
}
