package caption

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/object"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const s, ms = time.Second, time.Millisecond

// skip ends a test that lacks something; where CI is set, that is a failure.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// shared reads a file of the collection of real captions.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "media", "captions", name))
	if err != nil {
		skip(t, "the media folder is not there: "+name)
	}
	return file
}

func cue(start, end time.Duration, lines ...string) Cue { return Cue{start, end, lines} }

// text is cues as a table that reads well in a diff.
func text(cues []Cue) string {
	var b strings.Builder
	for _, c := range cues {
		fmt.Fprintf(&b, "%s %s %q\n", formatClock(c.Start, "."), formatClock(c.End, "."), c.Lines)
	}
	return b.String()
}

func mustRead(t *testing.T, file []byte) []Cue {
	t.Helper()
	cues, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return cues
}

// golden holds a text against a file of testdata/golden.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestSourcesToOutputs reads each kind of source and writes it in each format.
func TestSourcesToOutputs(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob(filepath.Join("testdata", "sources", "*"))
	if err != nil || len(sources) < 6 {
		t.Fatal(sources, err)
	}
	for _, source := range sources {
		file, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(source)
		track := Track{Language: "en", Cues: mustRead(t, file)}
		golden(t, name+".cues", []byte(text(track.Cues)))
		for _, f := range []Format{SRT, WebVTT, SCC, DFXP} {
			golden(t, name+ending(f), Write(f, track))
		}
	}
}

// TestRealFiles reads files that other programs wrote.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file  string
		count int
		first Cue
	}{
		{"multi-div.ttml", 1, cue(0, 10*s, "A line within one div element.")},
		{"pop-on.scc", 3, cue(3777907466667, 3779242133333, "( horn honking )")},
		{"sample.dfxp", 366, cue(s, 4*s, "ASUKA 明日香, 飛鳥 f Japanese")},
		{"sample.ttml", 6, cue(99*s, 101040*ms, "(deep rumbling)")},
		{"sheephead.vtt", 8, cue(3500*ms, 5*s, "Everyone wants the most from life")},
		{"styled.srt", 10, cue(17985*ms, 20521*ms, "[instrumental music]")},
		{"subrip.srt", 10, cue(74440*ms, 75760*ms, "ESSAI DE SOUS-TITRES")},
		{"tears-of-steel.scc", 76, cue(22889533333, 24791433333, "You're a jerk, Thom.")},
		{"webvtt-notes-styles.vtt", 6, cue(99*s, 101040*ms, "(deep rumbling)")},
	} {
		cues := mustRead(t, shared(t, c.file))
		if len(cues) != c.count {
			t.Errorf("%s: %d cues, want %d", c.file, len(cues), c.count)
		}
		if diff := cmp.Diff(c.first, cues[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, diff)
		}
	}
	_, err := Read(shared(t, "non-utf8.srt"))
	checkError(t, "non-utf8.srt", err, CodeNotUTF8, "line 1: the file begins with the byte order mark of UTF-16")
}

