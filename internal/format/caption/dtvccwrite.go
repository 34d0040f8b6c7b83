package caption

import (
	"unicode/utf8"

	"github.com/reelastic/reelastic/internal/media"
)

// maxBlock is the most that one service block holds.
const maxBlock = 31

// serviceShows turns cues into pop-up captions of a DTVCC service, numbered
// from 1. Two windows take turns: one is filled, hidden, while the other shows.
func serviceShows(cues []Cue, rate media.Rational, number int) []show {
	all := pages(cues, rate)
	shows := make([]show, len(all))
	for i, p := range all {
		this := byte(1) << (i % 2)
		v := show{channel: number, start: p.start, end: p.end,
			load: windowLoad(p.rows, i%2),
			flip: run{{c1HDW, ^this, c1DSW, this}}}
		if i+1 == len(all) || all[i+1].start > p.end+len(v.flip) {
			v.erase = run{{c1HDW, 0xff}}
		}
		shows[i] = v
	}
	return shows
}

// windowLoad is the service blocks that define a window, hidden, and fill it.
func windowLoad(rows []string, number int) []run {
	columns := 1
	for _, row := range rows {
		columns = max(columns, utf8.RuneCountInString(row))
	}
	b := blocks{}
	b.add(c1DLW, 1<<number)
	b.add(append([]byte{c1DF0 + byte(number)}, windowPlace(len(rows), columns)...)...)
	for i, row := range rows {
		b.add(c1SPL, byte(i), 0)
		for _, r := range row {
			b.add(dtvccCode(r)...)
		}
	}
	b.add(0x03) // ETX: the words are complete
	return b.all
}

// windowPlace is the six parameters of DefineWindow: hidden, rows and columns
// locked, anchored by the middle of its lower edge at 95 % of the height and
// half of the width, in the predefined styles of a centred pop-up (window 3,
// pen 1).
func windowPlace(rows, columns int) []byte {
	const (
		locked      = 0x18
		relative    = 0x80
		lowerCentre = 7 << 4
		styles      = 3<<3 | 1
	)
	return []byte{locked, relative | 95, 50, lowerCentre | byte(rows-1), byte(columns - 1), styles}
}

// blocks packs codes into service blocks and cuts none in two.
type blocks struct{ all []run }

func (b *blocks) add(code ...byte) {
	last := len(b.all) - 1
	if last < 0 || len(b.all[last][0])+len(code) > maxBlock {
		b.all = append(b.all, run{nil})
		last++
	}
	b.all[last][0] = append(b.all[last][0], code...)
}

// dtvccCode is a character in the sets G0, G1 and G2, or as 16 bits; beyond
// those, "?".
func dtvccCode(r rune) []byte {
	switch {
	case r == '♪':
		return []byte{0x7f}
	case r >= 0x20 && r < 0x7f, r >= 0xa0 && r <= 0xff:
		return []byte{byte(r)}
	}
	for code, g2 := range g2Runes {
		if g2 == r {
			return []byte{0x10, code}
		}
	}
	if r > 0xffff {
		return []byte{'?'}
	}
	return []byte{0x18, byte(r >> 8), byte(r)}
}

// dtvccWrap puts a service block into a packet, whose sequence number is set
// when it is sent.
func dtvccWrap(number int, block []byte) []byte {
	packet := append([]byte{0, byte(number)<<5 | byte(len(block))}, block...)
	if len(packet)%2 != 0 {
		packet = append(packet, 0) // a null block header
	}
	packet[0] = byte(len(packet) / 2)
	return packet
}

// appendPacket adds a packet with the low two bits of a sequence number.
func appendPacket(cc []Triplet, sequence int, packet []byte) []Triplet {
	cc = append(cc, Triplet{0xff, packet[0] | byte(sequence&3)<<6, packet[1]})
	for i := 2; i < len(packet); i += 2 {
		cc = append(cc, Triplet{0xfe, packet[i], packet[i+1]})
	}
	return cc
}
