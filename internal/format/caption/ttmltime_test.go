package caption

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

// attributes are the parameters of a tt element, "name=value" each.
func attributes(params string) []xml.Attr {
	var attrs []xml.Attr
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		attrs = append(attrs, xml.Attr{Name: xml.Name{Local: name}, Value: value})
	}
	return attrs
}

// TestTTMLTimes reads every kind of time expression (TTML1, section 10.3.1).
func TestTTMLTimes(t *testing.T) {
	t.Parallel()
	const ntsc = "frameRate=30;frameRateMultiplier=1000 1001"
	for _, c := range []struct {
		params, time string
		want         time.Duration
	}{
		{"", "00:00:01", s}, {"", "01:02:03.25", 3723250 * ms}, {"", "00:00:00.123456", 123456 * time.Microsecond},
		{"", "00:00:01:15", 1500 * ms}, {"frameRate=25", "00:00:01:24", 1960 * ms}, {"", " 5s ", 5 * s},
		{"frameRate=25;subFrameRate=2", "00:00:01:12.1", 1500 * ms},
		{ntsc, "00:00:01:00", s}, {ntsc, "00:00:00:15", 500500 * time.Microsecond},
		{ntsc + ";timeBase=smpte", "00:01:00:00", 60060 * ms},
		{ntsc + ";timeBase=smpte;dropMode=dropNTSC", "00:01:00:02", 60060 * ms},
		{ntsc + ";timeBase=smpte;dropMode=dropNTSC", "00:10:00;00", 599999400 * time.Microsecond},
		{"frameRateMultiplier=1000:1001", "30f", 1001 * ms}, {"frameRateMultiplier=nonsense", "30f", s},
		{"", "1.5h", 90 * time.Minute}, {"", "2m", 2 * time.Minute}, {"", "1.25s", 1250 * ms}, {"", "250ms", 250 * ms},
		{"frameRate=24", "12f", 500 * ms}, {"", "3t", 3 * s}, {"frameRate=25", "50t", 2 * s},
		{"frameRate=25;subFrameRate=2", "50t", s},
		{"tickRate=10000000", "15000000t", 1500 * ms}, {"frameRate=0;subFrameRate=x;tickRate=-1", "00:00:00:29",
			966667 * time.Microsecond},
	} {
		if got, ok := newTTMLClock(attributes(c.params)).parse(c.time); !ok || got != c.want {
			t.Errorf("%s with %q: %v %v, want %v", c.time, c.params, got, ok, c.want)
		}
	}
	for _, text := range []string{"", "1", "1:2:3", "00:00", "00:60:00", "00:00:61", "00:00:00:30", "00:00:00:01.5",
		"-1s",
		"1e9s", "s", "1.s5", "99999999h", "999999999999t", "1000000:00:00", "999999999:00:00", "00:00:00."} {
		if got, ok := newTTMLClock(nil).parse(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestTTMLStructure reads documents that the sources do not cover.
func TestTTMLStructure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, want string }{
		{"<div/><div><p begin='1s' end='2s'>second div</p></div>", ""},
		{"<p begin='1s' end='2s'>no div</p>", ""},
		{"<div><p begin='1s' end='2s'>a<set begin='0s'/><metadata>no</metadata> b</p></div>",
			`00:00:01.000 00:00:02.000 ["a b"]`},
		{"<div begin='5s' dur='1s'><p begin='0s' end='9s'>cut</p><p begin='2s'>after</p></div>",
			`00:00:05.000 00:00:06.000 ["cut"]`},
		{"<div><p begin='1s' end='9s' dur='2s'>both</p></div>", `00:00:01.000 00:00:03.000 ["both"]`},
		{"<div><p>no times</p></div>", `00:00:00.000 00:00:04.000 ["no times"]`},
		{"<div><p begin='2s' end='1s'>backwards</p></div>", ""},
		{"<div timeContainer='seq'><p>for ever</p><p dur='1s'>never</p></div>",
			`00:00:00.000 00:00:04.000 ["for ever"]`},
		{"<div><p begin='1s' end='2s'> <br/><br/> one <br/> <span> two </span><br/> </p></div>",
			`00:00:01.000 00:00:02.000 ["one" "two"]`},
		{"<div><p begin='1s' end='2s'><![CDATA[<b>&amp;]]></p></div>", `00:00:01.000 00:00:02.000 ["<b>&amp;"]`},
		{"<div xml:space='preserve'><p begin='1s' end='2s' xml:space='default'>a  b\nc</p></div>",
			`00:00:01.000 00:00:02.000 ["a b c"]`},
		{"<div timeContainer='seq'><p dur='1s'>a</p><p><span dur='2s'>b</span></p><p/><p dur='1s'>c</p></div>",
			`00:00:00.000 00:00:01.000 ["a"]` + "\n" + `00:00:01.000 00:00:03.000 ["b"]` + "\n" +
				`00:00:03.000 00:00:04.000 ["c"]`},
		{"<div><p timeContainer='seq' dur='9s'>never<span dur='1s'>a</span><br/><span dur='1s'>b</span></p></div>",
			`00:00:00.000 00:00:01.000 ["a"]` + "\n" + `00:00:01.000 00:00:02.000 ["b"]`},
		{"<div><p end='3s'><span>a</span> <span begin='1s'>b</span><br/><span begin='1s' end='2s'>c</span></p></div>",
			`00:00:00.000 00:00:01.000 ["a"]` + "\n" + `00:00:01.000 00:00:02.000 ["a b" "c"]` + "\n" +
				`00:00:02.000 00:00:03.000 ["a b"]`},
		{"<div><p end='1s'>a <span> b </span> <metadata>no</metadata> c</p></div>",
			`00:00:00.000 00:00:01.000 ["a b c"]`},
		{"<div xmlns:x='urn:x'><p end='1s'>a<x:span>no</x:span></p><x:p>no</x:p></div>",
			`00:00:00.000 00:00:01.000 ["a"]`},
	} {
		cues, err := Read([]byte("<?xml version='1.0' encoding='ISO-8859-1'?><tt><body>" + c.body + "</body></tt>"))
		if got := strings.TrimSpace(text(cues)); err != nil || got != c.want {
			t.Errorf("%s:\n%s %v\nwant\n%s", c.body, got, err, c.want)
		}
	}
}
