package caption

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/internal/media"
)

// line21Alphabet is every character that line 21 can carry and that comes back
// as itself.
var line21Alphabet = slices.DeleteFunc(strings.Split("abc XYZ 0189 .,;:!?'\"()#$%&+-/<=>@[]áéíóúç÷Ññ█"+specialRunes+
	spanishRunes+germanRunes, ""),
	func(r string) bool { return r == "\u00a0" })

// drawLine makes a line with words in it: one blank between them, none around.
func drawLine(t *rapid.T, letters []string, most int) string {
	line := strings.Join(rapid.SliceOfN(rapid.SampledFrom(letters), 1, most).Draw(t, "line"), "")
	if line = strings.Join(strings.Fields(line), " "); line == "" {
		return "x"
	}
	return line
}

// drawCues makes cues one after the other, each with its number in the text, so
// that no two are alike. shortest is the least of a cue's length and of a gap.
func drawCues(t *rapid.T, letters []string, most int, shortest, longest time.Duration) []Cue {
	var cues []Cue
	at := longest
	between := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(int64(shortest/ms), int64(longest/ms)).Draw(t, "ms")) * ms
	})
	for i := range rapid.IntRange(1, 6).Draw(t, "cues") {
		c := Cue{Start: at, End: at + between.Draw(t, "length"), Lines: []string{strings.Repeat("=", i+1)}}
		for range rapid.IntRange(0, 2).Draw(t, "lines") {
			c.Lines = append(c.Lines, drawLine(t, letters, most))
		}
		cues = append(cues, c)
		at = c.End + between.Draw(t, "gap")
	}
	return cues
}

// TestTextRoundTrip reads back what the text formats write, to the millisecond.
func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	letters := []string{"a", "b", "i", "c", " ", "1", "&", "<", ">", ";", "#", "'", "\"", "-", "—", "é", "字", "🍒",
		"\u202b", "{", "}", "\\", "/",
		"<b>", "</i>", "{\\an8}", "&amp;", "&lt;", "&#39;", "&notit;", "-->", "&", "<c.x>"}
	rapid.Check(t, func(t *rapid.T) {
		track := Track{Language: "en", Cues: drawCues(t, letters, 60, ms, 5*s)}
		if rapid.Bool().Draw(t, "late") {
			track.Cues = Shift(track.Cues, 123456*time.Hour)
		}
		for _, f := range []Format{SRT, WebVTT, DFXP} {
			got, err := Read(Write(f, track))
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if diff := cmp.Diff(track.Cues, got); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", f, diff)
			}
		}
	})
}

// near fails when cues differ in words, or by more than some time.
func near(t *rapid.T, what string, want, got []Cue, most time.Duration) {
	if len(want) != len(got) {
		t.Fatalf("%s: %d cues, want %d:\n%s\n%s", what, len(got), len(want), text(got), text(want))
	}
	for i := range want {
		if !slices.Equal(want[i].Lines, got[i].Lines) {
			t.Fatalf("%s: %q, want %q", what, got[i].Lines, want[i].Lines)
		}
		if (want[i].Start-got[i].Start).Abs() > most || (want[i].End-got[i].End).Abs() > most {
			t.Fatalf("%s: %v, want %v", what, got[i], want[i])
		}
	}
}

const halfFrame = 16700 * time.Microsecond

func TestSCCRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cues := drawCues(t, line21Alphabet, line21Columns, 4*s, 8*s)
		got, err := Read(Write(SCC, Track{Cues: cues}))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "scc", cues, got, halfFrame)
	})
}

// allChannels decodes every channel and service.
func allChannels(c *Carrier, rate media.Rational, frames int) map[string][]Cue {
	var fields [2]line21Field
	var d decoder708
	n := 0
	for cc := range c.Frames(frames) {
		at := timeOfFrame(n, rate)
		n++
		for _, x := range cc {
			switch {
			case !x.valid():
			case x.kind() < 2:
				b1, b2 := checkParity(x[1], x[2])
				fields[x.kind()].pair(at, b1, b2)
			default:
				d.blocks(at, d.packet.add(x.kind() == 3, x[1], x[2]))
			}
		}
	}
	found := map[string][]Cue{}
	for i := range fields {
		for k := range fields[i].channels {
			found[line21Address{i, k == 1}.name()] = fields[i].channels[k].cues
		}
	}
	for i := range d.services {
		found["SERVICE"+string(rune('0'+i))] = d.services[i].cues
	}
	return found
}

// TestCarrierRoundTrip embeds up to four tracks and decodes each of them. With
// two, nobody waits for another; with more, channels share a field.
func TestCarrierRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]media.Rational{rate(30000, 1001), rate(30, 1)}).Draw(t, "rate")
		count := rapid.IntRange(1, 4).Draw(t, "tracks")
		most, slack := line21Columns, halfFrame
		if count > 2 {
			most, slack = 6, 500*ms
		}
		tracks := make([]Track, count)
		for i := range tracks {
			tracks[i].Cues = drawCues(t, line21Alphabet, most, 4*s, 8*s)
		}
		c, err := NewCarrier(tracks, rate)
		if err != nil {
			t.Fatal(err)
		}
		found := allChannels(c, rate, 30*120)
		for i, track := range tracks {
			near(t, ChannelName(i), track.Cues, found[ChannelName(i)], slack)
			near(t, "service", track.Cues, found["SERVICE"+string(rune('1'+i))], 200*ms)
		}
	})
}

// TestDenseCaptions gives more words than line 21 can carry: all come, in order.
func TestDenseCaptions(t *testing.T) {
	t.Parallel()
	var cues []Cue
	for i := range 40 {
		at := time.Duration(i) * 300 * ms
		cues = append(cues, cue(at, at+300*ms, strings.Repeat(string(rune('a'+i%26)), 30),
			strings.Repeat(string(rune('A'+i%26)), 30)))
	}
	got := mustRead(t, Write(SCC, Track{Cues: cues}))
	if len(got) != len(cues) {
		t.Fatalf("%d cues, want %d", len(got), len(cues))
	}
	for i := range cues {
		if !slices.Equal(got[i].Lines, cues[i].Lines) || got[i].Start < cues[i].Start-halfFrame {
			t.Errorf("%v, want %v or later", got[i], cues[i])
		}
	}
}

// TestPages lays out what does not fit one screen.
func TestPages(t *testing.T) {
	t.Parallel()
	long := cue(0, 8*s, "one", "two", "three", "four", "five six seven eight nine ten eleven twelve",
		strings.Repeat("x", 40))
	got := text(mustRead(t, Write(SCC, Track{Cues: Shift([]Cue{long, cue(10*s, 14*s, "a"), cue(12*s, 16*s, "b")},
		2*s)})))
	const want = `00:00:02.002 00:00:06.006 ["one" "two" "three" "four"]
00:00:06.006 00:00:10.010 ["five six seven eight nine ten" "eleven twelve" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "xxxxxxxx"]
00:00:12.012 00:00:14.014 ["a"]
00:00:14.014 00:00:16.016 ["a" "b"]
00:00:16.016 00:00:17.985 ["b"]
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
