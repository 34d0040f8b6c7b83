package caption

import "time"

// Ways of captioning (CEA-608, section 6.3): words sent ahead and shown at
// once, a window of two to four rows that rolls up, or words painted as they come.
type line21Mode int

const (
	noCaptions line21Mode = iota // before the first mode code, and in text mode
	popOn
	rollUp
	paintOn
)

// line21Channel decodes one of the channels CC1 to CC4.
type line21Channel struct {
	recorder
	mode            line21Mode
	display, hidden line21Screen
	row, column     int
	height          int // rows of the roll-up window
}

// memory is where words go.
func (c *line21Channel) memory() *line21Screen {
	if c.mode == popOn {
		return &c.hidden
	}
	return &c.display
}

// put writes a character at the cursor, which stays in the last column.
func (c *line21Channel) put(t time.Duration, r rune) {
	if c.mode == noCaptions {
		return
	}
	c.memory()[c.row][c.column] = r
	c.column = min(c.column+1, line21Cells-1)
	if c.mode != popOn && r != ' ' && r != '\u00a0' {
		c.shown(t)
	}
}

// replace writes an extended character over the plain one sent before it.
func (c *line21Channel) replace(t time.Duration, r rune) {
	c.backspace()
	c.put(t, r)
}

func (c *line21Channel) backspace() {
	if c.mode == noCaptions {
		return
	}
	// In the last column the cursor has not moved behind the character there.
	if cells := &c.memory()[c.row]; c.column == line21Cells-1 && cells[c.column] != 0 {
		cells[c.column] = 0
		return
	}
	c.column = max(c.column-1, 0)
	c.memory()[c.row][c.column] = 0
}

// preamble is a preamble address code: a row, and an indent or column 0.
func (c *line21Channel) preamble(row, column int) {
	if c.mode == rollUp && row != c.row {
		row = max(row, c.height-1)
		c.display.moveWindow(c.row, row, c.height)
	}
	c.row, c.column = row, column
}

// The miscellaneous control codes, by their second byte.
const (
	codeRCL = 0x20 // resume caption loading: pop-on
	codeBS  = 0x21 // backspace
	codeDER = 0x24 // delete to end of row
	codeRU2 = 0x25 // roll-up, two rows; three and four follow
	codeRU4 = 0x27
	codeRDC = 0x29 // resume direct captioning: paint-on
	codeTR  = 0x2a // text restart
	codeRTD = 0x2b // resume text display
	codeEDM = 0x2c // erase displayed memory
	codeCR  = 0x2d // carriage return
	codeENM = 0x2e // erase non-displayed memory
	codeEOC = 0x2f // end of caption: flip memories
)

func (c *line21Channel) control(t time.Duration, code byte) {
	switch code {
	case codeRCL:
		c.mode = popOn
	case codeBS:
		c.backspace()
	case codeDER:
		clear(c.memory()[c.row][c.column:])
	case codeRU2, codeRU2 + 1, codeRU4:
		c.startRollUp(t, int(code-codeRU2)+2)
	case codeRDC:
		c.edit(t, func() {})
		c.mode = paintOn
	case codeTR, codeRTD:
		c.mode = noCaptions
	case codeEDM:
		c.edit(t, func() { c.display = line21Screen{} })
	case codeCR:
		if c.mode == rollUp {
			c.edit(t, func() { c.display.scroll(c.row, c.height) })
			c.column = 0
		}
	case codeENM:
		c.hidden = line21Screen{}
	case codeEOC:
		c.edit(t, func() { c.display, c.hidden = c.hidden, c.display })
		c.mode = popOn
	}
}

func (c *line21Channel) startRollUp(t time.Duration, height int) {
	if c.mode != rollUp {
		c.edit(t, func() { c.display, c.hidden = line21Screen{}, line21Screen{} })
		c.mode, c.row, c.column = rollUp, line21Rows-1, 0
	}
	c.height = height
	c.row = max(c.row, height-1)
}

// edit ends the cue, changes the screen, and begins the next cue with what is left.
func (c *line21Channel) edit(t time.Duration, change func()) {
	c.change(t, &c.display)
	change()
	if !c.display.blank() {
		c.shown(t)
	}
}

// finish ends the cue that is open at the end of the data.
func (c *line21Channel) finish(t time.Duration) { c.change(t, &c.display) }
