package caption

import (
	"fmt"
	"math/bits"

	"github.com/reelastic/reelastic/internal/media"
)

// line21Address is one of the four caption channels: which field of line 21,
// and which of the two channels that share it.
type line21Address struct {
	field  int  // 0 or 1
	second bool // CC2 and CC4
}

// line21Channels are the channels in the order in which tracks take them: CC1,
// CC3, CC2 and CC4, so that two languages need not share a field, whose channels
// some decoders mix.
var line21Channels = [4]line21Address{{0, false}, {1, false}, {0, true}, {1, true}}

// name is what HLS calls the channel: "CC1" to "CC4".
func (a line21Address) name() string {
	number := 1 + a.field*2
	if a.second {
		number++
	}
	return fmt.Sprintf("CC%d", number)
}

// code is a two-byte code of the channel, its first byte given for CC1.
func (a line21Address) code(b1, b2 byte) []byte {
	if a.second {
		b1 |= 0x08
	}
	return []byte{b1, b2}
}

// control is a miscellaneous control code, twice, as each is sent.
func (a line21Address) control(b2 byte) run {
	code := a.code(0x14+byte(a.field), b2)
	return run{code, code}
}

// resumeLine21 goes back to loading words of a channel after codes of another one.
func resumeLine21(channel int) run { return line21Channels[channel].control(codeRCL) }

// line21Shows turns cues into pop-on captions of a channel, at the bottom of the screen, each
// row centred. Characters outside of the sets of CEA-608 become plain ones or "?".
func line21Shows(cues []Cue, rate media.Rational, channel int) []show {
	a := line21Channels[channel]
	all := pages(cues, rate)
	shows := make([]show, len(all))
	for i, p := range all {
		v := show{channel: channel, start: p.start, end: p.end, load: a.load(p.rows), flip: a.control(codeEOC)}
		if i+1 == len(all) || all[i+1].start > p.end+len(v.flip) {
			v.erase = a.control(codeEDM)
		}
		shows[i] = v
	}
	return shows
}

// load is the pairs that put rows into the hidden memory.
func (a line21Address) load(rows []string) []run {
	w := line21Words{address: a, runs: []run{a.control(codeENM), a.control(codeRCL)}}
	for i, row := range rows {
		text := []rune(row)
		w.moveTo(line21Rows-len(rows)+i, (line21Columns-len(text))/2)
		for _, r := range text {
			w.put(r)
		}
	}
	w.align()
	return w.runs
}

// line21Words collects pairs; odd is a byte that waits for its second. A code
// stays together with its repetition, or it would be acted on twice.
type line21Words struct {
	address line21Address
	runs    []run
	odd     byte
}

// moveTo sends a preamble address code, which stands at every fourth column,
// and a tab for the columns from there.
func (w *line21Words) moveTo(row, column int) {
	for group := range byte(8) {
		first := int(preambleRows[group])
		if row != first && (row != first+1 || group == 0) {
			continue
		}
		w.code(0x10+group, 0x50|byte(row-first)<<5|byte(column/4)<<1)
		if tab := byte(column % 4); tab > 0 {
			w.code(0x17, 0x20+tab)
		}
		return
	}
}

func (w *line21Words) put(r rune) {
	b1, b2, fallback, ok := line21Code(r)
	switch {
	case !ok:
		w.byte('?')
	case b1 == 0:
		w.byte(b2)
	default:
		if fallback != 0 {
			w.byte(fallback)
		}
		w.code(b1, b2)
	}
}

func (w *line21Words) byte(b byte) {
	if w.odd == 0 {
		w.odd = b
		return
	}
	w.runs = append(w.runs, run{{w.odd, b}})
	w.odd = 0
}

// align ends a pair that has only one byte.
func (w *line21Words) align() {
	if w.odd != 0 {
		w.byte(0)
	}
}

// code sends a two-byte code twice, on a pair's boundary.
func (w *line21Words) code(b1, b2 byte) {
	w.align()
	code := w.address.code(b1, b2)
	w.runs = append(w.runs, run{code, code})
}

// withParity sets the top bit so that the number of ones is odd.
func withParity(b byte) byte {
	if bits.OnesCount8(b&0x7f)%2 == 0 {
		return b | 0x80
	}
	return b & 0x7f
}
