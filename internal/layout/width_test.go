package layout

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// widest is the most columns of a line of Go code; a tab is tabWidth of them.
const (
	widest   = 120
	tabWidth = 4
)

// wide are folders whose lines are not all in their bounds yet. One whose lines are is
// no longer named here.
var wide = of("api", "internal/delivery", "internal/dispatch", "internal/ffmpeg", "internal/format",
	"internal/notify", "internal/object", "internal/plan", "internal/sqlstore", "internal/taskqueue",
	"internal/transcode", "test")

// TestLinesAreShort finds lines of Go code, of both modules, that are too wide to read.
func TestLinesAreShort(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
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
		pending := within(name, wide)
		for _, n := range tooWide(text) {
			found[pending] = true
			if pending == "" {
				t.Errorf("%s:%d: more than %d columns", name, n, widest)
			}
		}
	}
	for _, folder := range wide {
		if !found[folder] {
			t.Errorf("%s has no line of more than %d columns: take it out of the table", folder, widest)
		}
	}
}

// tooWide returns the numbers of the lines with too many columns.
func tooWide(text []byte) (numbers []int) {
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
		if columns > widest {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

func TestTooWideFinds(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", widest) + "\n" +
		strings.Repeat("x", widest+1) + "\n" +
		"\t" + strings.Repeat("ü", widest-tabWidth) + "\n" +
		"\t" + strings.Repeat("x", widest-tabWidth+1)
	got := tooWide([]byte(text))
	if len(got) != 2 || got[0] != 2 || got[1] != 4 {
		t.Errorf("got %v, want [2 4]", got)
	}
}
