package caption

import (
	"fmt"
	"time"
)

// dtvccPacket collects the bytes of one DTVCC packet (CEA-708, section 5).
type dtvccPacket struct {
	data []byte
	size int // bytes that the header promises, header included
}

// add takes two bytes; isStart begins a packet, and drops one that is not
// complete. It returns the packet's service blocks when it is.
func (p *dtvccPacket) add(isStart bool, b1, b2 byte) []byte {
	if isStart {
		p.data, p.size = p.data[:0], int(b1&0x3f)*2
		if p.size == 0 {
			p.size = 128
		}
	} else if p.size == 0 {
		return nil
	}
	p.data = append(p.data, b1, b2)
	if len(p.data) < p.size {
		return nil
	}
	p.size = 0
	return p.data[1:]
}

// decoder708 decodes all services of a stream.
type decoder708 struct {
	packet   dtvccPacket
	services [64]service
}

// Decode708 is [DecodeCEA] for the DTVCC services of CEA-708 alone.
func Decode708(frames []Frame, end time.Duration) (cues []Cue, source string, err error) {
	d := &decoder708{}
	for _, p := range inOrder(frames) {
		for _, t := range p.CC {
			if t.valid() && t.kind() >= 2 {
				d.blocks(p.Time, d.packet.add(t.kind() == 3, t[1], t[2]))
			}
		}
		for i := range d.services {
			if d.services[i].full() {
				return nil, "", wrong(0, "there are too many captions in CEA-708")
			}
		}
	}
	for i := range d.services {
		s := &d.services[i]
		s.change(end, s)
		if len(s.cues) > 0 {
			return tidy(s.cues), fmt.Sprintf("SERVICE%d", i), nil
		}
	}
	return nil, "", nil
}

// blocks reads the service blocks of a packet. A block longer than what is
// left ends the packet.
func (d *decoder708) blocks(t time.Duration, data []byte) {
	for len(data) > 0 {
		number, size := int(data[0]>>5), int(data[0]&0x1f)
		data = data[1:]
		if number == 0 || size == 0 {
			return
		}
		if number == 7 {
			if len(data) == 0 {
				return
			}
			number, data = int(data[0]&0x3f), data[1:]
		}
		if size > len(data) {
			return
		}
		d.services[number].block(t, data[:size])
		data = data[size:]
	}
}

// block carries out the codes of a service block; one that is cut off at its
// end is dropped.
func (s *service) block(t time.Duration, data []byte) {
	for len(data) > 0 {
		size := codeSize(data)
		if size > len(data) {
			return
		}
		switch code := data[0]; {
		case code == 0x10: // an extension: the code of another set follows
			s.extended(t, data[1])
		case code == 0x18: // a 16-bit character
			s.put(t, rune(data[1])<<8|rune(data[2]))
		case code < 0x20:
			s.c0(t, code)
		case code == 0x7f:
			s.put(t, '♪')
		case code >= 0x80 && code < 0xa0:
			s.c1(t, code, data[1:size])
		default: // G0 is ASCII, G1 is Latin-1
			s.put(t, rune(code))
		}
		data = data[size:]
	}
}

// c1Sizes are the parameters of the codes 0x88 to 0x9f.
const c1Sizes = "\x01\x01\x01\x01\x01\x01\x00\x00\x02\x03\x02\x00\x00\x00\x00\x04\x06\x06\x06\x06\x06\x06\x06\x06"

// codeSize is the length of the first code with its parameters (CEA-708,
// section 7.1).
func codeSize(data []byte) int {
	switch code := data[0]; {
	case code == 0x10:
		return 1 + extendedSize(data[1:])
	case code < 0x10:
		return 1
	case code < 0x18:
		return 2
	case code < 0x20:
		return 3
	case code >= 0x88 && code < 0xa0:
		return 1 + int(c1Sizes[code-0x88])
	}
	return 1
}

