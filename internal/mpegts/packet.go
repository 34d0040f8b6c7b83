package mpegts

const (
	patPID   = 0
	syncByte = 0x47
)

// packet is a transport packet (ISO/IEC 13818-1, 2.4.3.2).
type packet struct {
	pid uint16
	// start tells that a section or a packet of the elementary stream begins in it.
	start bool
	// random tells that decoding can begin here.
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

// timestamp is the PTS in the header of a packet of an elementary stream; false when
// it has none (2.4.3.6).
func timestamp(b []byte) (pts int64, ok bool) {
	if len(b) < 14 || b[0] != 0 || b[1] != 0 || b[2] != 1 || b[7]&0x80 == 0 {
		return 0, false
	}
	return int64(b[9]>>1&7)<<30 | int64(b[10])<<22 | int64(b[11]>>1)<<15 | int64(b[12])<<7 | int64(b[13]>>1), true
}

// tables are what the program association and map tables say.
type tables struct {
	programs map[uint16]bool // the packets of program map tables
	video    uint16          // the first video stream; 0 is not known
}

// association reads a program association table (2.4.4.3).
func (t *tables) association(p packet) {
	body, ok := section(p, 0, 5)
	if !ok {
		return
	}
	t.programs = map[uint16]bool{}
	for ; len(body) >= 4; body = body[4:] {
		if number := uint16(body[0])<<8 | uint16(body[1]); number != 0 {
			t.programs[pid(body[2:])] = true
		}
	}
}

// program reads a program map table (2.4.4.8).
func (t *tables) program(p packet) {
	body, ok := section(p, 2, 7)
	if !ok || len(body) < 2 {
		return
	}
	for body = drop(body, 2+length(body)); len(body) >= 5; body = drop(body, 5+length(body[3:])) {
		if t.video == 0 && videoTypes[body[0]] {
			t.video = pid(body[1:])
		}
	}
}

// videoTypes are the stream types of MPEG-1, MPEG-2, MPEG-4, H.264 and H.265 video.
var videoTypes = map[byte]bool{0x01: true, 0x02: true, 0x10: true, 0x1b: true, 0x24: true}

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
