package caption

import "time"

// Limits of a DTVCC window (CEA-708, section 8.4.7): 16 rows of 64 columns
// hold every window that can be defined.
const (
	windowRows    = 16
	windowColumns = 64
)

// window is one of the eight windows of a DTVCC service.
type window struct {
	defined, visible bool
	anchor           int // place from the top, in percent or 75ths
	rows, columns    int
	row, column      int // of the pen
	cells            [windowRows][]rune
	inked            bool // words have been written since it was cleared
}

func (w *window) lines() []string {
	var lines []string
	for row := range w.rows {
		if line := rowText(w.cells[row]); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (w *window) clear() {
	w.cells, w.inked, w.row, w.column = [windowRows][]rune{}, false, 0, 0
}

// define sets place and size; what the window holds stays, as far as it fits.
func (w *window) define(p []byte) {
	if !w.defined {
		*w = window{}
	}
	w.defined, w.visible = true, p[0]&0x20 != 0
	w.anchor = int(p[1] & 0x7f)
	w.rows, w.columns = int(p[3]&0x0f)+1, int(p[4]&0x3f)+1
	w.row, w.column = min(w.row, w.rows-1), min(w.column, w.columns-1)
}

// put writes a character and moves the pen; at the end of a row it stays.
func (w *window) put(r rune) {
	cells := w.cells[w.row]
	for len(cells) <= w.column {
		cells = append(cells, 0)
	}
	cells[w.column] = r
	w.inked = w.inked || r != ' ' && r != '\u00a0'
	w.cells[w.row] = cells
	w.column = min(w.column+1, w.columns-1)
}

func (w *window) backspace() {
	w.column = max(w.column-1, 0)
	if cells := w.cells[w.row]; w.column < len(cells) {
		cells[w.column] = 0
	}
}

// newLine moves the pen to the next row; from the last one, rows roll up.
func (w *window) newLine() {
	w.column = 0
	if w.row+1 < w.rows {
		w.row++
		return
	}
	copy(w.cells[:w.rows-1], w.cells[1:w.rows])
	w.cells[w.rows-1] = nil
}

// service decodes one DTVCC service.
type service struct {
	recorder
	windows [8]window
	current int
}

// lines are those of all visible windows, from the top of the screen.
func (s *service) lines() []string {
	var order []*window
	for i := range s.windows {
		if w := &s.windows[i]; w.visible {
			at := len(order)
			for at > 0 && order[at-1].anchor > w.anchor {
				at--
			}
			order = append(order[:at], append([]*window{w}, order[at:]...)...)
		}
	}
	var lines []string
	for _, w := range order {
		lines = append(lines, w.lines()...)
	}
	return lines
}

// edit changes windows, of which the bits of which say the numbers. Where they
// show something before or after, a cue ends, and begins with what is left.
func (s *service) edit(t time.Duration, which byte, edit func(*window)) {
	seen := s.shows(which)
	if seen {
		s.change(t, s)
	}
	for i := range s.windows {
		if which>>i&1 != 0 {
			edit(&s.windows[i])
		}
	}
	if !seen && s.open && s.shows(which) {
		s.change(t, &service{windows: s.hidden(which)})
	}
	if s.shows(0xff) {
		s.shown(t)
	}
}

// hidden is the windows without those of which.
func (s *service) hidden(which byte) [8]window {
	windows := s.windows
	for i := range windows {
		if which>>i&1 != 0 {
			windows[i].visible = false
		}
	}
	return windows
}

// shows reports whether any of the windows is visible and has words.
func (s *service) shows(which byte) bool {
	for i := range s.windows {
		if w := &s.windows[i]; which>>i&1 != 0 && w.visible && w.inked {
			return true
		}
	}
	return false
}

// put writes a character into the current window, if it is defined.
func (s *service) put(t time.Duration, r rune) {
	w := &s.windows[s.current]
	if !w.defined {
		return
	}
	w.put(r)
	if w.visible && r != ' ' && r != '\u00a0' {
		s.shown(t)
	}
}
