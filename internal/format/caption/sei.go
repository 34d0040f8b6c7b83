package caption

import (
	"bytes"
	"errors"
	"iter"
)

// seiNAL is a NAL unit of H.264, with its start code, that carries triplets as
// ATSC A/53 cc_data in user_data_registered_itu_t_t35.
func seiNAL(cc []Triplet) []byte {
	payload := []byte{0xb5, 0x00, 0x31, 'G', 'A', '9', '4', 0x03, 0xc0 | byte(len(cc)), 0xff}
	for _, t := range cc {
		payload = append(payload, t[:]...)
	}
	payload = append(payload, 0xff)
	body := append([]byte{0x04, byte(len(payload))}, payload...)
	body = append(body, 0x80) // the stop bit
	return append([]byte{0, 0, 0, 1, 0x06}, preventEmulation(body)...)
}

// preventEmulation puts 3 behind each pair of zeros that a byte up to 3 follows
// (H.264, section 7.4.1).
func preventEmulation(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(body)/8)
	zeros := 0
	for _, b := range body {
		if zeros >= 2 && b <= 3 {
			out, zeros = append(out, 3), 0
		}
		out = append(out, b)
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return out
}

// InsertSEI puts cc_data before each frame of a raw H.264 stream (Annex B).
// The stream has no B-frames, so that its frames stand in order of display:
// a small one of the output's rate and length, which the encode of the output
// overlays, and whose cc_data libx264 then takes over with -a53cc 1.
// frames gives the triplets, at most 20 for each; when it ends before the
// stream does, that is an error, as is a stream without frames.
func InsertSEI(stream []byte, frames iter.Seq[[]Triplet]) ([]byte, error) {
	next, stop := iter.Pull(frames)
	defer stop()
	out := make([]byte, 0, 2*len(stream))
	count := 0
	for at := 0; at < len(stream); {
		end := nextNAL(stream, at)
		if beginsFrame(stream[at:end]) {
			cc, ok := next()
			if !ok {
				return nil, errors.New("the stream has more frames than there are captions for")
			}
			out = append(out, seiNAL(cc)...)
			count++
		}
		out = append(out, stream[at:end]...)
		at = end
	}
	if count == 0 {
		return nil, errors.New("the stream has no frames")
	}
	return out, nil
}

// nextNAL is where the next start code begins behind the one at at.
func nextNAL(stream []byte, at int) int {
	const behind = 3
	if at+behind >= len(stream) {
		return len(stream)
	}
	i := bytes.Index(stream[at+behind:], []byte{0, 0, 1})
	if i < 0 {
		return len(stream)
	}
	i += at + behind
	if stream[i-1] == 0 && i-1 > at {
		i-- // a start code of four bytes
	}
	return i
}

// beginsFrame reports whether a unit is the first slice of a frame: type 1 or 5,
// with first_mb_in_slice 0, which is a single set bit.
func beginsFrame(nal []byte) bool {
	header := bytes.TrimLeft(nal, "\x00")
	if len(header) < 3 || header[0] != 1 {
		return false
	}
	kind := header[1] & 0x1f
	return (kind == 1 || kind == 5) && header[2]&0x80 != 0
}

// SEIMender completes cc_data that libx264 took over with -a53cc 1, in a stream of H.264
// that it is given piece by piece: ffmpeg leaves reserved bits at 0 that are 1 (ATSC A/53,
// part 4, 6.2.3), which strict readers refuse. No byte is added, and the new ones never
// need prevention of emulation.
type SEIMender struct{ matched int }

// seiHead is what stands before the two bytes.
var seiHead = []byte{0xb5, 0x00, 0x31, 'G', 'A', '9', '4', 0x03}

// Mend changes the next piece in place and reports whether it did.
func (m *SEIMender) Mend(piece []byte) (changed bool) {
	for i, b := range piece {
		want := b
		switch {
		case m.matched == len(seiHead):
			want = b | 0x80
			m.matched++
		case m.matched > len(seiHead):
			want, m.matched = 0xff, 0
		case b == seiHead[m.matched]:
			m.matched++
		case b == seiHead[0]:
			m.matched = 1
		default:
			m.matched = 0
		}
		changed = changed || want != b
		piece[i] = want
	}
	return changed
}
