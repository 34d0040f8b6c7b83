package reelastictest

import (
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// Box is a box of an ISO base media file as its bytes are: no more is known of it.
type Box struct {
	// Kind is the box's type.
	Kind string
	// Offset is where the box begins.
	Offset int
	Body   []byte
}

// End is the offset of the first byte after the box.
func (x Box) End() int { return x.Offset + 8 + len(x.Body) }

// Boxes divides bytes into boxes, whose offsets count from base.
func Boxes(t *testing.T, text []byte, base int) (all []Box) {
	t.Helper()
	for at := 0; at < len(text); {
		size := int(binary.BigEndian.Uint32(text[at:]))
		if size < 8 || size > len(text)-at {
			t.Fatalf("a box of %d bytes at %d of %d", size, at, len(text))
		}
		all = append(all, Box{string(text[at+4 : at+8]), base + at, text[at+8 : at+size]})
		at += size
	}
	return all
}

// Inside follows a path of kinds into a body, to the first of each. The kind of a box
// with an extended type is that in hexadecimal digits.
func Inside(t *testing.T, body []byte, path ...string) []byte {
	t.Helper()
	for _, kind := range path {
		found := false
		for _, x := range Boxes(t, body, 0) {
			if x.Kind == kind {
				body, found = x.Body, true
				break
			}
			if x.Kind == "uuid" && len(x.Body) >= 16 && hex.EncodeToString(x.Body[:16]) == kind {
				body, found = x.Body[16:], true
				break
			}
		}
		if !found {
			t.Fatalf("no %s", kind)
		}
	}
	return body
}
