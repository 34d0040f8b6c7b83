package dir

import (
	"errors"
	"strings"
	"unicode/utf8"
)

const (
	// maxKeyBytes is the S3 limit for a key in UTF-8. It also keeps the escaped
	// form below the 4096 bytes that a path may have.
	maxKeyBytes = 1024
	// maxNameBytes is what a file system takes in one name.
	maxNameBytes = 255

	escapeWhole = "%-" // one name that stands for a segment
	escapePart  = "%+" // a piece of a segment; the next name goes on
	escapeLast  = "%=" // the last piece
)

// fileName returns the relative path of the file that holds an object.
//
// An ordinary key is its own path. A segment between slashes that no folder can
// hold, or that looks like an escape, is escaped: "%-" and the segment, with "%"
// written as "%25" and NUL as "%00". What is then longer than 255 bytes is cut
// into pieces, one folder below the other, each behind "%+" but the last, which
// stands behind "%=". So the key "/output/400k" is the file "%-/output/400k".
// Different keys have different files, and [keyOf] is the inverse.
func fileName(key string) (string, error) {
	switch {
	case key == "":
		return "", errors.New("the key is empty")
	case len(key) > maxKeyBytes:
		return "", errors.New("the key is longer than 1024 bytes")
	}
	names := strings.Split(key, "/")
	for i, segment := range names {
		if needsEscape(segment) {
			names[i] = escapeSegment(segment)
		}
	}
	return strings.Join(names, "/"), nil
}

func needsEscape(segment string) bool {
	switch segment {
	case "", ".", "..":
		return true
	}
	return len(segment) > maxNameBytes || isEscape(segment) || strings.Contains(segment, "\x00")
}

func isEscape(name string) bool {
	return strings.HasPrefix(name, escapeWhole) || strings.HasPrefix(name, escapePart) ||
		strings.HasPrefix(name, escapeLast)
}

func escapeSegment(segment string) string {
	body := strings.NewReplacer("%", "%25", "\x00", "%00").Replace(segment)
	if len(escapeWhole)+len(body) <= maxNameBytes {
		return escapeWhole + body
	}
	var b strings.Builder
	for len(escapePart)+len(body) > maxNameBytes {
		n := runeCut(body, maxNameBytes-len(escapePart))
		b.WriteString(escapePart + body[:n] + "/")
		body = body[n:]
	}
	b.WriteString(escapeLast + body)
	return b.String()
}

// runeCut returns where to cut s at n bytes at the most without splitting a
// rune, for file systems that insist on UTF-8.
func runeCut(s string, n int) int {
	for i := n; i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			return i
		}
	}
	return n
}

// keyOf returns the key whose object a file holds; ok is false for a file that
// holds none, because its name is no escape that fileName makes.
func keyOf(name string) (key string, ok bool) {
	var segments []string
	var pieces strings.Builder
	open := false // between the first and the last piece of a segment
	for n := range strings.SplitSeq(name, "/") {
		switch {
		case strings.HasPrefix(n, escapePart):
			pieces.WriteString(n[len(escapePart):])
			open = true
		case strings.HasPrefix(n, escapeLast):
			pieces.WriteString(n[len(escapeLast):])
			segments = append(segments, unescapeBody(pieces.String()))
			pieces.Reset()
			open = false
		case strings.HasPrefix(n, escapeWhole):
			segments = append(segments, unescapeBody(n[len(escapeWhole):]))
		default:
			segments = append(segments, n)
		}
	}
	key = strings.Join(segments, "/")
	canonical, err := fileName(key)
	return key, !open && err == nil && canonical == name
}

func unescapeBody(body string) string {
	return strings.NewReplacer("%25", "%", "%00", "\x00").Replace(body)
}
