package hostile

import (
	"bytes"
	"encoding/binary"
	"iter"
	"path/filepath"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// elsewhere is a film whose samples are said to be in another file: each of its
// data references is an alias with the file's path (QuickTime File Format,
// Data Reference Atoms).
func elsewhere(t *testing.T, key string, s *studio, path string) []byte {
	t.Helper()
	film := reelastictest.ReadFile(t, filepath.Join(s.Bucket("in"), key))
	moved := inBoxes(film, func(kind string, content []byte) []byte {
		if kind == "dref" {
			return append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, box("alis", alias(path))...)
		}
		return content
	})
	if bytes.Equal(film, moved) {
		t.Fatal("the film has no data reference")
	}
	return moved
}

// alias is an alias record with no flag of "same file", and the path as its tag 2.
func alias(path string) []byte {
	record := make([]byte, 154)
	record[14], record[15] = 1, 'v' // the volume
	name := filepath.Base(path)
	record[54] = byte(min(len(name), 63))
	copy(record[55:118], name)
	absolute := binary.BigEndian.AppendUint16([]byte{0, 2}, uint16(len(path)))
	even := make([]byte, len(path)%2)
	return slices.Concat(record, absolute, []byte(path), even, []byte{0xff, 0xff, 0, 0})
}

// box is an ISO base media box.
func box(kind string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)+8))
	return append(append(b, kind...), content...)
}

// parents are the boxes that hold boxes and nothing else.
var parents = map[string]bool{"moov": true, "trak": true, "mdia": true, "minf": true, "dinf": true}

// inBoxes rewrites the contents of all boxes that are no parents.
func inBoxes(boxes []byte, change func(kind string, content []byte) []byte) (out []byte) {
	for kind, content := range walk(boxes) {
		if parents[kind] {
			content = inBoxes(content, change)
		} else {
			content = change(kind, content)
		}
		out = append(out, box(kind, content)...)
	}
	return out
}

// repeatTracks writes each track of a film n times.
func repeatTracks(film []byte, n int) (out []byte) {
	for kind, content := range walk(film) {
		switch kind {
		case "moov":
			content = repeatTracks(content, n)
		case "trak":
			out = append(out, bytes.Repeat(box(kind, content), n-1)...)
		}
		out = append(out, box(kind, content)...)
	}
	return out
}

// walk goes through boxes that follow each other.
func walk(boxes []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(boxes) >= 8 {
			size := int(binary.BigEndian.Uint32(boxes))
			if size < 8 || size > len(boxes) || !yield(string(boxes[4:8]), boxes[8:size]) {
				return // sizes of other sorts the films here do not have
			}
			boxes = boxes[size:]
		}
	}
}
