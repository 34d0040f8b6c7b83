package h264

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParseSPS reads sets that x264 has written.
func TestParseSPS(t *testing.T) {
	t.Parallel()
	for text, want := range sets {
		nal, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSPS(nal)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		for n := range nal[:8] {
			if _, err := ParseSPS(nal[:n]); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s, cut off after %d bytes: %v", text, n, err)
			}
		}
	}
}

// FuzzParseSPS reads any bytes.
func FuzzParseSPS(f *testing.F) {
	for text := range sets {
		nal, err := hex.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(nal)
	}
	f.Fuzz(func(t *testing.T, nal []byte) {
		if s, err := ParseSPS(nal); err == nil && (s.Width <= 0 || s.Height <= 0) {
			t.Fatalf("%d x %d", s.Width, s.Height)
		}
	})
}

var sets = map[string]SPS{
	// Of 426 x 240 with pixels of 4:3, in the colours of HD.
	"6742c015da06c7f93c39a808080a000003000200000300641e2c5d40": {Profile: 66, Constraints: 0xc0, Level: 21, Chroma: 1,
		Depth: 8, ChromaDepth: 8, Width: 426, Height: 240, Progressive: true, SARWidth: 4, SARHeight: 3,
		Colours: &Colours{Primaries: 1, Transfer: 1, Matrix: 1}},
	// Of 320 x 180 that says nothing of its colours.
	"6742c01eda05067e7c0440000003004000000c83c58ba8": {Profile: 66, Constraints: 0xc0, Level: 30, Chroma: 1,
		Depth: 8, ChromaDepth: 8, Width: 320, Height: 180, Progressive: true, SARWidth: 1, SARHeight: 1},
	// Of fields of 1920 x 1080, 4:2:2 and 10 bits.
	"677a0028b6ce8078044fcb80b709100640000003004000000c87c58ba8": {Profile: 122, Level: 40, Chroma: 2, Depth: 10,
		ChromaDepth: 10, Width: 1920, Height: 1080, SARWidth: 1, SARHeight: 1,
		Colours: &Colours{FullRange: true, Primaries: 9, Transfer: 16, Matrix: 6}},
}
