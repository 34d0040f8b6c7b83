package caption

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// checkCues holds what a reader made against the promise of [Cue], and reads
// back what the exact formats make of it.
func checkCues(t *testing.T, cues []Cue) {
	t.Helper()
	for i, c := range cues {
		if c.Start < 0 || c.End <= c.Start || len(c.Lines) == 0 || i > 0 && c.Start < cues[i-1].Start {
			t.Fatalf("cue %d is %v", i, c)
		}
		for _, line := range c.Lines {
			if line == "" || line != cleanLine(line) || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("cue %d has the line %q", i, line)
			}
		}
	}
	if len(cues) == 0 || len(cues) > maxAtOnce {
		return // rounding may put a cue more into one millisecond
	}
	want := atLeastMillisecond(cues)
	if slices.ContainsFunc(want, func(c Cue) bool { return c.End >= latest-ms }) {
		return
	}
	for _, f := range []Format{SRT, WebVTT, DFXP} {
		got, err := Read(Write(f, Track{Cues: cues}))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", f, diff)
		}
	}
	if _, err := Read(Write(SCC, Track{Cues: cues})); err != nil {
		t.Fatal(err)
	}
	starts := []time.Duration{0, s, 5 * s, time.Minute}
	for text := range Segments(WebVTT, Track{Cues: cues}, starts, StreamClock) {
		text()
	}
}

// fuzzText fuzzes one reader with the texts that pass the check for UTF-8.
func fuzzText(f *testing.F, seeds string, prefix string) {
	files, err := filepath.Glob(filepath.Join("testdata", "sources", seeds))
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.TrimPrefix(string(file), prefix))
	}
	f.Fuzz(func(t *testing.T, text string) {
		cues, err := Read([]byte(prefix + text))
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || e.Problem == "" ||
				e.Code != CodeBadFile && e.Code != CodeNotUTF8 {
				t.Fatalf("the error is %v", err)
			}
			return
		}
		checkCues(t, cues)
	})
}

func FuzzRead(f *testing.F)   { fuzzText(f, "*", "") }
func FuzzSRT(f *testing.F)    { fuzzText(f, "*.srt", "") }
func FuzzWebVTT(f *testing.F) { fuzzText(f, "*.vtt", "WEBVTT") }
func FuzzSCC(f *testing.F)    { fuzzText(f, "*.scc", "Scenarist_SCC V1.0") }
func FuzzTTML(f *testing.F)   { fuzzText(f, "*.*ml", "<") }

// FuzzMovText reads what ffmpeg makes of tracks of mov-text.
func FuzzMovText(f *testing.F) {
	f.Add([]byte("1\n00:00:01,000 --> 00:00:02,000\n<font size=\"18\">Hello &amp; <b>you</b></font>\n"))
	f.Add([]byte("1\n00:00:01,000 --> 00:00:00,000\n{\\an8}<\n\n2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cues, err := ReadMovText(text)
		if err == nil {
			checkCues(t, cues)
		} else if _, ok := errors.AsType[*Error](err); !ok {
			t.Fatalf("the error is %v", err)
		}
	})
}

// FuzzCEA decodes bytes as cc_data, a frame each time as many as its first
// byte says, and encodes what comes out again.
func FuzzCEA(f *testing.F) {
	c, err := NewCarrier([]Track{{Cues: []Cue{cue(s, 2*s, "Hello ♪", "ÀB")}}}, rate(30, 1))
	if err != nil {
		f.Fatal(err)
	}
	var seed []byte
	for cc := range c.Frames(61) {
		for _, t := range cc {
			if t != (Triplet{0xfa, 0, 0}) && t != (Triplet{0xfc, 0x80, 0x80}) && t != (Triplet{0xfd, 0x80, 0x80}) {
				seed = append(seed, t[:]...)
			}
		}
	}
	f.Add(seed)
	f.Add([]byte("\xfc\x94\x25\xfc\x94\xad\xfcAB\xff\x02\x22\xfe\x98\x20"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var frames []Frame
		for i, x := range ParseTriplets(data) {
			if i%3 == 0 {
				frames = append(frames, Frame{Time: time.Duration(i) * 11 * ms})
			}
			last := &frames[len(frames)-1]
			last.CC = append(last.CC, x)
		}
		for _, decode := range []func([]Frame, time.Duration) ([]Cue, string, error){Decode608, Decode708} {
			cues, source, err := decode(frames, time.Duration(len(data))*11*ms)
			if err != nil {
				t.Fatal(err)
			}
			if (source == "") != (len(cues) == 0) {
				t.Fatalf("%d cues from %q", len(cues), source)
			}
			checkCues(t, cues)
			c, err := NewCarrier([]Track{{Cues: cues}, {Cues: cues}, {Cues: cues}}, rate(30, 1))
			if err != nil {
				t.Fatal(err)
			}
			for cc := range c.Frames(300) {
				if len(cc) != carrierTriplets || len(seiNAL(cc)) < 3*carrierTriplets {
					t.Fatal(cc)
				}
			}
		}
	})
}
