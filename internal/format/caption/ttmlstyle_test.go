package caption

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// styledTT is a document with styles and regions.
func styledTT(body string) []byte {
	return []byte(`<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"><head>
  <styling>
    <style xml:id="gone" tts:display="none"/><style xml:id="hidden" tts:visibility="hidden"/><style xml:id="clear" tts:color="#ff000000"/>
    <style xml:id="hides" style="round hidden"/><style xml:id="round" style="hides"/><style xml:id="plain" tts:color="red"/>
  </styling>
  <layout>
    <region xml:id="late" begin="2s" end="4s"/>
    <region xml:id="dark"><style tts:visibility="hidden"/><set begin="3s" dur="1s" tts:visibility="visible"/></region>
    <region xml:id="faint" tts:opacity="0.0"/>
  </layout></head><body><div>` + body + `</div></body></tt>`)
}

// TestTTMLSight leaves out words that the document itself does not show, and keeps
// those it does.
func TestTTMLSight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, want string }{
		{`<p end="5s" tts:display="none">x</p>`, ""},
		{`<p end="5s" style="gone">x</p>`, ""},
		{`<p end="5s" style="gone plain">x</p>`, ""},
		{`<p end="5s" style="gone" tts:display="auto">x</p>`, "0 5 x"},
		{`<p end="5s" style="gone"><span tts:display="auto">x</span></p>`, ""},
		{`<p end="5s" style="hidden">x<span tts:visibility="visible">y</span></p>`, "0 5 y"},
		{`<p end="5s" style="hides">x</p>`, ""},
		{`<p end="5s" style="clear">x<span style="plain">y</span></p>`, "0 5 y"},
		{`<p end="5s" style="absent">x</p>`, "0 5 x"},
		{`<p end="5s" tts:color="rgba(1,2,3,0)">x</p>`, ""},
		{`<p end="5s" tts:color="rgba(1,2,3,10)">x</p>`, "0 5 x"},
		{`<p end="5s" tts:color="#00ff00">x</p>`, "0 5 x"},
		{`<p end="5s" tts:opacity="0">x</p>`, ""},
		{`<p end="5s" tts:opacity="0.05">x</p>`, "0 5 x"},
		{`<p end="5s" tts:display="none"><set begin="1s" end="2s" tts:display="auto"/>x</p>`, "1 2 x"},
		{`<p end="5s"><set begin="1s" dur="1s" tts:visibility="hidden"/>x <span>y</span></p>`, "0 1 x y;2 5 x y"},
		{`<p end="5s"><set begin="1s" tts:color="blue"/>x</p>`, "0 5 x"},
		{`<p region="late" end="5s">x</p>`, "2 4 x"},
		{`<p region="dark" end="5s">x</p>`, "3 4 x"},
		{`<p region="faint" end="5s">x</p>`, ""},
		{`<p region="absent" end="5s">x</p>`, "0 5 x"},
		{`<p end="5s">x <span region="late">y</span> <span region="absent">z</span></p>`, "2 4 y"},
		{`<div begin="1s" region="late"><p end="2s">x</p></div>`, "2 3 x"},
	} {
		var got []string
		for _, cue := range mustRead(t, styledTT(c.body)) {
			got = append(got, strings.Join([]string{whole(cue.Start), whole(cue.End), strings.Join(cue.Lines, "|")},
				" "))
		}
		if text := strings.Join(got, ";"); text != c.want {
			t.Errorf("%s: %s, want %s", c.body, text, c.want)
		}
	}
}

func whole(d time.Duration) string { return strings.TrimSuffix(d.String(), "s") }

// TestTTMLBounds reads documents that ask for more work, or more text, than they hold.
func TestTTMLBounds(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	changing := `<p end="9s">` + repeat(`<set begin="1s" dur="1s" tts:color="red"/>`, 5000) + repeat(`<span>x</span>`,
		5000) + `</p>`
	var words, moments strings.Builder
	for i := range 9000 {
		words.WriteString(`<span begin="` + formatClock(time.Duration(i)*ms, ".") + `">` + repeat("word ", 300) +
			`</span>`)
		moments.WriteString(`<set begin="` + formatClock(time.Duration(i)*ms, ".") + `" dur="1ms" tts:opacity="0"/>`)
	}
	for name, c := range map[string]struct{ body, want string }{
		"as many parts as words": {`<p>` + repeat(`x<span/>`, maxTTMLRuns+1) + `</p>`,
			"a paragraph has more than 10000 parts"},
		"changes of nothing": {changing, "the captions change too often"},
		"words that stay":    {`<p>` + words.String() + `</p>`, "there are too many captions"},
		"changes of a whole document": {moments.String() + repeat(`<p end="9s">x</p>`, 9000),
			"the captions change too often"},
	} {
		started := time.Now()
		_, err := Read(styledTT(c.body))
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		t.Logf("%s: %v", name, time.Since(started).Round(ms))
	}
}

// TestTTMLDeepStyles follows styles that refer to one another without an end.
func TestTTMLDeepStyles(t *testing.T) {
	t.Parallel()
	var chain strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&chain, `<style xml:id="s%d" style="s%d s%d s0" tts:color="red"/>`, i, i+1, i+2)
	}
	cues := mustRead(t, []byte(`<tt xmlns:tts="http://www.w3.org/ns/ttml#styling"><head><styling>`+chain.String()+
		`</styling></head><body><div><p style="s0" end="1s">x</p></div></body></tt>`))
	if len(cues) != 1 {
		t.Errorf("%v", cues)
	}
}
