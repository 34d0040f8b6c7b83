package manifest

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

// The two playlists are the original's own, as its users published them
// (behaviour 4.10); the media playlist's middle follows from its durations.

func TestMasterV3(t *testing.T) {
	t.Parallel()
	got := Master{Variants: []Variant{
		{URI: "hls-bats-400k.m3u8", Bandwidth: 455000, Size: media.Size{Width: 400, Height: 226}, Video: "avc1.42001e", Audio: "mp4a.40.2"},
		{URI: "hls-bats-600k.m3u8", Bandwidth: 663000, Size: media.Size{Width: 480, Height: 270}, Video: "avc1.42001e", Audio: "mp4a.40.2"},
	}}.V3()
	want := `#EXTM3U
#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=400x226,CODECS="avc1.42001e,mp4a.40.2",BANDWIDTH=455000
hls-bats-400k.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=480x270,CODECS="avc1.42001e,mp4a.40.2",BANDWIDTH=663000
hls-bats-600k.m3u8
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("master (-want +got):\n%s", diff)
	}
}

func TestMasterV3WithoutAudioOrVideo(t *testing.T) {
	t.Parallel()
	got := Master{Variants: []Variant{
		{URI: "v.m3u8", Bandwidth: 2200000, Size: media.Size{Width: 1024, Height: 576}, Video: "avc1.4d001f"},
		{URI: "a.m3u8", Bandwidth: 66000, Audio: "mp4a.40.2"},
	}}.V3()
	want := `#EXTM3U
#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=1024x576,CODECS="avc1.4d001f",BANDWIDTH=2200000
v.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,CODECS="mp4a.40.2",BANDWIDTH=66000
a.m3u8
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("master (-want +got):\n%s", diff)
	}
}

func TestMediaV3(t *testing.T) {
	t.Parallel()
	got := MediaV3([]Segment{
		{Name: "hls-bats-400k00000.ts", Duration: 11308056 * time.Microsecond},
		{Name: "hls-bats-400k00001.ts", Duration: 11262 * time.Millisecond},
		{Name: "hls-bats-400k00002.ts", Duration: 7524 * time.Millisecond},
	}, 12, nil)
	want := `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-ALLOW-CACHE:YES
#EXT-X-TARGETDURATION:12
#EXTINF:11.308056,
hls-bats-400k00000.ts
#EXTINF:11.262000,
hls-bats-400k00001.ts
#EXTINF:7.524000,
hls-bats-400k00002.ts
#EXT-X-ENDLIST
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("playlist (-want +got):\n%s", diff)
	}
}

func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	got := string(MediaV3([]Segment{{Name: "a b#1.ts", Duration: 10 * time.Second}}, 10, nil))
	if want := "\na%20b%231.ts\n"; !strings.Contains(got, want) {
		t.Errorf("%q is missing in\n%s", want, got)
	}
}

func TestTargetSeconds(t *testing.T) {
	t.Parallel()
	lasting := func(all ...time.Duration) (segments []Segment) {
		for _, d := range all {
			segments = append(segments, Segment{Duration: d})
		}
		return segments
	}
	for want, renditions := range map[int64][][]Segment{
		0:  {},
		10: {lasting(10*time.Second, time.Second)},
		11: {lasting(10 * time.Second), nil, lasting(time.Second, 10*time.Second+time.Microsecond)},
	} {
		if got := TargetSeconds(renditions...); got != want {
			t.Errorf("%v: %d, want %d", renditions, got, want)
		}
	}
}

func TestSubtitles(t *testing.T) {
	t.Parallel()
	got := string(Subtitles([]Segment{{Name: "cc-en00000.vtt", Duration: 4 * time.Second}}, 5))
	want := "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n#EXT-X-TARGETDURATION:5\n" +
		"#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:4.000000,\ncc-en00000.vtt\n#EXT-X-ENDLIST\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("playlist (-want +got):\n%s", diff)
	}
}

func TestBandwidth(t *testing.T) {
	t.Parallel()
	second := func(n float64, kilobits int64) Segment {
		return Segment{Duration: time.Duration(n * float64(time.Second)), SizeBytes: int64(n * float64(kilobits) * 125)}
	}
	for _, c := range []struct {
		name     string
		segments []Segment
		want     int
	}{
		{"nothing", nil, 0},
		{"the peak of whole segments", []Segment{second(10, 400), second(10, 455), second(10, 380)}, 455000},
		{"up to the next thousand", []Segment{{Duration: 10 * time.Second, SizeBytes: 568751}}, 456000},
		{"a short last segment alone does not count", []Segment{second(10, 400), second(1, 4000)}, 728000},
		{"one segment is the whole", []Segment{second(0.2, 900)}, 900000},
	} {
		if got := Bandwidth(c.segments, TargetSeconds(c.segments)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAverageBandwidth(t *testing.T) {
	t.Parallel()
	segments := []Segment{{Duration: 10 * time.Second, SizeBytes: 500_000},
		{Duration: 5 * time.Second, SizeBytes: 251_000}}
	if got := AverageBandwidth(segments); got != 401_000 {
		t.Errorf("%d", got)
	}
}

func TestRelativeURI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, want string }{
		{"master.m3u8", "out.m3u8", "out.m3u8"},
		{"a/b/master.m3u8", "a/b/out.m3u8", "out.m3u8"},
		{"a/b", "a/b/c/x.m3u8", "b/c/x.m3u8"},
		{"a/b/master.m3u8", "a/b/c/x.m3u8", "c/x.m3u8"},
		{"hls/m.m3u8", "hls0400k/x.m3u8", "../hls0400k/x.m3u8"},
		{"a/b/c/m.m3u8", "x.m3u8", "../../../x.m3u8"},
		{"m", "50% of #1?.m3u8", "50%25%20of%20%231%3F.m3u8"},
		{"m", "10:30/x.m3u8", "10%3A30/x.m3u8"},
		{"m", "déjà vu.m3u8", "d%C3%A9j%C3%A0%20vu.m3u8"},
		{"a/m", "a//x.m3u8", ".//x.m3u8"},
	} {
		got := RelativeURI(c.from, c.to)
		if got != c.want {
			t.Errorf("from %q to %q: %q, want %q", c.from, c.to, got, c.want)
		}
		base := &url.URL{Scheme: "https", Host: "example.org", Path: "/bucket/" + c.from}
		if to, err := base.Parse(got); err != nil || to.Path != "/bucket/"+c.to && !strings.Contains(c.to, "//") {
			t.Errorf("from %q, %q leads to %v (%v), want %q", c.from, got, to, err, c.to)
		}
	}
}
