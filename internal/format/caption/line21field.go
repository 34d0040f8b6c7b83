package caption

import "time"

// line21Field decodes the byte pairs of one field of line 21: two caption
// channels, and in the second field program information, which is skipped.
type line21Field struct {
	channels  [2]line21Channel
	current   int     // index into channels
	last      [2]byte // a control code, which is sent twice and acted on once
	inProgram bool    // program information (XDS) is being sent
}

// pair takes two bytes without their parity bits.
func (f *line21Field) pair(t time.Duration, b1, b2 byte) {
	switch {
	case b1 == 0 && b2 == 0: // padding, which may part a code from its repetition
	case b1 >= 0x10 && b1 < 0x20:
		f.inProgram = false
		if f.last == [2]byte{b1, b2} {
			f.last = [2]byte{}
			return
		}
		f.last = [2]byte{b1, b2}
		f.code(t, b1, b2)
	case b1 > 0 && b1 < 0x10:
		f.inProgram, f.last = b1 != 0x0f, [2]byte{}
	default:
		f.last = [2]byte{}
		if !f.inProgram {
			f.character(t, b1)
			f.character(t, b2)
		}
	}
}

func (f *line21Field) character(t time.Duration, b byte) {
	if b >= 0x20 {
		f.channels[f.current].put(t, basicRune(b))
	}
}

// code acts on a two-byte code (CEA-608, section 6.4).
func (f *line21Field) code(t time.Duration, b1, b2 byte) {
	f.current = int(b1 >> 3 & 1)
	c := &f.channels[f.current]
	switch group := b1 & 0x17; {
	case b2 >= 0x40:
		if row := preambleRow(group, b2); row >= 0 {
			c.preamble(row, preambleColumn(b2))
		}
	case group == 0x11 && b2 >= 0x30:
		c.put(t, []rune(specialRunes)[b2-0x30])
	case group == 0x12 && b2 >= 0x20:
		c.replace(t, []rune(spanishRunes)[b2-0x20])
	case group == 0x13 && b2 >= 0x20:
		c.replace(t, []rune(germanRunes)[b2-0x20])
	case group == 0x11 && b2 >= 0x20: // a mid-row code takes up a cell
		c.put(t, ' ')
	case (group == 0x14 || group == 0x15) && b2 >= 0x20 && b2 <= 0x2f:
		c.control(t, b2)
	case group == 0x17 && b2 >= 0x21 && b2 <= 0x23: // tab offset
		c.column = min(c.column+int(b2-0x20), line21Cells-1)
	}
}

// preambleRows are the rows, from 0, of the first bytes 0x10 to 0x17; each
// has the next row too when its second byte has bit 0x20.
const preambleRows = "\x0a\x00\x02\x0b\x0d\x04\x06\x08"

// preambleRow is the row of a preamble address code; -1 when it is none.
func preambleRow(group, b2 byte) int {
	row := int(preambleRows[group&7])
	if b2&0x20 == 0 {
		return row
	}
	if group == 0x10 {
		return -1
	}
	return row + 1
}

func preambleColumn(b2 byte) int {
	if b2&0x10 == 0 {
		return 0
	}
	return int(b2>>1&7) * 4
}

// firstCues are the cues of the first channel that has any, and which it is.
func (f *line21Field) firstCues(end time.Duration) ([]Cue, int) {
	for i := range f.channels {
		f.channels[i].finish(end)
		if len(f.channels[i].cues) > 0 {
			return f.channels[i].cues, i
		}
	}
	return nil, 0
}

// full reports whether a channel has outgrown the limits.
func (f *line21Field) full() bool { return f.channels[0].full() || f.channels[1].full() }
