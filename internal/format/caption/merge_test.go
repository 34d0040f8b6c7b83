package caption

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func tracks(names ...string) []Track {
	all := make([]Track, len(names))
	for i, n := range names {
		language, label, _ := strings.Cut(n, "/")
		all[i] = Track{Language: language, Label: label, Cues: []Cue{cue(s, 2*s, n)}}
	}
	return all
}

// TestMerge makes a table of the policies: embedded tracks are in small
// letters, sidecars in capitals.
func TestMerge(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, c := range []struct{ embedded, sidecars []string }{
		{nil, nil},
		{[]string{"en/a"}, nil},
		{nil, []string{"en/A"}},
		{[]string{"en/a", "fr/b"}, []string{"eng/A", "de/B"}},
		{[]string{"en/a", "eng/b"}, []string{"fre/A", "fra/B"}},
		{[]string{"en-GB/a"}, []string{"en/A", "EN_gb/B"}},
		{[]string{"/a"}, []string{"xx/A", "tlh/B"}},
	} {
		fmt.Fprintf(&b, "%s + %s\n", c.embedded, c.sidecars)
		for _, p := range []Policy{MergeOverride, MergeRetain, Override} {
			fmt.Fprintf(&b, "\t%s:", p)
			for _, track := range Merge(p, tracks(c.embedded...), tracks(c.sidecars...)) {
				fmt.Fprintf(&b, " %s/%s", track.Language, track.Label)
			}
			b.WriteByte('\n')
		}
	}
	golden(t, "merge.txt", []byte(b.String()))
}

func TestJoin(t *testing.T) {
	t.Parallel()
	got := Join([]Part{
		{[]Track{{"en", "", []Cue{cue(s, 2*s, "a"), cue(4*s, 9*s, "cut")}}}, 5 * s},
		{nil, s},
		{[]Track{{"eng", "English", []Cue{cue(0, s, "b")}}, {"fr", "", []Cue{cue(s, 2*s, "c")}}}, 3 * s},
	})
	want := []Track{
		{"en", "English", []Cue{cue(s, 2*s, "a"), cue(4*s, 5*s, "cut"), cue(6*s, 7*s, "b")}},
		{"fr", "", []Cue{cue(7*s, 8*s, "c")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("joined (-want +got):\n%s", diff)
	}
}

func TestShiftAndClip(t *testing.T) {
	t.Parallel()
	cues := []Cue{cue(0, s, "a"), cue(2*s, 4*s, "b"), cue(6*s, 7*s, "c")}
	for _, c := range []struct {
		name string
		got  []Cue
		want []Cue
	}{
		{"later", Shift(cues, s), []Cue{cue(s, 2*s, "a"), cue(3*s, 5*s, "b"), cue(7*s, 8*s, "c")}},
		{"earlier", Shift(cues, -3*s), []Cue{cue(0, s, "b"), cue(3*s, 4*s, "c")}},
		{"clip", Clip(cues, 3*s, 3500*ms), []Cue{cue(0, s, "b"), cue(3*s, 3500*ms, "c")}},
		{"clip to the end", Clip(cues, 4*s, 0), []Cue{cue(2*s, 3*s, "c")}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestManyTracks merges as many tracks as an input may have.
func TestManyTracks(t *testing.T) {
	t.Parallel()
	var embedded []Track
	for i := range MaxTracks {
		embedded = append(embedded, Track{Language: fmt.Sprintf("en-%d", i)})
	}
	if got := Merge(MergeOverride, embedded, tracks("en-7/A", "de/B")); len(got) != MaxTracks+1 || got[7].Label != "A" {
		t.Error(len(got), got[7])
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	track := Track{Language: "en", Cues: []Cue{cue(s, 2*s, "one"), cue(5*s, 13*s, "spans"), cue(6*s, 7*s, "two"),
		cue(30*s, 31*s, "late")}}
	starts := []time.Duration{0, 6 * s, 12 * s, 18 * s}
	for _, f := range []Format{SRT, WebVTT, SCC, DFXP} {
		var all strings.Builder
		i := 0
		for text := range Segments(f, track, starts, StreamClock) {
			fmt.Fprintf(&all, "-- %d --\n%s", i, text())
			i++
		}
		golden(t, "segments"+ending(f), []byte(all.String()))
	}
	for range Segments(SRT, track, nil, StreamClock) {
		t.Error("a text without a segment")
	}
}
