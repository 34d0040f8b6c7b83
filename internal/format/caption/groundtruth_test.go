package caption

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// need skips a test whose programs are missing.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			skip(t, p+" is not installed")
		}
	}
}

// runIn runs a program in a folder and returns what it printed.
func runIn(t *testing.T, dir string, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return out
}

// frames lets ffprobe hand over the cc_data of the file in0 in a folder, with
// times from its start.
func frames(t *testing.T, dir, format string, start time.Duration) []Frame {
	t.Helper()
	var probe struct {
		Packets []struct {
			Time string `json:"pts_time"`
			Data string
		}
	}
	out := runIn(t, dir, "ffprobe", "-v", "error", "-f", "lavfi", "-i", "movie=in0:f="+format+"[out+subcc]",
		"-select_streams", "s", "-show_packets", "-show_data", "-of", "json")
	if err := json.Unmarshal(out, &probe); err != nil {
		t.Fatal(err)
	}
	var all []Frame
	for _, p := range probe.Packets {
		seconds, err := strconv.ParseFloat(p.Time, 64)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Duration(seconds*1e6) * time.Microsecond
		all = append(all, Frame{at - start, ParseTriplets(dump(t, p.Data))})
	}
	return all
}

// dump reads ffprobe's hexadecimal dump: an offset, the bytes, the characters.
func dump(t *testing.T, text string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(text) {
		if len(line) > 10 {
			digits.WriteString(strings.ReplaceAll(line[10:min(len(line), 50)], " ", ""))
		}
	}
	raw, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// truth reads a listing of Comcast's caption-inspector: a time, codes in braces,
// words in quotes. Words are shown from the next code that matches show to the
// next one that matches hide; row is the code that begins a row.
func truth(t *testing.T, listing, row, show, hide string) []Cue {
	t.Helper()
	parts := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d,\d{3}|\{[^}]*\}|"[^"]*"`)
	var cues []Cue
	var at time.Duration
	var words []string
	for _, part := range parts.FindAllString(listing, -1) {
		last := len(cues) - 1
		switch {
		case part[0] == '"':
			if len(words) == 0 {
				words = []string{""}
			}
			words[len(words)-1] += strings.Trim(part, `"`)
		case part[0] != '{':
			at, _ = parseClock(part)
		case strings.HasPrefix(part, row):
			if len(words) > 0 && words[len(words)-1] != "" {
				words = append(words, "")
			}
		case strings.HasPrefix(part, hide) && last >= 0 && cues[last].End == 0:
			cues[last].End = at
		case strings.HasPrefix(part, show) && len(words) > 0:
			for i := range words {
				words[i] = strings.Join(strings.Fields(words[i]), " ")
			}
			cues, words = append(cues, Cue{Start: at, Lines: words}), nil
		}
	}
	return cues
}

// TestGroundTruth decodes a clip whose captions another decoder has listed.
// Words that miss letters in CEA-608 do so in the clip. The first caption of
// CEA-708 is shown in a window that was defined before the clip was cut out:
// the listing has its words, no decoder shows it.
func TestGroundTruth(t *testing.T) {
	t.Parallel()
	clip := shared(t, "bbb-cea608-cea708.ts")
	need(t, "ffprobe")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in0"), clip, 0o600); err != nil {
		t.Fatal(err)
	}
	const end = 28778 * ms
	all := frames(t, dir, "mpegts", 31*s)
	slices.Reverse(all) // any order will do
	cues608, source608, err608 := Decode608(all, end)
	cues708, source708, err708 := Decode708(all, end)
	if source608 != "CC1" || source708 != "SERVICE1" || err608 != nil || err708 != nil {
		t.Fatal(source608, source708, err608, err708)
	}
	compare(t, "608", truth(t, string(shared(t, "bbb-cea608-cea708.expected-C1.608")), "{R1", "{EOC}", "{EDM}"),
		cues608)
	compare(t, "708", truth(t, string(shared(t, "bbb-cea608-cea708.expected-S1.708")), "{SPL", "{TGW", "{HDW")[1:],
		cues708)
	cues, source, err := DecodeCEA(all, end)
	if err != nil || source != "CC1" || text(cues) != text(cues608) {
		t.Error("the first channel is", source, err)
	}
}

