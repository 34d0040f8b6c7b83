package caption

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"time"
)

// srtTiming is a line that begins a cue: with an arrow, and a time on one side at least,
// so that an arrow in the text is text, and a mistyped time a mistake.
var srtTiming = regexp.MustCompile(`\d:\d.*-->|-->.*\d:\d`)

// readSRT reads SubRip text. A line with times begins a cue, a number alone
// in the line before belongs to it; numbers are not checked, because editors
// leave gaps. Text may hold blank lines; strip takes the formatting from it.
func readSRT(text string, strip func(string) string) ([]Cue, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
	for i, line := range lines {
		if srtTiming.MatchString(line) {
			break
		}
		if i > 0 && strings.TrimSpace(line) != "" && strings.TrimSpace(lines[i-1]) != "" {
			return nil, wrong(i+1, "%s stands where a time such as 00:00:01,000 --> 00:00:02,000 is expected",
				quote(line))
		}
	}
	cues, err := readTimed(lines, strip)
	if err == nil && len(cues) == 0 {
		err = wrong(1, "%s does not begin any known caption format", quote(strings.TrimSpace(lines[0])))
	}
	if err != nil {
		return nil, err
	}
	return cues, nil
}

// readTimed reads cues: each line with times begins one, what follows is its text, from
// which strip takes the formatting.
func readTimed(lines []string, strip func(string) string) ([]Cue, error) {
	var cues []Cue
	body := 0 // first line of the current cue's text
	finish := func(end int) {
		if len(cues) > 0 {
			cues[len(cues)-1].Lines = cleanLines(strip(strings.Join(lines[body:end], "\n")))
		}
	}
	for i, line := range lines {
		if !srtTiming.MatchString(line) {
			continue
		}
		start, end, err := parseTiming(line, i+1)
		if err != nil {
			return nil, err
		}
		finish(beforeNumber(lines, body, i))
		cues, body = append(cues, Cue{Start: start, End: end}), i+1
	}
	finish(len(lines))
	return cues, nil
}

// beforeNumber is the end of a cue's text that a timing line at i follows.
func beforeNumber(lines []string, body, i int) int {
	if i > body && strings.Trim(strings.TrimSpace(lines[i-1]), "0123456789") == "" {
		return i - 1
	}
	return i
}

// srtTags are the tags and the ASS overrides that players honour. Any other
// angle bracket is text.
var srtTags = regexp.MustCompile(`(?i)</?(b|i|u|s|bold|italic|underline|font|c|v|ruby|rt|span)([ .][^<>\n]*)?>|\{\\[^{}\n]*\}`)

// stripSRT is text without tags. References to characters, which have no place in the
// format, are read as by the players that many files are written for (VLC, MPC-HC), if
// they end in a semicolon: "Q&amp;A" is "Q&A", as is "Q&A".
func stripSRT(text string) string {
	return references.ReplaceAllStringFunc(srtTags.ReplaceAllLiteralString(text, ""), dereference)
}

// references are what may be a reference of HTML to a character.
var references = regexp.MustCompile(`&(#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)

// dereference is the character of a reference, or the text itself when it is none.
func dereference(reference string) string {
	plain := html.UnescapeString(reference)
	if len(plain) > 1 && strings.HasSuffix(plain, ";") { // "&notit;" begins like "&not;"
		return reference
	}
	return plain
}

// escapeSRT writes what a reader would take for a tag, a reference or a time as
// references. All other text stands as it is, for players that know none.
func escapeSRT(line string) string {
	line = references.ReplaceAllStringFunc(line, func(reference string) string {
		if dereference(reference) == reference {
			return reference
		}
		return "&amp;" + reference[1:]
	})
	for srtTags.MatchString(line) { // one may stand in another
		line = srtTags.ReplaceAllStringFunc(line, func(tag string) string {
			if tag[0] == '<' {
				return "&lt;" + tag[1:]
			}
			return "&#123;" + tag[1:]
		})
	}
	if srtTiming.MatchString(line) {
		line = strings.ReplaceAll(line, "-->", "--&gt;")
	}
	return line
}

// writeSRT writes SubRip text with times in milliseconds; escape makes text of lines
// that would be read as something else.
func writeSRT(cues []Cue, escape func(string) string) []byte {
	var b bytes.Buffer
	for i, c := range cues {
		fmt.Fprintf(&b, "%d\n%s --> %s\n", i+1, formatClock(c.Start, ","), formatClock(c.End, ","))
		for _, line := range c.Lines {
			b.WriteString(escape(line) + "\n")
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// atLeastMillisecond keeps a cue shown that rounding would make empty.
func atLeastMillisecond(cues []Cue) []Cue {
	out := make([]Cue, len(cues))
	for i, c := range cues {
		c.Start, c.End = c.Start.Round(time.Millisecond), c.End.Round(time.Millisecond)
		c.End = max(c.End, c.Start+time.Millisecond)
		out[i] = c
	}
	return out
}
