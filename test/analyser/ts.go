package analyser

import (
	"fmt"
	"math"
)

const (
	packetBytes = 188
	ticks       = 90000.0
	// longestClockGap is how long the clock may stand (ISO/IEC 13818-1, 2.7.2), and
	// longestWait how much earlier than it is needed something may arrive (2.4.2.7).
	longestClockGap = 0.1
	longestWait     = 1.0
)

// transport reads the transport stream of a rendition, segment after segment.
type transport struct {
	programs map[int]bool
	streams  map[int]*elementary // by PID
	pcrPID   int
	counters map[int]int // the last continuity counter by PID
	clock    float64     // the last value, in seconds
	timed    bool
	wrong    []string
}

// elementary is a stream, and the packet of it that is being read.
type elementary struct {
	kind   int // stream_type
	open   bool
	random bool
	pts    float64
	dts    float64
	data   []byte
	// arrived is the clock at its last packet so far.
	arrived float64
}

// video and audio report whether a stream has a type that outputs have.
func (e *elementary) video() bool { return e.kind == 0x1b }

func newTransport() *transport {
	return &transport{programs: map[int]bool{}, streams: map[int]*elementary{}, counters: map[int]int{}}
}

func (t *transport) fail(format string, args ...any) {
	const most = 5 // of one kind of fault there are many
	if len(t.wrong) < most {
		t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
	}
}

// read reads the segment n.
func (t *transport) read(n int, text []byte) (s segment) {
	s.bytes = int64(len(text))
	if len(text) == 0 || len(text)%packetBytes != 0 {
		t.fail("segment %d has %d bytes, which are no packets", n, len(text))
		return s
	}
	began := false // the tables have been read
	for at := 0; at < len(text); at += packetBytes {
		p := text[at:][:packetBytes]
		if p[0] != 0x47 {
			t.fail("segment %d: packet %d has no header", n, at/packetBytes)
			return s
		}
		pid := int(p[1]&0x1f)<<8 | int(p[2])
		payload := t.header(n, pid, p)
		switch {
		case pid == 0:
			t.association(payload)
		case t.programs[pid]:
			t.program(payload)
			began = true
		case t.streams[pid] != nil:
			if !began {
				t.fail("segment %d: media before the tables", n)
			}
			t.media(n, t.streams[pid], p, payload, &s)
		}
	}
	for _, e := range t.streams {
		t.finish(n, e, &s)
	}
	return s
}

// header reads the header and the adaptation field of a packet and returns the rest.
func (t *transport) header(n, pid int, p []byte) []byte {
	payload, counter := p[4:], int(p[3]&15)
	if p[3]&0x20 != 0 {
		field := payload[1:][:payload[0]]
		payload = payload[1+len(field):]
		if len(field) > 0 && field[0]&0x10 != 0 {
			b := field[1:]
			t.tick(n, pid, float64(int64(b[0])<<25|int64(b[1])<<17|int64(b[2])<<9|int64(b[3])<<1|int64(b[4]>>7))/ticks)
		}
	}
	last, again := t.counters[pid]
	step := 1
	if p[3]&0x10 == 0 {
		payload, step = nil, 0
	}
	if again && counter != (last+step)&15 {
		t.fail("segment %d: the packets %d count from %d to %d", n, pid, last, counter)
	}
	t.counters[pid] = counter
	return payload
}

// tick reads a value of the clock.
func (t *transport) tick(n, pid int, now float64) {
	switch {
	case pid != t.pcrPID:
		t.fail("segment %d: a clock in the packets %d", n, pid)
	case t.timed && now < t.clock:
		t.fail("segment %d: the clock goes back from %.6f to %.6f", n, t.clock, now)
	case t.timed && now-t.clock > longestClockGap+same:
		t.fail("segment %d: the clock stands for %.0f ms at %.6f", n, (now-t.clock)*1000, t.clock)
	}
	t.clock, t.timed = now, true
}

// association and program read the tables, which are whole in their packets.
func (t *transport) association(b []byte) {
	b = b[1+int(b[0]):]
	end := 3 + int(b[1]&15)<<8 + int(b[2]) - 4
	for at := 8; at < end; at += 4 {
		if b[at] != 0 || b[at+1] != 0 {
			t.programs[int(b[at+2]&0x1f)<<8|int(b[at+3])] = true
		}
	}
	t.checksum("association", b[:end+4])
}

