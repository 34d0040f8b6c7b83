package playlists

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// box is a box of an ISO base media file as its bytes are: no more is known of it.
type box struct {
	kind   string
	offset int
	body   []byte
}

func (x box) end() int { return x.offset + 8 + len(x.body) }

// boxes divides bytes into boxes, whose offsets count from base.
func boxes(t *testing.T, text []byte, base int) (all []box) {
	t.Helper()
	for at := 0; at < len(text); {
		size := int(binary.BigEndian.Uint32(text[at:]))
		if size < 8 || size > len(text)-at {
			t.Fatalf("a box of %d bytes at %d of %d", size, at, len(text))
		}
		all = append(all, box{string(text[at+4 : at+8]), base + at, text[at+8 : at+size]})
		at += size
	}
	return all
}

// inside follows a path of kinds into a body, to the first of each. The kind of a box
// with an extended type is that in hexadecimal digits.
func inside(t *testing.T, body []byte, path ...string) []byte {
	t.Helper()
	for _, kind := range path {
		found := false
		for _, x := range boxes(t, body, 0) {
			if x.kind == kind {
				body, found = x.body, true
				break
			}
			if x.kind == "uuid" && len(x.body) >= 16 && hex.EncodeToString(x.body[:16]) == kind {
				body, found = x.body[16:], true
				break
			}
		}
		if !found {
			t.Fatalf("no %s", kind)
		}
	}
	return body
}

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
	for _, top := range boxes(t, file, 0) {
		switch top.kind {
		case "moov":
			x.header = [2]int{0, top.end() - 1}
			x.scale = u32(inside(t, top.body, "trak", "mdia", "mdhd"), 12)
			shift = u32(inside(t, top.body, "trak", "edts", "elst"), 12)
			if u32(inside(t, top.body, "trak", "edts", "elst"), 4) != 1 {
				t.Error("the presentation does not begin at once")
			}
			entry := inside(t, top.body, "trak", "mdia", "minf", "stbl", "stsd")
			for _, kind := range []string{"avcC", "esds"} {
				if at := bytes.Index(entry, []byte(kind)); at > 0 {
					x.codec = entry[at+4 : at-4+u32(entry, at-4)]
				}
			}
		case "sidx":
			if x.index[1] == 0 {
				x.index = [2]int{top.offset, top.end() - 1}
				x.references = readReferences(t, top)
			} else {
				x.index[1] = top.end() - 1
			}
		case "moof":
			clock = x.readFragment(t, top, clock, shift)
		}
	}
	return x
}

func readReferences(t *testing.T, sidx box) (all []reference) {
	t.Helper()
	b := sidx.body
	if b[0] != 1 || u32(b, 12) != 0 || u32(b, 16) != 0 || u32(b, 20) != 0 {
		t.Errorf("the index does not begin at 0, or in another version: %x", b[:28])
	}
	at, clock, scale := sidx.end()+u32(b, 24), 0, float64(u32(b, 8))
	for n := range u32(b, 28) {
		r := b[32+12*n:]
		all = append(all, reference{at, u32(r, 0), float64(clock) / scale, float64(u32(r, 4)) / scale, r[8] == 0x90})
		at, clock = at+u32(r, 0), clock+u32(r, 4)
	}
	return all
}

// readFragment reads the samples of the first track of a fragment and returns the
// time after them.
func (x *track) readFragment(t *testing.T, moof box, clock, shift int) int {
	t.Helper()
	traf := inside(t, moof.body, "traf")
	head, time, run := inside(t, traf, "tfhd"), inside(t, traf, "tfdt"), inside(t, traf, "trun")
	if got := int(binary.BigEndian.Uint64(time[4:])); got != clock {
		t.Errorf("the fragment at %d begins at %d, the one before ends at %d", moof.offset, got, clock)
	}
	if u32(head, 0) != 0x20038 {
		t.Fatalf("tfhd has the flags %x", u32(head, 0))
	}
	duration, size, flags := u32(head, 8), u32(head, 12), u32(head, 16)
	has := u32(run, 0) & 0xffffff
	at, offset := 12, moof.offset+u32(run, 8)
	first := flags
	if has&4 != 0 {
		first, at = u32(run, at), at+4
	}
	for n := range u32(run, 4) {
		s := sample{start: float64(clock-shift) / float64(x.scale), offset: offset, fragment: moof.offset}
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
