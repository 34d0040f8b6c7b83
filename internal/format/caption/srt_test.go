package caption

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSRTText reads text as players show it, and writes it so that they show it again.
func TestSRTText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, want string }{
		{"Tom &amp; Jerry", "Tom & Jerry"},
		{"Tom & Jerry, AT&T; R&D", "Tom & Jerry, AT&T; R&D"},
		{"&lt;b&gt; &quot;q&quot; &apos;a&apos; &#39;d&#39; &#x2014; &eacute;", `<b> "q" 'a' 'd' — é`},
		{"<i>&amp;</i>", "&"},
		{"a&nbsp;b", "a b"},
		{"&amp;amp; &amp;lt;", "&amp; &lt;"},
		{"&nosuch; &notit; &; &amp &#; &#xzz; &lt", "&nosuch; &notit; &; &amp &#; &#xzz; &lt"},
		{"<bold>b</bold> <ITALIC>i</ITALIC> <underline>u</underline>", "b i u"},
		{"1 < 2 > 1 <3 <5 x> <nosuch>", "1 < 2 > 1 <3 <5 x> <nosuch>"},
		{"&semi;", ";"},
		{"A --> B\n1 --> 2", "A --> B|1 --> 2"},
	} {
		cues := mustRead(t, []byte("1\n00:00:01,000 --> 00:00:02,000\n"+c.file+"\n"))
		if len(cues) != 1 || strings.Join(cues[0].Lines, "|") != c.want {
			t.Errorf("%s is read as %v, want %s", c.file, cues, c.want)
			continue
		}
		for _, f := range []Format{SRT, WebVTT, DFXP} {
			again := mustRead(t, Write(f, Track{Cues: cues}))
			if len(again) != 1 || !slices.Equal(again[0].Lines, cues[0].Lines) {
				t.Errorf("%s comes back from %s as %v", c.want, f, again)
			}
		}
	}
	// Text that needs nothing is written as it is, for players that know no references.
	for line, want := range map[string]string{
		"Tom & Jerry <3 {x} a -> b": "Tom & Jerry <3 {x} a -> b", "&amp;": "&amp;amp;", "<b>": "&lt;b>",
		`{\an8}`: `&#123;\an8}`,
		`{\<i>}`: `&#123;\&lt;i>}`, "a --> b": "a --> b",
		"1:2 --> b": "1:2 --&gt; b",
	} {
		if got := escapeSRT(line); got != want {
			t.Errorf("%s is written as %s, want %s", line, got, want)
		}
	}
}

// TestMovTextIn reads text in which references are words, as tx3g has it.
func TestMovTextIn(t *testing.T) {
	t.Parallel()
	cues, err := ReadMovText([]byte("1\n00:00:01,000 --> 00:00:02,000\n<i>a</i> &amp; <font " +
		"color=\"#ff0000\">b</font>\n"))
	if err != nil || len(cues) != 1 || cues[0].Lines[0] != "a &amp; b" {
		t.Errorf("%v, %v", cues, err)
	}
}

// TestLateTimes brings captions from behind the hundredth hour through every format.
func TestLateTimes(t *testing.T) {
	t.Parallel()
	const start = 123*time.Hour + 4*time.Minute + 5*time.Second
	want := []Cue{cue(99*time.Hour, 100*time.Hour, "before"), cue(start, start+4*s, "late"),
		cue(4000*time.Hour, 4000*time.Hour+s, "later")}
	for _, f := range []Format{SRT, WebVTT, DFXP, SCC} {
		got := mustRead(t, Write(f, Track{Cues: want}))
		if len(got) != len(want) {
			t.Fatalf("%s: %v", f, got)
		}
		for i, c := range got {
			if (c.Start-want[i].Start).Abs() > halfFrame || (c.End-want[i].End).Abs() > halfFrame ||
				c.Lines[0] != want[i].Lines[0] {
				t.Errorf("%s: %v, want %v", f, c, want[i])
			}
		}
	}
	if got := Shift(want, -start)[0]; got.Start != 0 || got.Lines[0] != "late" {
		t.Errorf("moved to the begin: %v", got)
	}
}
