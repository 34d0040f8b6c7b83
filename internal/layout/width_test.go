package layout

import (
	"bytes"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// widest is the most columns of a line of Go code; a tab is tabWidth of them.
const (
	widest   = 120
	tabWidth = 4
)

// TestLinesAreShort finds lines of Go code, of both modules, that are too wide to read.
func TestLinesAreShort(t *testing.T) {
	t.Parallel()
	files := run(t, "git", "ls-files", "--cached", "--others", "--exclude-standard", "*.go")
	for name := range strings.Lines(files) {
		name = strings.TrimSpace(name)
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range tooWide(text) {
			t.Errorf("%s:%d: more than %d columns", name, n, widest)
		}
	}
}

// tooWide returns the numbers of the lines with too many columns, but for those on which
// something stands that can't be divided: a raw string, or a literal without a blank.
func tooWide(text []byte) (numbers []int) {
	whole := undivided(text)
	number := 0
	for line := range bytes.Lines(text) {
		number++
		columns := 0
		for _, r := range strings.TrimRight(string(line), "\r\n") {
			columns++
			if r == '\t' {
				columns += tabWidth - 1
			}
		}
		if columns > widest && !whole[number] {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// longest is how long a literal without a blank is at the least.
const longest = 40

// undivided are the numbers of the lines with literals that can't be divided.
func undivided(text []byte) map[int]bool {
	lines := map[int]bool{}
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, func(token.Position, string) {}, 0)
	for {
		pos, kind, literal := s.Scan()
		if kind == token.EOF {
			return lines
		}
		raw := strings.HasPrefix(literal, "`")
		if kind != token.STRING || !raw && (len(literal) < longest || strings.Contains(literal, " ")) {
			continue
		}
		for n := range strings.Count(literal, "\n") + 1 {
			lines[file.Line(pos)+n] = true
		}
	}
}

func TestTooWideFinds(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", widest) + "\n" +
		strings.Repeat("x", widest+1) + "\n" +
		"\t" + strings.Repeat("ü", widest-tabWidth) + "\n" +
		"\t" + strings.Repeat("x", widest-tabWidth+1) + "\n" +
		"`" + strings.Repeat("x ", widest) + "`\n" +
		"\"" + strings.Repeat("x", widest) + "\"\n" +
		"\"" + strings.Repeat("x ", widest) + "\""
	if got := tooWide([]byte(text)); !slices.Equal(got, []int{2, 4, 7}) {
		t.Errorf("got %v, want [2 4 7]", got)
	}
}
