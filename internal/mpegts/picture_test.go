package mpegts

import (
	"bytes"
	"errors"
	"testing"
)

// ts is a stream in the making.
type ts struct{ bytes.Buffer }

// packet adds a packet with a payload, stuffed to its length.
func (s *ts) packet(pid uint16, start, random bool, payload []byte) {
	b := make([]byte, PacketBytes)
	b[0], b[1], b[2], b[3] = syncByte, byte(pid>>8), byte(pid), 0x10
	if start {
		b[1] |= 0x40
	}
	at := PacketBytes - len(payload)
	if at > 4 {
		b[3] |= 0x20
		b[4] = byte(at - 5)
		for i := 5; i < at; i++ {
			b[i] = 0xff
		}
		if at > 5 {
			b[5] = 0
			if random {
				b[5] = 0x40
			}
		}
	}
	copy(b[at:], payload)
	s.Write(b)
}

// section is a table in a packet of its own.
func (s *ts) section(pid uint16, table byte, body ...byte) {
	length := len(body) + 4
	b := append([]byte{0, table, 0xb0 | byte(length>>8), byte(length)}, body...)
	s.packet(pid, true, false, append(append(b, 0, 0, 0, 0), bytes.Repeat([]byte{0xff}, 184-len(b)-4)...))
}

func (s *ts) tables() {
	s.section(17, 0x42, 0, 1, 0xc1, 0, 0, 0xff, 1, 0xff)
	s.section(patPID, 0, 0, 1, 0xc1, 0, 0, 0, 0, 0xe0, 0x10, 0, 1, 0xf0, 0)                                      // network at 16, programme at 4096
	s.section(4096, 2, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 2, 9, 9, 0x0f, 0xe1, 1, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0) // sound at 257, video at 256
}

// pes is the first packet of a picture or a piece of sound.
func (s *ts) pes(pid uint16, random bool, pts int64) {
	s.packet(pid, true, random, []byte{0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21 | byte(pts>>29)&0x0e, byte(pts >> 22), byte(pts>>14) | 1, byte(pts >> 7), byte(pts<<1) | 1, 0xaa})
}

func stream() *ts {
	s := new(ts)
	s.tables()
	s.pes(257, true, 7)
	s.pes(256, true, 0x1_2345_6789)
	s.packet(256, false, false, bytes.Repeat([]byte{1}, 184))
	s.packet(257, false, false, bytes.Repeat([]byte{2}, 100))
	s.packet(256, false, false, bytes.Repeat([]byte{1}, 20))
	s.packet(257, false, false, bytes.Repeat([]byte{2}, 100))
	return s
}

func TestFirstPicture(t *testing.T) {
	t.Parallel()
	// Its packets from the association table on: 1 to 7 of 0 to 8.
	want := Picture{Offset: PacketBytes, SizeBytes: 7 * PacketBytes, PTS: 0x1_2345_6789}
	s := stream()
	if got, err := FirstPicture(bytes.NewReader(s.Bytes())); err != nil || got != want {
		t.Errorf("the only picture: %+v, %v, want %+v", got, err, want)
	}
	s.pes(256, false, 12)
	s.packet(256, false, false, bytes.Repeat([]byte{1}, 184))
	if got, err := FirstPicture(bytes.NewReader(s.Bytes())); err != nil || got != want {
		t.Errorf("before another one: %+v, %v, want %+v", got, err, want)
	}
}

func TestNoPicture(t *testing.T) {
	t.Parallel()
	whole := stream().Bytes()
	late := new(ts)
	late.tables()
	for range searchedPackets {
		late.pes(257, true, 1)
	}
	late.pes(256, true, 1)
	ordinary := new(ts)
	ordinary.tables()
	ordinary.pes(256, false, 1)
	bad := bytes.Clone(whole)
	bad[3*PacketBytes] = 0x48
	for name, b := range map[string][]byte{"nothing": nil, "half a packet": whole[:PacketBytes/2], "cut off": whole[:len(whole)-1], "no tables": whole[3*PacketBytes:],
		"only tables": whole[:3*PacketBytes], "too late": late.Bytes(), "no key frame": ordinary.Bytes(), "no first byte": bad} {
		if got, err := FirstPicture(bytes.NewReader(b)); !errors.Is(err, ErrNoPicture) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	broken := errors.New("broken")
	if _, err := FirstPicture(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("a reader's error became %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzFirstPicture(f *testing.F) {
	f.Add(stream().Bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := FirstPicture(bytes.NewReader(b))
		if err != nil {
			return
		}
		if p.Offset < 0 || p.SizeBytes < PacketBytes || p.Offset+p.SizeBytes > int64(len(b)) || p.Offset%PacketBytes != 0 || p.SizeBytes%PacketBytes != 0 {
			t.Fatalf("%+v of %d bytes", p, len(b))
		}
		if again, err := FirstPicture(bytes.NewReader(b[p.Offset:][:p.SizeBytes])); err != nil || again.SizeBytes != p.SizeBytes || again.PTS != p.PTS {
			t.Fatalf("the picture by itself: %+v, %v, before %+v", again, err, p)
		}
	})
}
