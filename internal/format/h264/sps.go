package h264

import (
	"errors"
	"fmt"
)

// ErrMalformed is wrapped by the errors of this package.
var ErrMalformed = errors.New("malformed H.264")

// SPS is a sequence parameter set (7.3.2.1).
type SPS struct {
	// Profile and Level are profile_idc and level_idc, Constraints the byte between them.
	Profile, Constraints, Level uint8
	// Chroma is chroma_format_idc: 1 for 4:2:0. Depth and ChromaDepth are bits per sample.
	Chroma, Depth, ChromaDepth int
	// Width and Height are those of the frames that are shown.
	Width, Height int
	// Progressive reports that the stream has no fields (frame_mbs_only_flag).
	Progressive bool
	// SARWidth to SARHeight is the sample aspect ratio; both 0 where it is not said.
	SARWidth, SARHeight int
	// Colours is nil where the stream does not say.
	Colours *Colours
}

// Colours are what a stream says of them, in the numbers of ITU-T H.273.
type Colours struct {
	FullRange                   bool
	Primaries, Transfer, Matrix uint8
}

// Bounds of what a set may say; more is no stream of ours.
const (
	mostReferences = 255
	mostMacroblock = 1 << 12 // in a row or a column
)

// withChroma are the profiles whose set tells the chroma format (7.3.2.1.1).
var withChroma = map[uint8]bool{100: true, 110: true, 122: true, 244: true, 44: true, 83: true, 86: true, 118: true,
	128: true, 138: true, 139: true, 134: true, 135: true}

// ParseSPS reads a sequence parameter set with the header of its NAL unit.
func ParseSPS(nal []byte) (SPS, error) {
	const header, kind = 1, 7
	if len(nal) < 4 || nal[0]&31 != kind {
		return SPS{}, fmt.Errorf("%w: no sequence parameter set", ErrMalformed)
	}
	r := &bits{b: unescape(nal[header:])}
	s := SPS{Profile: uint8(r.u(8)), Constraints: uint8(r.u(8)), Level: uint8(r.u(8)), Chroma: 1, Depth: 8,
		ChromaDepth: 8}
	r.ue() // its id
	if withChroma[s.Profile] {
		if err := s.parseChroma(r); err != nil {
			return SPS{}, err
		}
	}
	r.ue() // bits of frame numbers
	if err := skipOrder(r); err != nil {
		return SPS{}, err
	}
	r.ue() // reference frames
	r.flag()
	if err := s.parseSize(r); err != nil {
		return SPS{}, err
	}
	if r.flag() {
		s.parseUsability(r)
	}
	if r.short {
		return SPS{}, fmt.Errorf("%w: the sequence parameter set ends early", ErrMalformed)
	}
	return s, nil
}

func (s *SPS) parseChroma(r *bits) error {
	s.Chroma = int(r.ue())
	if s.Chroma == 3 && r.flag() {
		return fmt.Errorf("%w: colour planes apart", ErrMalformed)
	}
	s.Depth, s.ChromaDepth = int(r.ue())+8, int(r.ue())+8
	r.flag()
	if r.flag() {
		return fmt.Errorf("%w: scaling matrices are not read", ErrMalformed)
	}
	return nil
}

// skipOrder passes over how the order of frames is told.
func skipOrder(r *bits) error {
	switch r.ue() {
	case 0:
		r.ue()
	case 1:
		r.flag()
		r.se()
		r.se()
		n := r.ue()
		if n > mostReferences {
			return fmt.Errorf("%w: %d offsets", ErrMalformed, n)
		}
		for range n {
			r.se()
		}
	}
	return nil
}

func (s *SPS) parseSize(r *bits) error {
	columns, rows := int64(r.ue())+1, int64(r.ue())+1
	s.Progressive = r.flag()
	if !s.Progressive {
		rows *= 2
		r.flag()
	}
	r.flag()
	if columns > mostMacroblock || rows > mostMacroblock {
		return fmt.Errorf("%w: %d x %d macroblocks", ErrMalformed, columns, rows)
	}
	const macroblock = 16
	s.Width, s.Height = int(columns*macroblock), int(rows*macroblock)
	if !r.flag() {
		return nil
	}
	unitX, unitY := 1, 1 // (7-19) to (7-22)
	if s.Chroma == 1 || s.Chroma == 2 {
		unitX = 2
	}
	if s.Chroma == 1 {
		unitY = 2
	}
	if !s.Progressive {
		unitY *= 2
	}
	left, right, top, bottom := r.ue(), r.ue(), r.ue(), r.ue()
	if max(left, right, top, bottom) > mostMacroblock*macroblock {
		return fmt.Errorf("%w: it crops more than there is", ErrMalformed)
	}
	s.Width -= unitX * int(left+right)
	s.Height -= unitY * int(top+bottom)
	if s.Width <= 0 || s.Height <= 0 {
		return fmt.Errorf("%w: it crops all", ErrMalformed)
	}
	return nil
}

// aspects are the sample aspect ratios that have a number (table E-1).
var aspects = [][2]int{{0, 0}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11}, {80, 33},
	{18, 11}, {15, 11}, {64, 33}, {160, 99}, {4, 3}, {3, 2}, {2, 1}}

// parseUsability reads the begin of the video usability information (E.1.1).
func (s *SPS) parseUsability(r *bits) {
	const extended = 255
	if r.flag() {
		switch number := int(r.u(8)); {
		case number == extended:
			s.SARWidth, s.SARHeight = int(r.u(16)), int(r.u(16))
		case number < len(aspects):
			s.SARWidth, s.SARHeight = aspects[number][0], aspects[number][1]
		}
	}
	if r.flag() { // overscan
		r.flag()
	}
	if !r.flag() {
		return
	}
	r.u(3) // video format
	full := r.flag()
	if r.flag() {
		s.Colours = &Colours{FullRange: full, Primaries: uint8(r.u(8)), Transfer: uint8(r.u(8)), Matrix: uint8(r.u(8))}
	}
}
