package manifest

import (
	"encoding/xml"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var square = media.NewRational(1, 1)

// ladder is a presentation with all that a manifest can say.
func ladder() Presentation {
	video := func(uri string, width, height, bandwidth int, codecs string) Representation {
		return Representation{URI: uri, Codecs: codecs, Bandwidth: bandwidth,
			Size: media.Size{Width: width, Height: height}, PixelAspect: square,
			FrameRate: media.NewRational(30000, 1001), Header: 813, Index: 64}
	}
	audio := func(uri, codecs string, bandwidth int) Representation {
		return Representation{URI: uri, Codecs: codecs, Bandwidth: bandwidth, SampleRate: 44100, Channels: 2,
			Header: 769, Index: 64}
	}
	return Presentation{Duration: 13013 * time.Millisecond, MinBuffer: 4 * time.Second,
		Sets: []AdaptationSet{
			{Kind: "video", Aligned: true, Representations: []Representation{
				video("video-4800k", 1280, 720, 4912000, "avc1.4d401f"), video("video%20600k?", 640, 360, 655000,
					"avc1.42c01e")}},
			{Kind: "audio", Aligned: true, Representations: []Representation{audio("audio", "mp4a.40.2", 133000)}},
			{Kind: "audio", Representations: []Representation{audio("low", "mp4a.40.5", 66000)}},
		},
		Texts: []Text{{URI: "cc-en00000.vtt", Language: "en", Label: `<"Director's" & more>`, Bandwidth: 120},
			{URI: "cc-und00000.vtt", Language: "und", Bandwidth: 1}},
	}
}

func TestDASH(t *testing.T) {
	t.Parallel()
	mixed := ladder()
	mixed.Sets[0].Representations[1].Size.Height = 480 // another shape: no shape is said of the set
	mixed.Sets[0].Representations[1].PixelAspect = media.NewRational(40, 33)
	whole := Presentation{Duration: time.Hour + time.Nanosecond, MinBuffer: 1500 * time.Millisecond,
		Sets: []AdaptationSet{
			{Kind: "video", Aligned: true, Multiplexed: true,
				Representations: []Representation{{URI: "both", Codecs: "avc1.4d401e,mp4a.40.2", Bandwidth: 800000,
					Size: media.Size{Width: 480, Height: 270}, PixelAspect: square, FrameRate: media.NewRational(25,
						1), SampleRate: 48000, Channels: 1, Header: 1328, Index: 128}}}}}
	protected := ladder()
	for n := range protected.Sets[:2] {
		protected.Sets[n].Protection = &DASHProtection{KeyID: [16]byte([]byte("0123456789abcdef")),
			SystemID: "9a04f079-9840-4286-ab92-e65be0885f95",
			Box:      []byte("box"), Object: []byte("object")}
	}
	for name, p := range map[string]Presentation{"protected": protected, "ladder": ladder(), "mixed": mixed,
		"multiplexed": whole} {
		got, err := DASH(p)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".mpd")
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDASHEscapes(t *testing.T) {
	t.Parallel()
	p := ladder()
	hostile := "a\"<b>&'\x01\xff\u2028]]>\n"
	p.Texts[0].Label, p.Texts[0].URI, p.Texts[0].Language = hostile, hostile, hostile
	p.Sets[0].Representations[0].URI, p.Sets[0].Representations[0].Codecs = hostile, hostile
	got, err := DASH(p)
	if err != nil {
		t.Fatal(err)
	}
	var read mpdElement
	if err := xml.Unmarshal(got, &read); err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	const shown = "a\"<b>&'\ufffd\ufffd\u2028]]>\n" // without what XML has no way to say
	if set := read.Period.Sets[3]; set.Label != shown || set.Language != shown ||
		set.Representations[0].BaseURL != shown {
		t.Errorf("read back as %+v", set)
	}
}

func TestXMLDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "PT0S", time.Second: "PT1S", 20 * time.Second: "PT20S",
		time.Hour:               "PT3600S",
		1500 * time.Millisecond: "PT1.5S", 3_000_000_001: "PT3.000001S", 13_013 * time.Millisecond: "PT13.013S"} {
		if got := xmlDuration(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// waits reports whether a player that begins with a segment waits for one later, by
// playing: the definition, without the shortcut.
func waits(segments []Segment, buffer time.Duration, bandwidth int) bool {
	for begin := range segments {
		loaded, due := 0.0, buffer.Seconds() // of each segment after the request
		for _, s := range segments[begin:] {
			loaded += float64(s.SizeBytes) * 8 / float64(bandwidth)
			if loaded > due+1e-9 {
				return true
			}
			due += s.Duration.Seconds()
		}
	}
	return false
}

func TestStreamBandwidth(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		segments := make([]Segment, 1+random.IntN(30))
		for i := range segments {
			segments[i] = Segment{Duration: time.Duration(1+random.IntN(8000)) * time.Millisecond,
				SizeBytes: int64(random.IntN(1 << 20))}
		}
		buffer := time.Duration(1+random.IntN(10)) * time.Second
		got := StreamBandwidth(segments, buffer)
		if waits(segments, buffer, got) {
			t.Fatalf("%d is not enough for %+v with %s", got, segments, buffer)
		}
		if got > 1000 && !waits(segments, buffer, got-1000) {
			t.Fatalf("%d is more than enough for %+v with %s", got, segments, buffer)
		}
	}
	if got := StreamBandwidth([]Segment{{Duration: 4 * time.Second, SizeBytes: 500_000},
		{Duration: time.Second, SizeBytes: 125_000}}, 4*time.Second); got != 1_000_000 {
		t.Errorf("equal rates: %d", got)
	}
	if got := StreamBandwidth(nil, time.Second); got != 1000 {
		t.Errorf("nothing: %d", got)
	}
}