func (t *transport) program(b []byte) {
	b = b[1+int(b[0]):]
	end := 3 + int(b[1]&15)<<8 + int(b[2]) - 4
	t.pcrPID = int(b[8]&0x1f)<<8 | int(b[9])
	for at := 12 + int(b[10]&15)<<8 + int(b[11]); at < end; at += 5 + int(b[at+3]&15)<<8 + int(b[at+4]) {
		if pid := int(b[at+1]&0x1f)<<8 | int(b[at+2]); t.streams[pid] == nil {
			t.streams[pid] = &elementary{kind: int(b[at])}
		}
	}
	t.checksum("program", b[:end+4])
}

// checksum is 0 over a section with its own (ISO/IEC 13818-1, annex A).
func (t *transport) checksum(table string, section []byte) {
	crc := uint32(math.MaxUint32)
	for _, b := range section {
		crc ^= uint32(b) << 24
		for range 8 {
			if crc&(1<<31) != 0 {
				crc = crc<<1 ^ 0x04c11db7
			} else {
				crc <<= 1
			}
		}
	}
	if crc != 0 {
		t.fail("the %s table has a wrong checksum", table)
	}
}

// media reads a packet of an elementary stream.
func (t *transport) media(n int, e *elementary, p, payload []byte, s *segment) {
	if p[1]&0x40 == 0 {
		if !e.open && len(payload) > 0 {
			t.fail("segment %d begins within a picture or a block", n)
		}
		e.data, e.arrived = append(e.data, payload...), t.clock
		return
	}
	t.finish(n, e, s)
	if len(payload) < 14 || payload[0] != 0 || payload[1] != 0 || payload[2] != 1 || payload[7]&0x80 == 0 {
		t.fail("segment %d: a packet without a time", n)
		return
	}
	e.open, e.random = true, p[3]&0x20 != 0 && p[4] > 0 && p[5]&0x40 != 0
	e.pts = stamp(payload[9:])
	e.dts = e.pts
	if payload[7]&0x40 != 0 {
		e.dts = stamp(payload[14:])
	}
	e.data, e.arrived = append([]byte(nil), payload[9+int(payload[8]):]...), t.clock
	switch {
	case !t.timed:
		t.fail("segment %d: something at %.6f comes before the clock", n, e.pts)
	case e.dts < t.clock-same:
		t.fail("segment %d: something is needed at %.6f, the clock says %.6f", n, e.dts, t.clock)
	case e.dts > t.clock+longestWait:
		t.fail("segment %d: something is needed at %.6f, the clock says only %.6f", n, e.dts, t.clock)
	}
}

func stamp(b []byte) float64 {
	return float64(int64(b[0]>>1&7)<<30|int64(b[1])<<22|int64(b[2]>>1)<<15|int64(b[3])<<7|int64(b[4]>>1)) / ticks
}

// finish takes what has been read of a stream into a segment.
func (t *transport) finish(n int, e *elementary, s *segment) {
	if !e.open {
		return
	}
	e.open = false
	if e.dts < e.arrived-same {
		t.fail("segment %d: the last byte of what is needed at %.6f comes at %.6f", n, e.dts, e.arrived)
	}
	if e.video() {
		s.pictures = append(s.pictures, unit{shown: e.pts, decoded: e.dts, key: e.random})
		return
	}
	at := e.pts
	for rest := e.data; len(rest) > 0; {
		size, lasts := blockOf(e.kind, rest)
		if size == 0 || size > len(rest) {
			t.fail("segment %d: no block of sound at %.6f", n, at)
			return
		}
		s.sounds = append(s.sounds, unit{shown: at, decoded: at, lasts: lasts, key: true})
		rest, at = rest[size:], at+lasts
	}
}

// blockOf reads the header of a block of sound: its bytes, and how long it is heard.
func blockOf(kind int, b []byte) (size int, lasts float64) {
	switch {
	case kind == 0x0f && len(b) >= 7 && b[0] == 0xff && b[1]&0xf6 == 0xf0:
		rates := []float64{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000}
		return int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5]>>5), 1024 / rates[b[2]>>2&15]
	case (kind == 3 || kind == 4) && len(b) >= 4 && b[0] == 0xff && b[1]&0xe6 == 0xe2:
		rate := []float64{44100, 48000, 32000}[b[2]>>2&3]
		kilobits := []int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[b[2]>>4]
		samples := 1152
		if b[1]&0x18 != 0x18 { // MPEG-2, or 2.5
			kilobits = []int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[b[2]>>4]
			samples, rate = 576, rate/2
		}
		if b[1]&0x18 == 0 {
			rate /= 2
		}
		return samples/8*kilobits*1000/int(rate) + int(b[2]>>1&1), float64(samples) / rate
	}
	return 0, 0
}
