package mpegts

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// pesAt is the begin of a packet of an elementary stream that is shown at one time and
// decoded at another, in ticks of 90 kHz.
func pesAt(id byte, pts, dts int64) []byte {
	stamp := func(mark byte, t int64) []byte {
		return []byte{mark<<4 | byte(t>>29)&0x0e | 1, byte(t >> 22), byte(t>>14) | 1, byte(t >> 7), byte(t<<1) | 1}
	}
	b := []byte{0, 0, 1, id, 0, 0, 0x80, 0xc0, 10}
	b = append(append(b, stamp(3, pts)...), stamp(1, dts)...)
	return append(b, "content \x00\x00\x01\xe0 of a frame"...)
}

// packetOf is a packet of a stream with a payload, stuffed to its length.
func packetOf(pid uint16, start bool, payload []byte) []byte {
	b := make([]byte, PacketBytes-len(payload))
	b[0], b[1], b[2], b[3] = syncByte, byte(pid>>8), byte(pid), 0x30
	if start {
		b[1] |= 0x40
	}
	b[4] = byte(len(b) - 5) // an adaptation field without flags
	return append(b, payload...)
}

// timesOf are those of the packets that begin in a transport stream, PTS and DTS in turn.
func timesOf(b []byte, size, lead int) (all []int64) {
	for at := lead; at+PacketBytes <= len(b); at += size {
		if p, ok := parse(b[at : at+PacketBytes]); ok && p.start && len(p.payload) > 19 {
			all = append(all, timestamp(p.payload[9:]), timestamp(p.payload[14:]))
		}
	}
	return all
}

// TestGoOn: times are shifted from their places on, each stream's by its own resets, in all
// sizes of packets; nothing else is touched.
func TestGoOn(t *testing.T) {
	t.Parallel()
	const last = 1<<33 - 1
	var bare []byte
	for i, id := range []uint16{256, 257, 256, 257, 300, 256} {
		bare = append(bare, packetOf(id, true, pesAt(0xe0, int64(900*i)+last-1000, int64(900*i)))...)
		bare = append(bare, bytes.Repeat(packetOf(id, false, []byte("more")), 1200)...) // more than is read at once
	}
	places := func(size int, n int64) int64 { return n * 1201 * int64(size) }
	for _, size := range packetSizes {
		lead := map[int]int{188: 0, 192: 4, 204: 0}[size]
		var file []byte
		for packet := range slices.Chunk(bare, PacketBytes) {
			file = append(append(append(file, make([]byte, lead)...), packet...),
				make([]byte, size-lead-PacketBytes)...)
		}
		resets := []media.Reset{
			{ID: 0, Pos: places(size, 2), Shift: time.Second},
			{ID: 256, Pos: places(size, 2), Shift: -10 * time.Millisecond},
			{ID: 256, Pos: places(size, 5), Shift: 20 * time.Millisecond},
			{ID: 257, Pos: places(size, 3), Shift: 30 * time.Millisecond, Lift: 10 * time.Millisecond},
		}
		var out bytes.Buffer
		if err := GoOn(&out, bytes.NewReader(file), resets); err != nil {
			t.Fatal(err)
		}
		want := timesOf(file, size, lead)
		for i, by := range []int64{0, 0, 0, 0, -900, -900, 2700, 3600, 90000, 90000, 1800, 1800} {
			want[i] = (want[i] + by) & last
		}
		if got := timesOf(out.Bytes(), size, lead); !slices.Equal(got, want) {
			t.Errorf("packets of %d bytes: times %d, want %d", size, got, want)
		}
		if n := differing(out.Bytes(), file); out.Len() != len(file) || n > 4*10 {
			t.Errorf("packets of %d bytes: %d of %d bytes are others", size, n, len(file))
		}
	}
}

func differing(a, b []byte) (n int) {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// TestGoOnProgram: packets of a program stream, MPEG-2's and MPEG-1's.
func TestGoOnProgram(t *testing.T) {
	t.Parallel()
	pack := []byte{0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xf8}
	sized := func(b []byte) []byte {
		b = slices.Clone(b)
		b[4], b[5] = byte((len(b)-6)>>8), byte(len(b)-6)
		return b
	}
	old := slices.Concat([]byte{0, 0, 1, 0xc0, 0, 0, 0xff, 0xff, 0x60, 0x20}, pesAt(0, 9000, 0)[9:14], []byte("audio"))
	old[10] = old[10]&0x0f | 0x20 // only a time to be heard at
	first := slices.Concat(pack, sized(pesAt(0xe0, 9000, 4500)), sized(old))
	file := slices.Concat(first, first, []byte{0, 0, 1, 0xb9})
	var out bytes.Buffer
	if err := GoOn(&out, bytes.NewReader(file),
		[]media.Reset{{Pos: int64(len(first)), Shift: time.Second}}); err != nil {
		t.Fatal(err)
	}
	later := slices.Clone(old)
	copy(later[10:], pesAt(0, 99000, 0)[9:14])
	later[10] = later[10]&0x0f | 0x20
	want := slices.Concat(first, pack, sized(pesAt(0xe0, 99000, 94500)), sized(later), []byte{0, 0, 1, 0xb9})
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("got  %x\nwant %x", out.Bytes()[len(first):], want[len(first):])
	}
}

// FuzzGoOn: any file is copied to its end.
func FuzzGoOn(f *testing.F) {
	f.Add(bytes.Repeat(packetOf(256, true, pesAt(0xe0, 1, 0)), 7))
	f.Add(slices.Concat([]byte{0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xf8}, pesAt(0xe0, 1, 0)))
	f.Add([]byte{0, 0, 1, 0xe0, 0, 5, 0xff, 0xff, 0x40})
	f.Fuzz(func(t *testing.T, file []byte) {
		var out bytes.Buffer
		err := GoOn(&out, bytes.NewReader(file), []media.Reset{{Pos: 1, Shift: time.Hour},
			{ID: 256, Shift: -time.Hour}})
		if err != nil || out.Len() != len(file) {
			t.Errorf("%d bytes of %d, %v", out.Len(), len(file), err)
		}
	})
}