// extendedSize is the length of a code behind 0x10: those of C2 and C3, which
// no standard has filled, say by their number how long they are.
func extendedSize(data []byte) int {
	if len(data) == 0 {
		return 1
	}
	switch code := data[0]; {
	case code < 0x20:
		return 1 + int(code>>3)
	case code >= 0x80 && code < 0x88:
		return 5
	case code >= 0x88 && code < 0x90:
		return 6
	case code >= 0x90 && code < 0xa0:
		if len(data) < 2 {
			return 2
		}
		return 2 + int(data[1]&0x3f)
	}
	return 1
}

// g2Runes are the characters of the set G2, by code.
var g2Runes = map[byte]rune{
	0x20: ' ', 0x21: ' ', 0x25: '…', 0x2a: 'Š', 0x2c: 'Œ', 0x30: '█', 0x31: '‘', 0x32: '’', 0x33: '“', 0x34: '”',
	0x35: '•', 0x39: '™', 0x3a: 'š', 0x3c: 'œ', 0x3d: '℠', 0x3f: 'Ÿ', 0x76: '⅛', 0x77: '⅜', 0x78: '⅝', 0x79: '⅞',
	0x7a: '│', 0x7b: '┐', 0x7c: '└', 0x7d: '─', 0x7e: '┘', 0x7f: '┌',
}

// extended puts a character of G2 or G3; what is not known there is shown as _,
// as the standard says.
func (s *service) extended(t time.Duration, code byte) {
	if code >= 0x20 && code < 0x80 || code >= 0xa0 {
		r, ok := g2Runes[code]
		if !ok {
			r = '_'
		}
		s.put(t, r)
	}
}

// The codes of C0 that move the pen.
const (
	c0BS  = 0x08
	c0FF  = 0x0c
	c0CR  = 0x0d
	c0HCR = 0x0e
)

func (s *service) c0(t time.Duration, code byte) {
	w := &s.windows[s.current]
	if !w.defined {
		return
	}
	switch code {
	case c0BS:
		w.backspace()
	case c0FF:
		s.edit(t, 1<<s.current, (*window).clear)
	case c0CR:
		if w.row+1 < w.rows {
			w.newLine() // nothing that is shown changes
			return
		}
		s.edit(t, 1<<s.current, (*window).newLine)
	case c0HCR:
		s.edit(t, 1<<s.current, func(w *window) { w.cells[w.row], w.column = nil, 0 })
	}
}

// The codes of C1 that matter for words: 0x80 to 0x87 choose a window, 0x98 to
// 0x9f define and choose one.
const (
	c1CLW = 0x88
	c1DSW = 0x89
	c1HDW = 0x8a
	c1TGW = 0x8b
	c1DLW = 0x8c
	c1RST = 0x8f
	c1SPL = 0x92
	c1SWA = 0x97
	c1DF0 = 0x98
)

func (s *service) c1(t time.Duration, code byte, p []byte) {
	switch {
	case code < c1CLW:
		s.current = int(code - 0x80)
	case code >= c1DF0:
		s.current = int(code - c1DF0)
		s.edit(t, 1<<s.current, func(w *window) { w.define(p) })
	case code == c1CLW:
		s.edit(t, p[0], (*window).clear)
	case code == c1DSW:
		s.edit(t, p[0], func(w *window) { w.visible = w.defined })
	case code == c1HDW:
		s.edit(t, p[0], func(w *window) { w.visible = false })
	case code == c1TGW:
		s.edit(t, p[0], func(w *window) { w.visible = w.defined && !w.visible })
	case code == c1DLW:
		s.edit(t, p[0], func(w *window) { *w = window{} })
	case code == c1RST:
		s.edit(t, 0xff, func(w *window) { *w = window{} })
	case code == c1SPL:
		w := &s.windows[s.current]
		w.row, w.column = min(int(p[0]&0x0f), max(w.rows-1, 0)), min(int(p[1]&0x3f), max(w.columns-1, 0))
	}
}
