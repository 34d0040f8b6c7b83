package manifest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

// recovered are the figures of a master playlist that the original wrote, as a parser
// has printed them (behaviour 4.10).
func recovered() Master {
	video := func(name string, bandwidth, width, height, level int) Variant {
		return Variant{URI: name + "_v4.m3u8", Bandwidth: bandwidth, Size: media.Size{Width: width, Height: height},
			Video: fmt.Sprintf("avc1.6400%02x", level),
			Audio: "mp4a.40.2", AudioGroup: "audio-0"}
	}
	frames := func(name string, bandwidth, level int) Variant {
		return Variant{URI: name + "_iframe.m3u8", Bandwidth: bandwidth, Size: media.Size{Width: 2, Height: 2},
			Video: fmt.Sprintf("avc1.6400%02x", level), Audio: "mp4a.40.2"}
	}
	return Master{
		Audio: []Rendition{{Group: "audio-0", Name: "Default", URI: "192k_audio_v4.m3u8"}},
		Variants: []Variant{
			video("1080p_5800k", 1466000, 1280, 720, 41), video("720p_3000k", 1466000, 1280, 720, 41),
			video("480p_1600k", 797000, 854, 480, 40),
			video("360p_800k", 582000, 640, 360, 40), video("136p_400k", 337000, 240, 134, 40),
			{URI: "192k_audio_v4.m3u8", Bandwidth: 219000, Audio: "mp4a.40.2", AudioGroup: "audio-0"},
		},
		IFrames: []Variant{
			frames("1080p_5800k", 35193000, 41), frames("720p_3000k", 35193000, 41),
			frames("480p_1600k", 15070000, 40),
			frames("360p_800k", 9385000, 40), frames("136p_400k", 2075000, 40),
		},
	}
}

func TestMasterV4(t *testing.T) {
	t.Parallel()
	want := `#EXTM3U
#EXT-X-VERSION:4
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-0",NAME="Default",AUTOSELECT=YES,DEFAULT=YES,URI="192k_audio_v4.m3u8"
#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=1466000,RESOLUTION=1280x720,CODECS="avc1.640029,mp4a.40.2",AUDIO="audio-0"
1080p_5800k_v4.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=1466000,RESOLUTION=1280x720,CODECS="avc1.640029,mp4a.40.2",AUDIO="audio-0"
720p_3000k_v4.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=797000,RESOLUTION=854x480,CODECS="avc1.640028,mp4a.40.2",AUDIO="audio-0"
480p_1600k_v4.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=582000,RESOLUTION=640x360,CODECS="avc1.640028,mp4a.40.2",AUDIO="audio-0"
360p_800k_v4.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=337000,RESOLUTION=240x134,CODECS="avc1.640028,mp4a.40.2",AUDIO="audio-0"
136p_400k_v4.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=219000,CODECS="mp4a.40.2",AUDIO="audio-0"
192k_audio_v4.m3u8
#EXT-X-I-FRAME-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=35193000,CODECS="avc1.640029",URI="1080p_5800k_iframe.m3u8"
#EXT-X-I-FRAME-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=35193000,CODECS="avc1.640029",URI="720p_3000k_iframe.m3u8"
#EXT-X-I-FRAME-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=15070000,CODECS="avc1.640028",URI="480p_1600k_iframe.m3u8"
#EXT-X-I-FRAME-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=9385000,CODECS="avc1.640028",URI="360p_800k_iframe.m3u8"
#EXT-X-I-FRAME-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=2075000,CODECS="avc1.640028",URI="136p_400k_iframe.m3u8"
`
	if diff := cmp.Diff(want, string(recovered().Text(4))); diff != "" {
		t.Errorf("master (-want +got):\n%s", diff)
	}
}

func TestSubtitlesInMasters(t *testing.T) {
	t.Parallel()
	m := Master{
		Subtitles: []Rendition{{Group: "subtitles", Name: `Deutsch "HI"`, Language: "de", URI: "cc-de.m3u8"},
			{Group: "subtitles", Name: "und", URI: "cc-und.m3u8"}},
		Variants: []Variant{{URI: "a.m3u8", Bandwidth: 1000, Average: 900, Size: media.Size{Width: 2, Height: 2},
			FrameRate: media.NewRational(30000, 1001), Video: "avc1.42001e"},
			{URI: "b.m3u8", Bandwidth: 1000, Average: 800, Audio: "mp4a.40.2"}},
		IFrames: []Variant{{URI: "i.m3u8", Bandwidth: 700, Average: 600, Size: media.Size{Width: 2, Height: 2},
			FrameRate: media.NewRational(25, 1), Video: "avc1.42001e"}},
	}
	const list = `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="Deutsch 'HI'",LANGUAGE="de",AUTOSELECT=YES,DEFAULT=NO,FORCED=NO,URI="cc-de.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="und",AUTOSELECT=YES,DEFAULT=NO,FORCED=NO,URI="cc-und.m3u8"
`
	v3 := "#EXTM3U\n" + list + `#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=2x2,CODECS="avc1.42001e",BANDWIDTH=1000,SUBTITLES="subtitles"
a.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,CODECS="mp4a.40.2",BANDWIDTH=1000
b.m3u8
`
	v7 := "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n" + list + `#EXT-X-STREAM-INF:BANDWIDTH=1000,AVERAGE-BANDWIDTH=900,RESOLUTION=2x2,CODECS="avc1.42001e",FRAME-RATE=29.970,SUBTITLES="subtitles"
a.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1000,AVERAGE-BANDWIDTH=800,CODECS="mp4a.40.2"
b.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=700,AVERAGE-BANDWIDTH=600,RESOLUTION=2x2,CODECS="avc1.42001e",URI="i.m3u8"
`
	if diff := cmp.Diff([]string{v3, v7}, []string{string(m.V3()), string(m.Text(7))}); diff != "" {
		t.Errorf("masters (-want +got):\n%s", diff)
	}
}

