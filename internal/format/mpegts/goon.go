package mpegts

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// copyBytes is how much of a file is read at once: more than the longest packet.
const copyBytes = 1 << 20

// GoOn copies a transport or program stream and lets its times go on where its clock is set
// anew, as the resets say. Clock references stay as they are: what reads a file does not
// need them. What is not understood is copied as it is.
func GoOn(dst io.Writer, src io.Reader, resets []media.Reset) error {
	m := mender{resets: map[int][]media.Reset{}}
	for _, r := range resets {
		m.resets[r.ID] = append(m.resets[r.ID], r)
	}
	for _, all := range m.resets {
		slices.SortStableFunc(all, func(a, b media.Reset) int { return cmp.Compare(a.Pos, b.Pos) })
	}
	for buffer, kept := make([]byte, copyBytes), 0; ; {
		n, err := io.ReadFull(src, buffer[kept:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		part := buffer[:kept+n]
		done := m.mend(part, last)
		if _, err := dst.Write(part[:done]); err != nil || last {
			return err
		}
		m.pos += int64(done)
		kept = copy(buffer, part[done:])
	}
}

// mender mends a file part by part.
type mender struct {
	resets map[int][]media.Reset // by stream
	pos    int64                 // of the part in the file
	// size is how long the packets of a transport stream are, 0 for a program stream; begun
	// tells that this is known.
	size  int
	begun bool
}

// mend mends the packets that a part has whole, and returns how many bytes they are.
func (m *mender) mend(b []byte, last bool) int {
	if !m.begun {
		_, m.size = firstPacket(b)
		m.begun = true
	}
	done := 0
	if m.size > 0 {
		done = m.transport(b, last)
	} else {
		done = m.program(b, last)
	}
	if last {
		return len(b)
	}
	return done
}

func (m *mender) transport(b []byte, last bool) (at int) {
	for at+PacketBytes <= len(b) {
		next := at + m.size
		if next >= len(b) && !last {
			break
		}
		if b[at] != syncByte || next < len(b) && b[next] != syncByte {
			at++
			continue
		}
		if p, ok := parse(b[at : at+PacketBytes]); ok && p.start {
			m.packet(p.payload, int(p.pid), m.pos+int64(at))
		}
		at = next
	}
	return at
}

// lengthy is the first of the start codes behind which a length stands (ISO/IEC 13818-1,
// table 2-22).
const lengthy = 0xbb

// program mends the packets of a program stream.
func (m *mender) program(b []byte, last bool) (at int) {
	for {
		next := bytes.Index(b[at:], []byte{0, 0, 1})
		if next < 0 || at+next+6 > len(b) {
			return max(at, len(b)-5)
		}
		at += next
		if b[at+3] < lengthy {
			at += 4
			continue
		}
		end := at + 6 + int(b[at+4])<<8 + int(b[at+5])
		if end > len(b) && !last {
			return at
		}
		m.packet(b[at:min(end, len(b))], int(b[at+3]), m.pos+int64(at))
		at = min(end, len(b))
	}
}

// bare are the kinds of packets of an elementary stream that have no header with times.
var bare = []byte{0xbb, 0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff}

// packet mends the times in the header of a packet of an elementary stream, which is at a
// place of the file.
func (m *mender) packet(b []byte, stream int, pos int64) {
	if len(b) < 9 || b[0] != 0 || b[1] != 0 || b[2] != 1 || slices.Contains(bare, b[3]) {
		return
	}
	by, decoded := m.shift(stream, pos)
	if b[6]>>6 == 2 {
		if b[7]&0x80 != 0 {
			add(b[9:], by)
		}
		if b[7]&0xc0 == 0xc0 {
			add(b[min(14, len(b)):], decoded)
		}
		return
	}
	for b = b[6:]; len(b) > 0 && b[0] == 0xff; { // MPEG-1: stuffing, the size of a buffer, times
		b = b[1:]
	}
	if len(b) > 2 && b[0]>>6 == 1 {
		b = b[2:]
	}
	if len(b) > 0 && b[0]>>5 == 1 {
		add(b, by)
	}
	if len(b) > 0 && b[0]>>4 == 3 {
		add(b[min(5, len(b)):], decoded)
	}
}

// shift is what to add to the times of a stream at a place, and to those of decoding, in units
// of 90 kHz.
func (m *mender) shift(stream int, pos int64) (by, decoded int64) {
	all, ok := m.resets[stream]
	if !ok {
		all = m.resets[0]
	}
	for _, r := range all {
		if r.Pos > pos {
			break
		}
		by, decoded = ticks(r.Shift), ticks(r.Shift+r.Lift)
	}
	return by, decoded
}

func ticks(d time.Duration) int64 { return d.Microseconds() * 9 / 100 }

// add adds to a time of 33 bits in its five bytes with their marks.
func add(b []byte, by int64) {
	if len(b) < 5 {
		return
	}
	t := timestamp(b) + by
	b[0] = b[0]&0xf1 | byte(t>>29)&0x0e
	b[1], b[2] = byte(t>>22), byte(t>>14)|1
	b[3], b[4] = byte(t>>7), byte(t<<1)|1
}
