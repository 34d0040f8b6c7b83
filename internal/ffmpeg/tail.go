package ffmpeg

import (
	"bytes"
	"regexp"
	"slices"
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
	mu   sync.Mutex
	line []byte // the line being written, up to lineBytes
	// lines are the last ones, as written; the oldest is at next once it is full.
	lines []string
	next  int
	// found has the first line of each sort and counts how many there were, failed the latest
	// that ffmpeg marked as an error.
	found  map[sign]string
	counts map[sign]int64
	failed string
	faults int64 // how many errors there were, but for those that ended the run
	// on are called when the first message of a sort comes; they must not use the tail.
	on map[sign]func()
}

// Write takes any amount and never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	written := len(p)
	for len(p) > 0 {
		part, end := p, bytes.IndexAny(p, "\r\n")
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
	if len(t.line) == 0 {
		return
	}
	line := string(t.line)
	t.line = t.line[:0]
	if len(t.lines) < tailLines {
		t.lines = append(t.lines, line)
	} else {
		t.lines[t.next] = line
		t.next = (t.next + 1) % tailLines
	}
	if s := signOf(line); s != noSign {
		if t.found == nil {
			t.found, t.counts = map[sign]string{}, map[sign]int64{}
		}
		if t.counts[s]++; t.counts[s] == 1 {
			t.found[s] = line
			if call := t.on[s]; call != nil {
				call()
			}
		}
	}
	if isError(line) && !echoes(line) {
		t.failed = line
	}
}

// echoes reports whether a message only says that something said before was the end.
func echoes(line string) bool {
	return slices.ContainsFunc(echoTexts, func(text string) bool { return strings.Contains(line, text) })
}

var echoTexts = []string{"Conversion failed!", "Task finished with error code", "Terminating thread with return code",
	"Nothing was written into output file", "Error opening input file", "Error opening output file",
	"Error binding filtergraph"}

func isError(line string) bool {
	return strings.Contains(line, "[error]") || strings.Contains(line, "[fatal]") || strings.Contains(line, "[panic]")
}

// all returns the last lines, oldest first, fit for logs.
func (t *tail) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take()
	lines := make([]string, 0, len(t.lines))
	for i := range t.lines {
		lines = append(lines, clean(t.lines[(t.next+i)%len(t.lines)]))
	}
	return lines
}

// said returns the first message of a sort.
func (t *tail) said(s sign) (text string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take()
	line, ok := t.found[s]
	return message(line), ok
}

// faulty reports whether anything was said against the input.
func (t *tail) faulty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take()
	return t.faults > 0
}

// count is how many messages of a sort there were.
func (t *tail) count(s sign) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take()
	return t.counts[s]
}

// lastError is the last message marked as an error, else the last line, else
// "it said nothing".
func (t *tail) lastError() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take()
	switch {
	case t.failed != "":
		return message(t.failed)
	case len(t.lines) > 0:
		return message(t.lines[(t.next+len(t.lines)-1)%len(t.lines)])
	}
	return "it said nothing"
}

var (
	// pointer is where ffmpeg names an object in memory: "[mov,mp4 @ 0x55d0f]".
	pointer = regexp.MustCompile(` @ 0x[0-9a-f]+`)
	// folder is the folder part of an absolute path.
	stepFolder = regexp.MustCompile(`(^|[\s'"=:(])/(?:[^\s'":]*/)?`)
	// mark is one of the bracketed words that a line begins with.
	mark = regexp.MustCompile(`^\[[^\]]*\] ?`)
)

// clean makes a line fit for logs and clients: no pointers, no folders of this
// machine, no control characters.
func clean(line string) string {
	line = stepFolder.ReplaceAllString(pointer.ReplaceAllString(line, ""), "$1")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "")))
}

// message is what a line says, fit for clients: without the marks, the name of our
// file and what newer versions say in its place at its beginning.
func message(line string) string {
	line = clean(line)
	for {
		rest := mark.ReplaceAllString(line, "")
		if rest == line {
			break
		}
		line = rest
	}
	line = strings.TrimPrefix(line, openingInput)
	if file, rest, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(file, "file:") {
		return rest
	}
	return line
}