// Captions in the frames are named by their channels, beside others.
func TestClosedCaptionsInMasters(t *testing.T) {
	t.Parallel()
	m := Master{
		ClosedCaptions: []Rendition{{Group: "captions", Name: "English", Language: "en", Channel: "CC1"},
			{Group: "captions", Name: "und", Channel: "CC3"}},
		Variants: []Variant{{URI: "a.m3u8", Bandwidth: 1000, Size: media.Size{Width: 2, Height: 2}, Video: "avc1.42001e"}, {URI: "b.m3u8", Bandwidth: 1000, Audio: "mp4a.40.2"}},
	}
	const list = `#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="English",LANGUAGE="en",AUTOSELECT=YES,DEFAULT=NO,INSTREAM-ID="CC1"
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="und",AUTOSELECT=YES,DEFAULT=NO,INSTREAM-ID="CC3"
`
	v3 := "#EXTM3U\n" + list + `#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=2x2,CODECS="avc1.42001e",BANDWIDTH=1000,CLOSED-CAPTIONS="captions"
a.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,CODECS="mp4a.40.2",BANDWIDTH=1000
b.m3u8
`
	if diff := cmp.Diff(v3, string(m.V3())); diff != "" {
		t.Errorf("master (-want +got):\n%s", diff)
	}
	m.Subtitles = []Rendition{{Group: "subtitles", Name: "English", URI: "cc-en.m3u8"}}
	if text := string(m.Text(4)); !strings.Contains(text, list) ||
		!strings.Contains(text, `,SUBTITLES="subtitles",CLOSED-CAPTIONS="captions"`) {
		t.Errorf("master with both:\n%s", text)
	}
}

func TestMediaV4(t *testing.T) {
	t.Parallel()
	segments := []Segment{
		{Name: "a b.ts", Duration: 10010 * time.Millisecond, SizeBytes: 1504},
		{Name: "a b.ts", Duration: 2 * time.Second, Offset: 1504, SizeBytes: 188},
	}
	key := &Key{URI: "https://example.com/key?id=1", Vector: [16]byte{0, 1, 0xab}}
	const ranges = `#EXTINF:10.010000,
#EXT-X-BYTERANGE:1504@0
a%20b.ts
#EXTINF:2.000000,
#EXT-X-BYTERANGE:188@1504
a%20b.ts
#EXT-X-ENDLIST
`
	const head = "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n#EXT-X-TARGETDURATION:12\n#EXT-X-PLAYLIST-TYPE:VOD\n"
	const tag = "#EXT-X-KEY:METHOD=AES-128,URI=\"https://example.com/key?id=1\",IV=0x0001AB00000000000000000000000000\n"
	want := []string{head + ranges, head + tag + ranges, head + "#EXT-X-I-FRAMES-ONLY\n" + ranges,
		head + "#EXT-X-I-FRAMES-ONLY\n" + tag + ranges}
	got := []string{string(MediaV4(segments, 12, nil)), string(MediaV4(segments, 12, key)),
		string(IFrames(segments, 12, nil)), string(IFrames(segments, 12, key))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("playlists (-want +got):\n%s", diff)
	}
}

func TestMediaV7(t *testing.T) {
	t.Parallel()
	header, segments := Segment{Name: "a", SizeBytes: 800}, []Segment{{Name: "a", Duration: 4 * time.Second,
		SizeBytes: 99, Offset: 900}}
	const head = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:5\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n" +
		"#EXT-X-MAP:URI=\"a\",BYTERANGE=\"800@0\"\n"
	const ranges = "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:99@900\na\n#EXT-X-ENDLIST\n"
	want := []string{head + ranges, head + "#EXT-X-I-FRAMES-ONLY\n" + ranges}
	if diff := cmp.Diff(want, []string{string(MediaV7(segments, 5, header)),
		string(IFramesV7(segments, 5, header))}); diff != "" {
		t.Errorf("playlists (-want +got):\n%s", diff)
	}
}

func TestMisaligned(t *testing.T) {
	t.Parallel()
	lasting := func(all ...time.Duration) (segments []Segment) {
		for _, d := range all {
			segments = append(segments, Segment{Duration: d * time.Millisecond})
		}
		return segments
	}
	if n, differ := Misaligned(lasting(2000, 2000, 1000), lasting(2000, 2002, 1000), time.Millisecond); n != 2 ||
		!differ {
		t.Errorf("misaligned %d %v, want 2 true", n, differ)
	}
	if _, differ := Misaligned(lasting(2000, 2000), lasting(2000), time.Millisecond); differ {
		t.Error("a rendition that ends earlier is called misaligned")
	}
}
