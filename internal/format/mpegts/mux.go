package mpegts

import (
	"bufio"
	"errors"
	"io"
)

const (
	// delay is how much earlier than it is needed everything arrives, in ticks: as long
	// as the clock may stand, so that the last byte of a frame is there in time.
	delay = Clock / 10
	// clockGap is the longest distance of two values of the clock (2.7.2), in ticks.
	clockGap = Clock / 10
)

// muxer writes transport packets of the program whose tables it has.
type muxer struct {
	w        *bufio.Writer
	file     io.Closer // what w writes to; nil before the first
	tables   *tables
	written  int64             // bytes
	counters [1 << 13]byte     // the next continuity counter by packets
	packet   [PacketBytes]byte // the one that is being made
	content  []byte            // of the packet of an elementary stream
	clock    int64             // the last value that was written, in ticks
	started  bool              // there is one
}

func newMuxer(t *tables) *muxer {
	return &muxer{w: bufio.NewWriterSize(io.Discard, 512*PacketBytes), tables: t}
}

// end finishes the file that is written to.
func (m *muxer) end() error {
	if m.file == nil {
		return nil
	}
	err := errors.Join(m.w.Flush(), m.file.Close())
	m.file = nil
	return err
}

// begin goes on in another file.
func (m *muxer) begin(file io.WriteCloser) {
	m.file = file
	m.w.Reset(file)
}

// putDescription writes the description of the service, if there is one. With it before
// the tables, a segment does not begin with a keyframe's range: players decrypt such a
// range by the block before it.
func (m *muxer) putDescription() error {
	if m.tables.description == nil {
		return nil
	}
	return m.putTable(sdtPID, m.tables.description)
}

// putTables writes the program association and map tables.
func (m *muxer) putTables() error {
	if err := m.putTable(patPID, m.tables.association); err != nil {
		return err
	}
	return m.putTable(pid(m.tables.program[1:]), m.tables.program)
}

func (m *muxer) putTable(pid uint16, packet []byte) error {
	m.packet = [PacketBytes]byte(packet)
	m.packet[3] = m.packet[3]&0xf0 | m.count(pid)
	return m.put()
}

// put writes the packet.
func (m *muxer) put() error {
	m.written += PacketBytes
	_, err := m.w.Write(m.packet[:])
	return err
}

func (m *muxer) count(pid uint16) byte {
	n := m.counters[pid]
	m.counters[pid] = (n + 1) & 15
	return n
}

// await writes what brings the clock up to a time with no more than the longest gap.
func (m *muxer) await(at int64) error {
	const most = 3600 * 10 // an hour of nothing is no stream of ours
	for n := 0; m.started && at-m.clock > clockGap && n < most; n++ {
		m.clock += clockGap
		m.packet = [PacketBytes]byte{syncByte, byte(m.tables.pcr >> 8), byte(m.tables.pcr),
			0x20 | (m.counters[m.tables.pcr]-1)&15, PacketBytes - 5}
		stuff(m.packet[5:], 0x10)
		clockReference(m.packet[6:], m.clock)
		if err := m.put(); err != nil {
			return err
		}
	}
	return nil
}

// elementary is what becomes a packet of an elementary stream.
type elementary struct {
	stream
	id       byte
	pts, dts int64
	random   bool
	// needed is when it is to be there, in ticks.
	needed int64
	parts  [][]byte
}

// putElementary writes a packet of an elementary stream in transport packets, the
// first one of which says the time where the stream carries the clock.
func (m *muxer) putElementary(e elementary) error {
	if err := m.await(e.needed - delay); err != nil {
		return err
	}
	m.content = append(m.content[:0], e.header()...)
	for _, part := range e.parts {
		m.content = append(m.content, part...)
	}
	for at := 0; at < len(m.content); {
		var field []byte // adaptation, without its length
		if timed := e.pid == m.tables.pcr; at == 0 && (timed || e.random) {
			field = m.adaptation(e, timed)
		}
		n, err := m.putPayload(e.pid, at == 0, field, m.content[at:])
		if err != nil {
			return err
		}
		at += n
	}
	return nil
}

// adaptation is the content of the first packet's adaptation field.
func (m *muxer) adaptation(e elementary, timed bool) []byte {
	field := []byte{0}
	if e.random {
		field[0] |= 0x40
	}
	if timed {
		m.clock, m.started = max(e.needed-delay, m.clock), true
		field = append(field, 0, 0, 0, 0, 0, 0)
		field[0] |= 0x10
		clockReference(field[1:], m.clock)
	}
	return field
}

// putPayload writes a packet with as much of the content as it has room for.
func (m *muxer) putPayload(pid uint16, start bool, field, content []byte) (n int, err error) {
	m.packet = [PacketBytes]byte{syncByte, byte(pid >> 8), byte(pid), 0x10 | m.count(pid)}
	if start {
		m.packet[1] |= 0x40
	}
	room := PacketBytes - 4
	if field != nil {
		room -= 1 + len(field)
	}
	n = min(room, len(content))
	if n < room || field != nil {
		m.packet[3] |= 0x20
		m.packet[4] = byte(PacketBytes - 5 - n)
		stuff(m.packet[5:PacketBytes-n], 0)
		copy(m.packet[5:], field)
	}
	copy(m.packet[PacketBytes-n:], content[:n])
	return n, m.put()
}

// stuff fills an adaptation field that says no more than its flags.
func stuff(b []byte, flags byte) {
	for i := range b {
		b[i] = 0xff
	}
	if len(b) > 0 {
		b[0] = flags
	}
}

// clockReference writes a value of the clock (2.4.3.5), whose unit is a 300th of a tick.
func clockReference(b []byte, ticks int64) {
	ticks &= 1<<33 - 1
	b[0], b[1], b[2], b[3] = byte(ticks>>25), byte(ticks>>17), byte(ticks>>9), byte(ticks>>1)
	b[4], b[5] = byte(ticks<<7)|0x7e, 0
}

// header is what stands before the content (2.4.3.6). Frames may leave their length
// out, which may need more than 16 bits.
func (e elementary) header() []byte {
	times := timeField(2, e.pts)
	flags := byte(0x80)
	if e.dts != e.pts {
		times, flags = append(timeField(3, e.pts), timeField(1, e.dts)...), 0xc0
	}
	size := 0
	if !e.video() {
		size = 3 + len(times)
		for _, p := range e.parts {
			size += len(p)
		}
	}
	return append([]byte{0, 0, 1, e.id, byte(size >> 8), byte(size), 0x80, flags, byte(len(times))}, times...)
}

// timeField is a time behind its mark.
func timeField(mark byte, t int64) []byte {
	return []byte{mark<<4 | byte(t>>29)&0x0e | 1, byte(t >> 22), byte(t>>14) | 1, byte(t >> 7), byte(t<<1) | 1}
}