// compare allows a frame at 24 a second; an end that was not seen is
// that of the clip.
func compare(t *testing.T, what string, want, got []Cue) {
	t.Helper()
	if len(want) != len(got) || len(want) < 12 {
		t.Fatalf("%s: %d cues, want %d:\n%s%s", what, len(got), len(want), text(got), text(want))
	}
	for i, w := range want {
		if !slices.Equal(w.Lines, got[i].Lines) || (w.Start-got[i].Start).Abs() > 42*ms ||
			w.End != 0 && (w.End-got[i].End).Abs() > 42*ms {
			t.Errorf("%s: got %v, want %v", what, got[i], w)
		}
	}
}

// crossTrack is read by other programs.
func crossTrack() Track {
	return Track{Language: "en", Cues: []Cue{
		cue(2*s, 4*s, "Hello, world", "Às-tu dit ça?"), cue(4*s, 6*s, "Second “one” & more"), cue(7*s, 8500*ms,
			"Third ♪")}}
}

// TestOthersReadText lets ffmpeg read SRT and WebVTT and write the other one.
func TestOthersReadText(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg")
	for from, to := range map[Format]string{SRT: "webvtt", WebVTT: "srt"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "in0"+ending(from)), Write(from, crossTrack()), 0o600); err != nil {
			t.Fatal(err)
		}
		out := runIn(t, dir, "ffmpeg", "-v", "error", "-i", "in0"+ending(from), "-f", to, "-")
		if got := mustRead(t, out); text(got) != text(crossTrack().Cues) {
			t.Errorf("%s as %s:\n%s", from, to, text(got))
		}
	}
}

// TestOthersReadSCC lets ffmpeg decode line 21 of a file.
func TestOthersReadSCC(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in0.scc"), Write(SCC, crossTrack()), 0o600); err != nil {
		t.Fatal(err)
	}
	closeTo(t, "scc", crossTrack().Cues, readSpaced(t, runIn(t, dir, "ffmpeg", "-v", "error", "-i", "in0.scc", "-f",
		"srt", "-")))
}

// readSpaced reads SRT that ffmpeg has made of line 21: it writes the columns
// before a row as \h.
func readSpaced(t *testing.T, srt []byte) []Cue {
	t.Helper()
	return mustRead(t, []byte(strings.ReplaceAll(string(srt), `\h`, "")))
}

// TestOthersReadCEA embeds two tracks by way of a carrier and an overlay, as
// outputs get theirs, then asks ffmpeg, mediainfo and the own decoders.
func TestOthersReadCEA(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg", "ffprobe", "mediainfo")
	dir := t.TempDir()
	spanish := Track{Language: "es", Cues: []Cue{cue(3*s, 5*s, "Hola"), cue(6*s, 9*s, "¿Otra vez?")}}
	c, err := NewCarrier([]Track{crossTrack(), spanish}, rate(30000, 1001))
	if err != nil {
		t.Fatal(err)
	}
	blank := runIn(t, dir, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=s=32x32:r=30000/1001:d=10",
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-f", "h264", "-")
	stream, err := InsertSEI(blank, c.Frames(300))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "carrier"), stream, 0o600); err != nil {
		t.Fatal(err)
	}
	runIn(t, dir, "ffmpeg", "-v", "error", "-framerate", "30000/1001", "-f", "h264", "-i", "carrier",
		"-f", "lavfi", "-i", "testsrc2=s=160x120:r=30000/1001:d=10",
		"-filter_complex", "[0:v]scale=160:120,setsar=1[b];[b][1:v]overlay=shortest=1[v]",
		"-map", "[v]", "-c:v", "libx264", "-preset", "ultrafast", "-a53cc", "1", "-f", "mp4", "in0")

	info := string(runIn(t, dir, "mediainfo", "in0"))
	for _, want := range []string{"1-CC1", "1-CC3", "1-1", "1-2", "EIA-608", "EIA-708"} {
		if !strings.Contains(info, want) {
			t.Errorf("mediainfo does not see %s", want)
		}
	}
	for field, want := range map[string]Track{"first": crossTrack(), "second": spanish} {
		srt := runIn(t, dir, "ffmpeg", "-v", "error", "-data_field", field, "-f", "lavfi", "-i",
			"movie=in0:f=mp4[out+subcc]",
			"-map", "0:s", "-c:s", "srt", "-f", "srt", "-")
		closeTo(t, "ffmpeg, "+field+" field", want.Cues, readSpaced(t, srt))
	}
	all := frames(t, dir, "mp4", 0)
	for _, decode := range []func([]Frame, time.Duration) ([]Cue, string, error){Decode608, Decode708} {
		got, source, err := decode(all, 10*s)
		if err != nil {
			t.Fatal(err)
		}
		closeTo(t, source, crossTrack().Cues, got)
	}
}

