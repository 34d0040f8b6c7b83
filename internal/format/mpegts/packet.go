package mpegts

// PacketBytes is the length of a transport packet.
const PacketBytes = 188

const (
	patPID   = 0
	sdtPID   = 17
	syncByte = 0x47
)

// packet is a transport packet (ISO/IEC 13818-1, 2.4.3.2).
type packet struct {
	pid uint16
	// start reports that a section or a packet of the elementary stream begins in it.
	start bool
	// random reports that decoding can begin here.
	random  bool
	payload []byte // shares the packet's memory; may be empty
}

// parse reads a packet of [PacketBytes]; false when it is none.
func parse(b []byte) (p packet, ok bool) {
	if len(b) != PacketBytes || b[0] != syncByte {
		return p, false
	}
	p.pid, p.start = uint16(b[1]&0x1f)<<8|uint16(b[2]), b[1]&0x40 != 0
	at := 4
	if b[3]&0x20 != 0 { // an adaptation field
		length := int(b[4])
		if at += 1 + length; at > PacketBytes {
			return p, false
		}
		p.random = length > 0 && b[5]&0x40 != 0
	}
	if b[3]&0x10 != 0 {
		p.payload = b[at:]
	}
	return p, true
}

// stream is an elementary stream of the program.
type stream struct {
	pid uint16
	// kind is the stream_type of the program map table.
	kind byte
}

// video reports whether the type is one of MPEG-1, MPEG-2, MPEG-4, H.264 and H.265 video.
func (s stream) video() bool {
	switch s.kind {
	case 0x01, 0x02, 0x10, 0x1b, 0x24:
		return true
	}
	return false
}

// tables are what the program association and map tables say.
type tables struct {
	programs map[uint16]bool // the packets of program map tables
	pcr      uint16          // the packets that carry the clock
	streams  []stream        // of the first program
	// association and program are the packets that say so, description the one that
	// names the service (ETSI EN 300 468, 5.2.3).
	association, program, description []byte
}

// read takes a packet that may hold a table; reports whether it did.
func (t *tables) read(p packet, whole []byte) bool {
	switch {
	case p.pid == patPID:
		if t.association == nil && t.readAssociation(p) {
			t.association = append([]byte(nil), whole...)
		}
	case t.programs[p.pid]:
		if t.program == nil && t.readProgram(p) {
			t.program = append([]byte(nil), whole...)
		}
	case p.pid == sdtPID:
		if t.description == nil {
			t.description = append([]byte(nil), whole...)
		}
	default:
		return false
	}
	return true
}

// readAssociation reads a program association table (2.4.4.3).
func (t *tables) readAssociation(p packet) bool {
	body, ok := section(p, 0, 5)
	if !ok {
		return false
	}
	t.programs = map[uint16]bool{}
	for ; len(body) >= 4; body = body[4:] {
		if number := uint16(body[0])<<8 | uint16(body[1]); number != 0 {
			t.programs[pid(body[2:])] = true
		}
	}
	return len(t.programs) > 0
}

// readProgram reads a program map table (2.4.4.8).
func (t *tables) readProgram(p packet) bool {
	body, ok := section(p, 2, 5)
	if !ok || len(body) < 4 {
		return false
	}
	t.pcr = pid(body)
	for body = drop(body, 4+length(body[2:])); len(body) >= 5; body = drop(body, 5+length(body[3:])) {
		t.streams = append(t.streams, stream{pid: pid(body[1:]), kind: body[0]})
	}
	return len(t.streams) > 0
}

// stream finds the stream of a packet; -1 is none of the program's.
func (t *tables) stream(pid uint16) int {
	for i, s := range t.streams {
		if s.pid == pid {
			return i
		}
	}
	return -1
}

// section is the body of a section that is whole in a packet: after so many bytes of
// header behind its length, before its checksum.
func section(p packet, table byte, header int) ([]byte, bool) {
	if !p.start || len(p.payload) == 0 {
		return nil, false
	}
	b := drop(p.payload, 1+int(p.payload[0])) // the pointer to its start
	if len(b) < 3 || b[0] != table {
		return nil, false
	}
	n := length(b[1:])
	if b = b[3:]; n > len(b) || n < header+4 {
		return nil, false
	}
	return b[header : n-4], true
}

func pid(b []byte) uint16 { return uint16(b[0]&0x1f)<<8 | uint16(b[1]) }

// length is a length of 12 bits.
func length(b []byte) int { return int(b[0]&0x0f)<<8 | int(b[1]) }

func drop(b []byte, n int) []byte { return b[min(n, len(b)):] }
