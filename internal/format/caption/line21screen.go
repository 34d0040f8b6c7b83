package caption

import "strings"

// The caption screen of CEA-608. A decoder lets the characters of an overlong
// row overwrite its last cell; here they are kept, since authors of SCC files
// overrun rows and mean every word.
const (
	line21Rows    = 15
	line21Columns = 32
	line21Cells   = 3 * line21Columns
)

// line21Screen is one of the two memories of a caption channel; 0 is an empty cell.
type line21Screen [line21Rows][line21Cells]rune

// lines are the rows that hold words, from the top.
func (s *line21Screen) lines() []string {
	var lines []string
	for row := range s {
		if s[row] == [line21Cells]rune{} {
			continue
		}
		if line := rowText(s[row][:]); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// rowText is the text of a row of cells. Empty cells are blanks, and so are the
// codes that change colours; several blanks in a row place words, and become one.
func rowText(cells []rune) string {
	text := make([]rune, len(cells))
	for i, c := range cells {
		text[i] = c
		if c == 0 {
			text[i] = ' '
		}
	}
	return cleanLine(strings.Join(strings.Fields(string(text)), " "))
}

// blank reports whether a screen has no characters; blanks alone count as none.
func (s *line21Screen) blank() bool {
	for row := range s {
		for _, c := range s[row] {
			if c != 0 && c != ' ' && c != '\u00a0' {
				return false
			}
		}
	}
	return true
}

// scroll moves the rows of the window up by one and empties its last.
func (s *line21Screen) scroll(base, height int) {
	for row := range base {
		if row <= base-height {
			s[row] = [line21Cells]rune{}
		} else {
			s[row] = s[row+1]
		}
	}
	s[base] = [line21Cells]rune{}
}

// moveWindow puts the window with its last row at from to another place.
func (s *line21Screen) moveWindow(from, to, height int) {
	var moved line21Screen
	for i := range height {
		if from-i >= 0 && to-i >= 0 {
			moved[to-i] = s[from-i]
		}
	}
	*s = moved
}
