package mp4box

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smoothText is a whole file.
func smoothText(language string, fragments []TextFragment) []byte {
	var b bytes.Buffer
	_ = WriteSmoothText(&b, language, slices.Values(fragments)) // a buffer takes all
	return b.Bytes()
}

func TestSmoothText(t *testing.T) {
	t.Parallel()
	want := []TextFragment{
		{FragmentTime{0, 2 * SmoothTimescale}, []byte("<tt>one</tt>")},
		{FragmentTime{2 * SmoothTimescale, 2 * SmoothTimescale}, []byte("<tt/>")},
		{FragmentTime{4 * SmoothTimescale, 7654321}, []byte("<tt>three, and longer</tt>")},
	}
	file := smoothText("eng", want)
	f, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	track := f.Movie.Handled("subt")
	if track == nil || track.Timescale != SmoothTimescale || track.Language != "eng" ||
		track.Entries[0].Format != "stpp" {
		t.Fatalf("track %+v", track)
	}
	points, err := f.AccessPoints()
	if err != nil {
		t.Fatal(err)
	}
	var got []TextFragment
	for fragment, err := range f.Fragments() {
		if err != nil {
			t.Fatal(err)
		}
		part := fragment.Tracks[0]
		s := part.Samples[0]
		if p := points[track.ID][len(got)]; p.Time != part.Time.Start || p.Moof != uint64(fragment.Moof.Offset) ||
			uint64(s.Duration) != part.Time.Duration {
			t.Errorf("fragment %d: access point %+v, sample %+v", len(got), p, s)
		}
		got = append(got, TextFragment{*part.Time, file[s.Offset:][:s.Size]})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fragments (-want +got):\n%s", diff)
	}
	for _, language := range []string{"", "en", "EN1"} {
		if f, err := Read(bytes.NewReader(smoothText(language, want)), int64(len(file))); err != nil ||
			f.Movie.Tracks[0].Language != "und" {
			t.Errorf("language %q: %+v, %v", language, f, err)
		}
	}
}

// ffprobe finds the documents.
func TestFFprobeReadsSmoothText(t *testing.T) {
	t.Parallel()
	dir := made(t, strings.Fields("-t 0.1 -f null -"))
	text := smoothText("deu", []TextFragment{
		{FragmentTime{0, SmoothTimescale}, []byte("<tt>one</tt>")}, {FragmentTime{SmoothTimescale, SmoothTimescale},
			[]byte("<tt>two</tt>")}})
	if err := os.WriteFile(filepath.Join(dir, "text.ismt"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	out := string(run(t, dir, "ffprobe", "-v", "error", "-show_entries",
		"packet=pts,size:stream=codec_name:stream_tags=language", "-of", "csv", "text.ismt"))
	for _, want := range []string{"deu", "packet,0,12", "packet,10000000,12"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}
