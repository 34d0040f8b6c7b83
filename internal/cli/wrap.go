package cli

import (
	"os"
	"strings"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8/cwriter"
)

// columnsOf is how many columns a terminal has; 0 for what is none.
func columnsOf(s streams) int {
	file, ok := rawOf(s.out).(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := cwriter.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// wrapped is a text whose lines are broken between words to fit so many columns, the further
// ones below the beginning of the text, which stands indent columns from the edge. Nothing is
// broken for 0 columns, or where there is hardly room.
func wrapped(text string, indent, columns int) string {
	const least = 20
	room := columns - indent
	if room < least {
		return text
	}
	var b strings.Builder
	used := 0
	for i, word := range strings.Split(text, " ") {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+width > room:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += width
	}
	return b.String()
}
