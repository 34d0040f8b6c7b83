package ffmpeg

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
)

const (
	// tailLines is how many of the last lines are kept, lineBytes how much of each.
	tailLines = 40
	lineBytes = 400
)

// tail takes what a child prints to its standard error: the last lines, and
// what each sort of message said first. It stays small whatever is written.
type tail struct {
	mu    sync.Mutex
	line  []byte // the line being written, up to lineBytes
	lines []string
	// found has the first message of each sort.
	found map[sign]string
	// errors counts the lines that ffmpeg marked as errors; last is the latest of them.
	errors int
	last   string
}

// Write takes any amount and never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	written := len(p)
	for len(p) > 0 {
		end := bytes.IndexAny(p, "\r\n")
		part := p
		if end >= 0 {
			part = p[:end]
		}
		t.line = append(t.line, part[:min(len(part), lineBytes-len(t.line))]...)
		if end < 0 {
			break
		}
		t.take()
		p = p[end+1:]
	}
	return written, nil
}

// take ends the current line.
func (t *tail) take() {
	line := clean(string(t.line))
	t.line = t.line[:0]
	if line == "" {
		return
	}
	if len(t.lines) == tailLines {
		copy(t.lines, t.lines[1:])
		t.lines = t.lines[:tailLines-1]
	}
	t.lines = append(t.lines, line)
	if s := signOf(line); s != noSign {
		if t.found == nil {
			t.found = map[sign]string{}
		}
		if _, ok := t.found[s]; !ok {
			t.found[s] = message(line)
		}
	}
	if strings.Contains(line, "[error]") || strings.Contains(line, "[fatal]") || strings.Contains(line, "[panic]") {
		t.errors++
		if said := message(line); said != "Conversion failed!" {
			t.last = said
		}
	}
}

// all returns the last lines, oldest first.
func (t *tail) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.line) > 0 {
		t.take()
	}
	return append([]string(nil), t.lines...)
}

// said returns what the first message of a sort was.
func (t *tail) said(s sign) (text string, ok bool) {
	t.all()
	t.mu.Lock()
	defer t.mu.Unlock()
	text, ok = t.found[s]
	return text, ok
}

// lastError is the last message marked as an error, else the last line, else
// "it said nothing".
func (t *tail) lastError() string {
	lines := t.all()
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.last != "":
		return t.last
	case len(lines) > 0:
		return message(lines[len(lines)-1])
	}
	return "it said nothing"
}

var (
	// pointer is where ffmpeg names an object in memory: "[mov,mp4 @ 0x55d0f]".
	pointer = regexp.MustCompile(` @ 0x[0-9a-f]+`)
	// folder is the folder part of an absolute path.
	folder = regexp.MustCompile(`(^|[\s'"=:(])/(?:[^\s'":]*/)?`)
	// mark is one of the bracketed words that a line begins with.
	mark = regexp.MustCompile(`^\[[^\]]*\] ?`)
)

// clean makes a line fit for logs and clients: no pointers, no folders of this
// machine, no control characters.
func clean(line string) string {
	line = folder.ReplaceAllString(pointer.ReplaceAllString(line, ""), "$1")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "")))
}

// message is a line without the marks at its beginning.
func message(line string) string {
	for {
		rest := mark.ReplaceAllString(line, "")
		if rest == line {
			return line
		}
		line = rest
	}
}