// closeTo allows two frames: where two services change at once, one waits.
func closeTo(t *testing.T, what string, want, got []Cue) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: got\n%swant\n%s", what, text(got), text(want))
	}
	for i, w := range want {
		if !slices.Equal(w.Lines, got[i].Lines) || (w.Start-got[i].Start).Abs() > 68*ms ||
			(w.End-got[i].End).Abs() > 68*ms {
			t.Errorf("%s: got %v, want %v", what, got[i], w)
		}
	}
}

// TestSEIMender completes what libx264 writes, in pieces of any length, so that it is
// what the carrier has.
func TestSEIMender(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg")
	dir := t.TempDir()
	c, err := NewCarrier([]Track{crossTrack()}, rate(30, 1))
	if err != nil {
		t.Fatal(err)
	}
	blank := runIn(t, dir, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=s=32x32:r=30:d=2", "-c:v", "libx264",
		"-preset", "ultrafast", "-bf", "0", "-f", "h264", "-")
	stream, err := InsertSEI(blank, c.Frames(60))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "carrier"), stream, 0o600); err != nil {
		t.Fatal(err)
	}
	encoded := runIn(t, dir, "ffmpeg", "-v", "error", "-framerate", "30", "-f", "h264", "-i", "carrier", "-c:v",
		"libx264", "-preset", "ultrafast", "-a53cc", "1", "-f", "h264", "-")
	const count = byte(20)
	unmended, mended := append(seiHead[:len(seiHead):len(seiHead)], 0x40|count,
		0), append(seiHead[:len(seiHead):len(seiHead)], 0xc0|count, 0xff)
	for _, size := range []int{1, 7, 184, len(encoded)} {
		got, m, changed := bytes.Clone(encoded), new(SEIMender), 0
		for piece := range slices.Chunk(got, size) {
			if m.Mend(piece) {
				changed++
			}
		}
		if n := bytes.Count(got, mended); n != 60 || bytes.Contains(got, unmended) || changed == 0 {
			t.Errorf("in pieces of %d bytes %d of 60 were completed", size, n)
		}
		for piece := range slices.Chunk(got, size) {
			if m.Mend(piece) {
				t.Fatalf("a second time changes something")
			}
		}
	}
}

func TestInsertSEI(t *testing.T) {
	t.Parallel()
	cc := []Triplet{{0xfc, 0, 0}, {0xfa, 0, 0}}
	one := func(yield func([]Triplet) bool) { yield(cc) }
	got, err := InsertSEI([]byte("\x00\x00\x00\x01\x67abc\x00\x00\x01\x65\x88xyz\x00\x00\x01\x65\x48second slice"), one)
	want := "\x00\x00\x00\x01\x67abc" +
		"\x00\x00\x00\x01\x06\x04\x11\xb5\x00\x31GA94\x03\xc2\xff\xfc\x00\x00\xfa\x00\x00\xff\x80" +
		"\x00\x00\x01\x65\x88xyz\x00\x00\x01\x65\x48second slice"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	if _, err := InsertSEI([]byte("\x00\x00\x01\x65\x88a\x00\x00\x01\x41\x88b"), one); err == nil {
		t.Error("a second frame has no captions, and no error")
	}
	if _, err := InsertSEI([]byte("no stream"), one); err == nil {
		t.Error("nothing has frames")
	}
	if got := preventEmulation([]byte{0, 0, 0, 0, 1, 0, 0, 4, 0, 0,
		3}); string(got) != "\x00\x00\x03\x00\x00\x03\x01\x00\x00\x04\x00\x00\x03\x03" {
		t.Errorf("%x", got)
	}
}
