package caption

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// readWebVTT reads WebVTT as its standard's parser does (W3C WebVTT, section 6.1). That
// one refuses nothing but the first line: a cue without proper times is left out, as by
// every player. A file is refused when nothing else is in it.
//
// Some writers have habits of their own: a file in which no time at all is proper is
// read again with times of any number of digits behind a point or a comma.
func readWebVTT(text string) ([]Cue, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
	if rest, ok := strings.CutPrefix(lines[0], "WEBVTT"); !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return nil, wrong(1, "%s is not the first line of WebVTT: the word WEBVTT, alone or before a blank",
			quote(lines[0]))
	}
	proper := false
	r := vttReader{lines: lines, parse: func(s string) (time.Duration, bool) {
		d, ok := parseVTTClock(s)
		proper = proper || ok
		return d, ok
	}}
	r.read()
	if len(r.cues) == 0 && r.fault != nil && !proper {
		r.fault, r.parse = nil, parseClock
		r.read()
	}
	if len(r.cues) == 0 && r.fault != nil {
		return nil, r.fault
	}
	return r.cues, nil
}

// vttReader reads lines. fault is of the first cue that is left out.
type vttReader struct {
	lines []string
	parse func(string) (time.Duration, bool)
	at    int // the line to be read next
	cues  []Cue
	fault error
}

func (r *vttReader) read() {
	r.at = 1
	if r.at < len(r.lines) && r.lines[r.at] != "" {
		r.block(true)
	}
	for r.at < len(r.lines) {
		r.block(false)
	}
}

// block reads up to a blank line, or to an arrow that begins the next block. An arrow
// is expected in the first line, or after an identifier in the second; in the header,
// which says nothing of cues, nowhere. Notes, styles and regions are blocks without.
func (r *vttReader) block(header bool) {
	first, body := r.at, -1
	var cue Cue
	var err error
	for ; r.at < len(r.lines) && r.lines[r.at] != ""; r.at++ {
		if !strings.Contains(r.lines[r.at], "-->") {
			continue
		}
		if err != nil && r.at == body { // an arrow for an identifier: the cue is left out
			continue
		}
		if header || body >= 0 || r.at > first+1 {
			r.add(cue, body, r.beforeID(body), err)
			return
		}
		body = r.at + 1
		cue.Start, cue.End, err = r.timing()
	}
	r.add(cue, body, r.at, err)
	r.at++
}

// beforeID is the end of a text that the arrow in the current line follows. An
// identifier, behind what looks like a blank line, is not of it.
func (r *vttReader) beforeID(body int) int {
	if body >= 0 && r.at-2 >= body && strings.TrimSpace(r.lines[r.at-2]) == "" {
		return r.at - 2
	}
	return r.at
}

// add takes a cue whose text has the lines from body to end; there is none below 0.
func (r *vttReader) add(cue Cue, body, end int, err error) {
	switch {
	case body < 0:
	case err == nil:
		cue.Lines = cleanLines(stripWebVTT(strings.Join(r.lines[body:end], "\n")))
		r.cues = append(r.cues, cue)
	case r.fault == nil:
		r.fault = err
	}
}

// vttTiming is a line with an arrow. Settings follow the end, with or without a blank.
var vttTiming = regexp.MustCompile(`\A[ \t\f]*(.*?)[ \t\f]*-->[ \t\f]*(([0-9:.,]*)[^ \t\f]*)`)

// timing reads the current line, which has an arrow.
func (r *vttReader) timing() (start, end time.Duration, err error) {
	m := vttTiming.FindStringSubmatch(r.lines[r.at])
	start, okStart := r.parse(m[1])
	end, okEnd := r.parse(m[3])
	if !okStart {
		return 0, 0, wrong(r.at+1, "%s is not a time", quote(m[1]))
	}
	if !okEnd {
		return 0, 0, wrong(r.at+1, "%s is not a time", quote(m[2]))
	}
	return start, end, nil
}

// vttTime is a proper time: minutes and seconds, or three numbers, with milliseconds.
var vttTime = regexp.MustCompile(`\A\d+:[0-5]\d(:[0-5]\d)?\.\d{3}\z`)

// parseVTTClock reads a proper time. Of two numbers the first are minutes; where these
// are too many, browsers take both for hours and minutes.
func parseVTTClock(s string) (time.Duration, bool) {
	m := vttTime.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	if first, _, _ := strings.Cut(s, ":"); m[1] == "" {
		if minutes, ok := digits(first); !ok || minutes > 59 {
			s = strings.Replace(s, ".", ":00.", 1)
		}
	}
	return parseClock(s)
}

// vttTags are voices, classes, languages, karaoke times and the like. One that
// is never closed reaches to the end, as browsers have it.
var vttTags = regexp.MustCompile(`<[^>]*(>|\z)`)

func stripWebVTT(text string) string {
	return references.ReplaceAllStringFunc(vttTags.ReplaceAllLiteralString(text, ""), dereference)
}

// vttEscapes are the three characters that mean something in WebVTT text; an
// arrow can't appear once its head is escaped.
var vttEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// writeWebVTT writes WebVTT without settings. header is what follows the first
// line: "" or lines with their ends.
func writeWebVTT(cues []Cue, header string) []byte {
	var b bytes.Buffer
	b.WriteString("WEBVTT\n" + header + "\n")
	for _, c := range cues {
		fmt.Fprintf(&b, "%s --> %s\n", formatClock(c.Start, "."), formatClock(c.End, "."))
		for _, line := range c.Lines {
			b.WriteString(vttEscapes.Replace(line) + "\n")
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
