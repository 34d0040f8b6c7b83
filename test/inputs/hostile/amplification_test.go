package hostile

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
)

// repeatedTexts is how many captions the tables of a crafted film name, all with the same two
// kilobytes: 389 MB of text in less than a megabyte.
const repeatedTexts = 190_000

// TestRepeatedCaptions has a film whose tables name the same text again and again.
func TestRepeatedCaptions(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	defer s.lives(t)
	s.put("repeated.mp4", repeatCaptions(t, repeatedTexts))
	request := s.request(job{input: "repeated.mp4", output: "repeated"})
	request.Outputs[0].Captions = &api.Captions{MergePolicy: new("MergeRetain"),
		CaptionFormats: []api.CaptionFormat{{Format: new("webvtt"), Pattern: new("text-{language}")}}}
	s.refused(t, s.Await(t, s.Submit(t, request)), 4100)
	s.held(t, serverBytes, childBytes)
}

// repeatCaptions makes a film with one caption, and has its tables name that so many times.
func repeatCaptions(t *testing.T, times uint32) []byte {
	t.Helper()
	const textBytes = 2048
	text := filepath.Join(t.TempDir(), "text.srt")
	cue := "1\n00:00:00,000 --> 00:00:02,000\n" + strings.Repeat("word ", textBytes/5) + "\n"
	if err := os.WriteFile(text, []byte(cue), 0o600); err != nil {
		t.Fatal(err)
	}
	film := made(t, "mp4", "-f", "lavfi", "-i", "testsrc2=s=128x96:r=10:d=2", "-i", text, "-c:v", "libx264",
		"-c:s", "mov_text")
	crafted := inTables(film, func(kind string, content []byte) []byte {
		number := binary.BigEndian.AppendUint32
		one := make([]byte, 4) // version and flags
		switch kind {
		case "stts":
			return number(number(number(one, 1), times), 10)
		case "stsz":
			size := binary.BigEndian.Uint32(content[4:])
			if size == 0 {
				size = binary.BigEndian.Uint32(content[12:])
			}
			return number(number(one, size), times)
		case "stsc":
			return number(number(number(number(one, 1), 1), 1), 1)
		case "stco":
			return append(number(one, times), bytes.Repeat(content[8:12], int(times))...)
		}
		return content
	})
	if len(crafted) < 4*int(times) {
		t.Fatal("the film has no captions")
	}
	return crafted
}

// inTables rewrites the sample tables of the tracks that are no video.
func inTables(film []byte, change func(kind string, content []byte) []byte) (out []byte) {
	for kind, content := range walk(film) {
		switch {
		case kind == "trak" && bytes.Contains(content, []byte("vide")):
		case kind == "stbl" || parents[kind]:
			content = inTables(content, change)
		default:
			content = change(kind, content)
		}
		out = append(out, box(kind, content)...)
	}
	return out
}