func checkError(t *testing.T, name string, err error, code int, text string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != code || e.Error() != text {
		t.Errorf("%s: %v, want %d %s", name, err, code, text)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	tt := func(inside string) string { return "<tt>\n<body><div>" + inside + "</div></body></tt>" }
	for _, c := range []struct {
		file string
		code int
		want string
	}{
		{"", CodeBadFile, "line 1: the file is empty"},
		{"\ufeff \r\n", CodeBadFile, "line 1: the file is empty"},
		{"1\n00:00:01,000 --> 00:00:02,000\nÃ\xff", CodeNotUTF8, "line 3: the byte 0xff is not part of UTF-8 text"},
		{"\xfe\xff\x00W", CodeNotUTF8, "line 1: the file begins with the byte order mark of UTF-16"},
		{"hello", CodeBadFile, `line 1: "hello" does not begin any known caption format`},
		{"1\n00:00:01,000 -> 00:00:02,000\nx", CodeBadFile,
			`line 2: "00:00:01,000 -> 00:00:02,000" stands where a time such as 00:00:01,000 --> 00:00:02,000 is expected`},
		{"1\n00:00:01,000 --> later\nx", CodeBadFile, `line 2: "later" is not a time`},
		{"1\n--> 00:00:02,000\nx", CodeBadFile, `line 2: "" is not a time`},
		{"1\n00:61:01,000 --> 00:00:02,000\nx", CodeBadFile, `line 2: "00:61:01,000" is not a time`},
		{"1\n1000000:00:00,000 --> 00:00:02,000\nx", CodeBadFile, `line 2: "1000000:00:00,000" is not a time`},
		{"WEBVTT\n\n00:01.000 --> 00:0x.000\nx", CodeBadFile, `line 3: "00:0x.000" is not a time`},
		{"Scenarist_SCC V1.0\n\n00:00:61:00\t9420", CodeBadFile, `line 3: "00:00:61:00" is not a time code`},
		{"Scenarist_SCC V1.0\n\n00:00:01:00\t9420 94zz", CodeBadFile, `line 3: "94zz" is not two bytes in hexadecimal`},
		{"<html></html>", CodeBadFile, `line 1: the element "html" stands where tt is expected`},
		{"<!-- -->", CodeBadFile, "line 1: there is no element tt"},
		{tt("<p begin='1 s'>x</p>"), CodeBadFile, `line 2: begin "1 s" is not a time`},
		{tt("<p end='00:00:01:30'>x</p>"), CodeBadFile, `line 2: end "00:00:01:30" is not a time`},
		{tt("\n<p>x</q>"), CodeBadFile, "line 3: the XML is not well-formed: element <p> closed by </q>"},
		{tt("<p>&bomb;</p>"), CodeBadFile, "line 2: the XML is not well-formed: invalid character entity &bomb;"},
		{strings.Repeat("<div>", 100), CodeBadFile, `line 1: the element "div" stands where tt is expected`},
		{tt(strings.Repeat("<div>", 100)), CodeBadFile, "line 2: elements stand too deep in each other"},
		{strings.Repeat("1\n00:00:01,000 --> 00:00:02,000\nx\n\n", 101), CodeBadFile,
			"there are more than 100 captions at the same time"},
	} {
		_, err := Read([]byte(c.file))
		checkError(t, quote(c.file), err, c.code, c.want)
	}
}

// TestBounds feeds small or middling files that would grow.
func TestBounds(t *testing.T) {
	t.Parallel()
	var many bytes.Buffer
	for i := range maxCues + 1 {
		fmt.Fprintf(&many, "%s --> %s\nx\n\n", formatClock(time.Duration(i)*ms, ","),
			formatClock(time.Duration(i+1)*ms, ","))
	}
	_, err := Read(many.Bytes())
	checkError(t, "many cues", err, CodeBadFile, "there are more than 100000 captions")

	full := "9429 9470 " + strings.Repeat("6161 ", 16)
	flicker := "Scenarist_SCC V1.0\n\n00:00:00:00\t" + full + strings.Repeat("9429 6161 ", 300_000)
	_, err = Read([]byte(flicker))
	checkError(t, "a screen painted anew with each pair", err, CodeBadFile, "line 3: there are too many captions")

	_, err = Read(make([]byte, MaxFileBytes+1))
	checkError(t, "a large file", err, CodeBadFile, "the file has more than 16777216 bytes")

	bomb := `<!DOCTYPE tt [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><tt><body><div><p>&b;</p></div></body></tt>`
	_, err = Read([]byte(bomb))
	checkError(t, "entities", err, CodeBadFile, "line 1: the XML is not well-formed: invalid character entity &b;")
}

// TestFailures pins what the client reads.
func TestFailures(t *testing.T) {
	t.Parallel()
	o := object.Key{Bucket: "in", Key: "a.srt"}
	_, notUTF8 := Read([]byte("1\n\xff"))
	_, bad := Read([]byte("hello"))
	for _, c := range []struct {
		err  error
		want string
	}{
		{SidecarFailure(o, notUTF8), "4102: Amazon Elastic Transcoder could not interpret the specified caption " +
			"file since it was not UTF-8 encoded: Amazon S3 bucket=in, key=a.srt. Save the file as UTF-8: line 2: " +
			"the byte 0xff is not part of UTF-8 text."},
		{SidecarFailure(o, bad),
			`4101: Amazon Elastic Transcoder could not interpret the specified caption file for Amazon S3 bucket=in, key=a.srt. Correct the file: line 1: "hello" does not begin any known caption format.`},
		{EmbeddedFailure(bad),
			`4100: Amazon Elastic Transcoder could not interpret the embedded caption track. Give the captions as files, with the MergePolicy Override: line 1: "hello" does not begin any known caption format.`},
		{CheckTracks(301), "4103: Amazon Elastic Transcoder was unable to process all of your caption tracks. You " +
			"have reached 300 tracks, the maximum supported number of caption tracks. The input and its " +
			"CaptionSources have 301; name those you want in CaptionSources, with the MergePolicy Override."},
		{CheckCEA(1, rate(25, 1)), "4105: Amazon Elastic Transcoder cannot embed your caption tracks because frame " +
			"rate 25 is not supported for CEA-708 - only frame rates [29.97, 30] are supported. Choose a preset " +
			"with one of these frame rates, or write the captions as files."},
		{CheckCEA(5, rate(30, 1)), "4106: Amazon Elastic Transcoder cannot embed your caption tracks because format " +
			"cea-708 supports only 4 caption track(s). There are 5: take fewer languages, or write the captions as " +
			"files."},
	} {
		if c.err.Error() != c.want {
			t.Errorf("got  %s\nwant %s", c.err, c.want)
		}
	}
	for _, err := range []error{CheckTracks(300), CheckCEA(4, rate(30000, 1001)), CheckFormat(MovText, 300)} {
		if err != nil {
			t.Error(err)
		}
	}
}

// ending is what the names of files of a format end with.
func ending(f Format) string { return strings.Replace("."+string(f), "webvtt", "vtt", 1) }

// TestTextAtOnce refuses captions that hold too much text for one moment, which each segment
// would repeat, and takes as much in a row.
func TestTextAtOnce(t *testing.T) {
	t.Parallel()
	srt := func(length, apart time.Duration) []byte {
		var b strings.Builder
		for n := range 10 {
			begin := time.Duration(n) * apart
			fmt.Fprintf(&b, "%d\n00:00:%02d,000 --> 00:00:%02d,000\n%s\n\n", n+1, int(begin.Seconds()),
				int((begin + length).Seconds()), strings.Repeat("word ", 2000))
		}
		return []byte(b.String())
	}
	if cues, err := Read(srt(time.Second, time.Second)); err != nil || len(cues) != 10 {
		t.Errorf("in a row: %d captions, %v", len(cues), err)
	}
	if _, err := Read(srt(20*time.Second, time.Second)); err == nil ||
		!strings.Contains(err.Error(), "65536 bytes of text at the same time") {
		t.Errorf("at once: %v", err)
	}
}
