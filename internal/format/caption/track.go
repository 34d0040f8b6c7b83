package caption

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of one track. What goes beyond them is refused as not interpretable,
// so that a small hostile file can't grow into a large track.
const (
	maxCues      = 100_000
	maxTextBytes = 32 << 20
	// Cues shown together, and their text; each may be repeated in every segment.
	maxAtOnce      = 100
	maxBytesAtOnce = 64 << 10
)

// latest is what the times of cues are below: longer than any recording, and short
// enough for sums of a few. SMPTE-like clocks end at 100 hours, but text formats don't.
const latest = 1_000_000 * time.Hour

// linger is how long a cue stays whose source does not say, and which no other
// cue follows.
const linger = 4 * time.Second

// Track is the captions of one language.
type Track struct {
	// Language is an ISO 639-1 or 639-2 code as the client or the source wrote
	// it; "" is not known.
	Language string
	// Label is the name shown to viewers; may be "".
	Label string
	// Cues are in order of Start.
	Cues []Cue
}

// Cue is words shown for a time. A cue made by this package has at least one
// line, no line is empty, holds a line break or a control character, and
// 0 <= Start < End.
type Cue struct {
	// Start and End are counted from the begin of the file.
	Start, End time.Duration
	// Lines are plain text.
	Lines []string
}

// cleanLine is a line without what no format can hold: control characters,
// surrounding blanks, and code points outside of XML. Tabs turn into spaces.
func cleanLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\u00a0':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfeff, r == 0xfffe, r == 0xffff, r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// cleanLines splits text at line breaks and leaves out empty lines.
func cleanLines(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r", "\n"), "\n") {
		if line = cleanLine(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// tidy orders cues by their start and drops those that nobody would see.
func tidy(cues []Cue) []Cue {
	cues = slices.DeleteFunc(cues, func(c Cue) bool {
		return len(c.Lines) == 0 || c.Start < 0 || c.End <= c.Start
	})
	slices.SortStableFunc(cues, func(a, b Cue) int { return cmp.Compare(a.Start, b.Start) })
	return cues
}
