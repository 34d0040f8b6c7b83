package mpegts

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// ErrMalformed is wrapped by every error about a stream's content; errors without it
// come from the reader or the writer.
var ErrMalformed = errors.New("malformed transport stream")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

// Clock is what a second has of ticks.
const Clock = 90000

// unit is a packet of an elementary stream (2.4.3.6): a frame, or blocks of audio.
type unit struct {
	// id is the stream_id.
	id byte
	// pts and dts are in ticks, and go on where their 33 bits begin again.
	pts, dts int64
	// random reports that decoding can begin here.
	random bool
	data   []byte
}

// mostUnit bounds a unit, in bytes: a frame at the highest bit rate takes a part of it.
const mostUnit = 64 << 20

// demuxer takes the units of the first program out of a stream in which one ends before
// another one begins, as ffmpeg writes them.
type demuxer struct {
	r       *bufio.Reader
	packets int64
	tables  tables
	open    *unit         // the one that has begun
	stream  int           // its stream
	last    map[int]int64 // by stream, the last dts
	usual   map[int]int   // by stream, the size of the last unit
}

func newDemuxer(r io.Reader) *demuxer {
	return &demuxer{r: bufio.NewReaderSize(r, 512*PacketBytes), last: map[int]int64{}, usual: map[int]int{}}
}

// next is the next unit and its stream's index; io.EOF after the last.
func (d *demuxer) next() (s int, u *unit, err error) {
	for {
		packet, err := d.r.Peek(PacketBytes)
		if errors.Is(err, io.EOF) && len(packet) > 0 {
			return 0, nil, malformed("packet %d is cut off", d.packets)
		}
		if errors.Is(err, io.EOF) && d.open != nil {
			s, u, d.open = d.stream, d.open, nil
			return s, u, nil
		}
		if err != nil {
			return 0, nil, err
		}
		if _, err := d.r.Discard(PacketBytes); err != nil { // the bytes stay where they are
			return 0, nil, err
		}
		p, ok := parse(packet)
		if !ok {
			return 0, nil, malformed("packet %d has no header", d.packets)
		}
		d.packets++
		if d.tables.read(p, packet) {
			continue
		}
		if at := d.tables.stream(p.pid); at >= 0 && len(p.payload) > 0 {
			s, u, err = d.add(at, p)
			if u != nil || err != nil {
				return s, u, err
			}
		}
	}
}

// add takes the next packet of a stream and returns the unit that ended before it.
func (d *demuxer) add(at int, p packet) (s int, done *unit, err error) {
	if p.start {
		u, err := d.begin(at, p)
		s, done = d.stream, d.open
		if done != nil {
			d.usual[s] = len(done.data)
		}
		d.stream, d.open = at, u
		return s, done, err
	}
	if d.open == nil || d.stream != at {
		return 0, nil, malformed("packet %d belongs to nothing", d.packets-1)
	}
	if len(d.open.data)+len(p.payload) > mostUnit {
		return 0, nil, malformed("a frame of more than %d bytes", mostUnit)
	}
	d.open.data = append(d.open.data, p.payload...)
	return 0, nil, nil
}

// begin reads the header of a unit, which is whole in its first packet.
func (d *demuxer) begin(s int, p packet) (*unit, error) {
	b := p.payload
	if len(b) < 9 || b[0] != 0 || b[1] != 0 || b[2] != 1 || len(b) < 9+int(b[8]) {
		return nil, malformed("packet %d begins nothing that is known", d.packets-1)
	}
	u := &unit{id: b[3], random: p.random, data: make([]byte, 0, d.usual[s]*5/4+PacketBytes)}
	u.data = append(u.data, b[9+int(b[8]):]...)
	times := b[9 : 9+int(b[8])]
	switch {
	case b[7]&0x80 == 0 || len(times) < 5, b[7]&0x40 != 0 && len(times) < 10:
		return nil, malformed("packet %d has no time", d.packets-1)
	case b[7]&0x40 != 0:
		u.pts, u.dts = timestamp(times), timestamp(times[5:])
	default:
		u.pts = timestamp(times)
		u.dts = u.pts
	}
	delay := u.pts - u.dts
	if last, ok := d.last[s]; ok {
		u.dts = last + wrapped(u.dts-last)
	}
	u.pts, d.last[s] = u.dts+wrapped(delay), u.dts
	return u, nil
}

// wrapped is the least distance of two times that differ by that much, of 33 bits.
func wrapped(distance int64) int64 {
	const whole = 1 << 33
	distance &= whole - 1
	if distance >= whole/2 {
		distance -= whole
	}
	return distance
}

// timestamp reads a time of a header (2.4.3.7).
func timestamp(b []byte) int64 {
	return int64(b[0]>>1&7)<<30 | int64(b[1])<<22 | int64(b[2]>>1)<<15 | int64(b[3])<<7 | int64(b[4]>>1)
}
