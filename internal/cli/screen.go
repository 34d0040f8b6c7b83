package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// screen writes text that others have chosen parts of: names of objects, messages of
// servers and of ffmpeg. What a terminal would obey or could not show is written as an
// escape of JSON, so that documents stay documents; lines and tabs are kept. It may be used
// from several goroutines at once.
type screen struct {
	// raw is where it writes; for what is no text, and for who draws by itself.
	raw io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character
}

func newScreen(w io.Writer) *screen { return &screen{raw: w} }

// Write takes part of a text.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := append(s.rest, p...)
	var shown strings.Builder
	shown.Grow(len(text))
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		show(&shown, r, text[:size])
		text = text[size:]
	}
	s.rest = append([]byte(nil), text...)
	if _, err := io.WriteString(s.raw, shown.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// show writes a character, which was written as these bytes.
func show(b *strings.Builder, r rune, written []byte) {
	switch {
	case r == utf8.RuneError && len(written) == 1:
		fmt.Fprintf(b, `\x%02x`, written[0])
	case unicode.IsPrint(r) || r == '\n' || r == '\t':
		b.Write(written)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}

// rawOf is what a writer writes to without regard to characters.
func rawOf(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		return s.raw
	}
	return w
}

// inLine is a text of others as part of a line, which it can't end.
func inLine(text string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(text)
}

// shown is a text of others for who draws by itself, on one line.
func shown(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		show(&b, r, []byte(text[:size]))
		text = text[size:]
	}
	return inLine(b.String())
}
