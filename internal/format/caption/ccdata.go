package caption

import (
	"cmp"
	"math/bits"
	"slices"
	"time"
)

// Triplet is one cc_data construct of CEA-708 (section 4.4): a flag byte, of
// which bit 2 says that the other two are valid and bits 0 and 1 what they are:
// line 21 field 1 (0), field 2 (1), DTVCC packet data (2) or the begin of a
// DTVCC packet (3).
type Triplet [3]byte

func (t Triplet) valid() bool { return t[0]&4 != 0 }
func (t Triplet) kind() byte  { return t[0] & 3 }

// Frame is the cc_data that came with one frame.
type Frame struct {
	// Time is when the frame is shown, from the begin of the input.
	Time time.Duration
	// CC are its triplets in order.
	CC []Triplet
}

// ParseTriplets cuts the payload of a packet of ffmpeg's CEA-608 stream into
// triplets; up to two bytes left over at its end are ignored. Such packets come
// from
//
//	ffprobe -f lavfi -i "movie=in0:f=mpegts[out+subcc]" -select_streams s -show_packets -show_data
//
// one for each frame in order of display, with every triplet of its side
// data, those of DTVCC too. The times are the container's: the caller takes the
// start time of the input away from pts_time.
func ParseTriplets(payload []byte) []Triplet {
	triplets := make([]Triplet, 0, len(payload)/3)
	for ; len(payload) >= 3; payload = payload[3:] {
		triplets = append(triplets, Triplet(payload))
	}
	return triplets
}

// DecodeCEA decodes the captions that frames carry, which may be given in any
// order. end is the end of the input, where captions end that are not erased.
// The result is the first channel with captions: CC1 to CC4, and when all are
// empty, the DTVCC services 1 to 63. source is its name, "CC1" or "SERVICE1"
// for example, "" when there are no captions. An error is an [*Error].
func DecodeCEA(frames []Frame, end time.Duration) (cues []Cue, source string, err error) {
	for _, decode := range []func([]Frame, time.Duration) ([]Cue, string, error){Decode608, Decode708} {
		if cues, source, err = decode(frames, end); err != nil || source != "" {
			return cues, source, err
		}
	}
	return nil, "", nil
}

// Decode608 is [DecodeCEA] for CEA-608 alone. Pairs whose parity shows an error
// are not used: damaged codes are dropped, damaged characters left out.
func Decode608(frames []Frame, end time.Duration) (cues []Cue, source string, err error) {
	var fields [2]line21Field
	for _, p := range inOrder(frames) {
		for _, t := range p.CC {
			if !t.valid() || t.kind() > 1 {
				continue
			}
			b1, b2 := checkParity(t[1], t[2])
			fields[t.kind()].pair(p.Time, b1, b2)
		}
		if fields[0].full() || fields[1].full() {
			return nil, "", wrong(0, "there are too many captions in CEA-608")
		}
	}
	for i := range fields {
		if cues, source := fields[i].firstCues(end); len(cues) > 0 {
			return tidy(cues), line21Address{i, source == 1}.name(), nil
		}
	}
	return nil, "", nil
}

// checkParity takes the parity bits off; a byte that lacks odd parity is 0, and
// so are both when the first is.
func checkParity(b1, b2 byte) (byte, byte) {
	ok1, ok2 := bits.OnesCount8(b1)%2 == 1, bits.OnesCount8(b2)%2 == 1
	b1, b2 = b1&0x7f, b2&0x7f
	isCode := b1 >= 0x10 && b1 < 0x20
	switch {
	case ok1 && ok2:
		return b1, b2
	case ok1 && !isCode:
		return b1, 0
	case ok2 && !isCode && b2 >= 0x20:
		return b2, 0
	}
	return 0, 0
}

// inOrder is the frames in order of their times, which are not below 0.
func inOrder(frames []Frame) []Frame {
	frames = slices.Clone(frames)
	for i := range frames {
		frames[i].Time = max(frames[i].Time, 0)
	}
	slices.SortStableFunc(frames, func(a, b Frame) int { return cmp.Compare(a.Time, b.Time) })
	return frames
}
