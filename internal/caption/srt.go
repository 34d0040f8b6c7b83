package caption

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// readSRT reads SubRip text. A line with an arrow begins a cue, a number alone
// in the line before belongs to it; numbers are not checked, because editors
// leave gaps. Text may hold blank lines.
func readSRT(text string) ([]Cue, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
	for i, line := range lines {
		if strings.Contains(line, "-->") {
			break
		}
		if i > 0 && strings.TrimSpace(line) != "" && strings.TrimSpace(lines[i-1]) != "" {
			return nil, wrong(i+1, "%s stands where a time such as 00:00:01,000 --> 00:00:02,000 is expected", quote(line))
		}
	}
	cues, err := readTimed(lines, 1, stripSRT)
	if err == nil && len(cues) == 0 {
		err = wrong(1, "%s does not begin any known caption format", quote(strings.TrimSpace(lines[0])))
	}
	if err != nil {
		return nil, err
	}
	return cues, nil
}

// readTimed reads cues from lines, of which first is the number of the first
// one: each line with an arrow begins a cue, what follows is its text, from which
// strip takes the formatting.
func readTimed(lines []string, first int, strip func(string) string) ([]Cue, error) {
	var cues []Cue
	body := 0 // first line of the current cue's text
	finish := func(end int) {
		if len(cues) > 0 {
			cues[len(cues)-1].Lines = cleanLines(strip(strings.Join(lines[body:end], "\n")))
		}
	}
	for i, line := range lines {
		if !strings.Contains(line, "-->") {
			continue
		}
		start, end, err := parseTiming(line, first+i)
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
// angle bracket is text: SRT has no way to escape one.
var srtTags = regexp.MustCompile(`(?i)</?(b|i|u|s|font|c|v|ruby|rt|span)([ .][^<>\n]*)?>|\{\\[^{}\n]*\}`)

func stripSRT(text string) string { return srtTags.ReplaceAllLiteralString(text, "") }

// writeSRT writes SubRip text with times in milliseconds. A line that looks
// like a time is broken up by a blank.
func writeSRT(cues []Cue) []byte {
	var b bytes.Buffer
	for i, c := range cues {
		fmt.Fprintf(&b, "%d\n%s --> %s\n", i+1, formatClock(c.Start, ","), formatClock(c.End, ","))
		for _, line := range c.Lines {
			b.WriteString(strings.ReplaceAll(line, "-->", "-- >") + "\n")
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
