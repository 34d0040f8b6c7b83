package mpegts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

// memory is a file in memory, which does not grow.
type memory []byte

func (m memory) ReadAt(b []byte, at int64) (int, error) {
	if n := copy(b, m[min(at, int64(len(m))):]); n < len(b) {
		return n, io.EOF
	}
	return len(b), nil
}

func (m memory) WriteAt(b []byte, at int64) (int, error) { return copy(m[at:], b), nil }

// TestEdit changes a byte of the frames, and nothing else.
func TestEdit(t *testing.T) {
	t.Parallel()
	ts := made(t, fmt.Sprintf(film, "25", "1", "1", ""))
	file, last, changed := memory(bytes.Clone(ts)), byte(0), 0
	err := Edit(file, file, int64(len(file)), func(piece []byte) (edited bool) {
		for i, b := range piece {
			if last == 0x65 && b == 0x88 { // how x264 begins a key frame's slice
				piece[i], edited = 0x89, true
				changed++
			}
			last = b
		}
		return edited
	})
	if err != nil || changed == 0 {
		t.Fatalf("%d changes, %v", changed, err)
	}
	differ := 0
	for i := range ts {
		if ts[i] != file[i] {
			differ++
		}
	}
	if differ != changed {
		t.Errorf("%d bytes differ, %d were changed", differ, changed)
	}
	if err := Edit(memory(ts[:100]), nil, 100, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("half a packet: %v", err)
	}
}
