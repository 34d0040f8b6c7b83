package caption

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
)

// readWebVTT reads WebVTT (W3C WebVTT, section 6). Blocks without an arrow are
// notes, styles and regions, and say nothing of words. Times without hours or
// fraction are accepted, as older writers made them.
func readWebVTT(text string) ([]Cue, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
	var cues []Cue
	for i := 0; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		end := i
		for end < len(lines) && strings.TrimSpace(lines[end]) != "" {
			end++
		}
		found, err := readBlock(lines[i:end], i+1)
		if err != nil {
			return nil, err
		}
		cues = append(cues, found...)
		i = end
	}
	return cues, nil
}

// readBlock reads the lines up to a blank one, of which first is the number.
// Each line with an arrow begins a cue, the blank between them may be missing.
func readBlock(lines []string, first int) ([]Cue, error) {
	if word, _, _ := strings.Cut(strings.TrimSpace(lines[0]), " "); word == "NOTE" || word == "STYLE" || word == "REGION" {
		return nil, nil
	}
	return readTimed(lines, first, stripWebVTT)
}

// vttTags are voices, classes, languages, karaoke times and the like. One that
// is never closed reaches to the end, as browsers have it.
var vttTags = regexp.MustCompile(`<[^>]*(>|\z)`)

func stripWebVTT(text string) string {
	return html.UnescapeString(vttTags.ReplaceAllLiteralString(text, ""))
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
