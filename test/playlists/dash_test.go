package playlists

import (
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// mpd is what a player looks at in an MPEG-DASH manifest.
type mpd struct {
	Profiles string `xml:"profiles,attr"`
	Type     string `xml:"type,attr"`
	Duration string `xml:"mediaPresentationDuration,attr"`
	Buffer   string `xml:"minBufferTime,attr"`
	Sets     []struct {
		ContentType     string `xml:"contentType,attr"`
		MimeType        string `xml:"mimeType,attr"`
		Language        string `xml:"lang,attr"`
		Aligned         bool   `xml:"subsegmentAlignment,attr"`
		SAP             int    `xml:"subsegmentStartsWithSAP,attr"`
		Label           string
		Representations []representation `xml:"Representation"`
	} `xml:"Period>AdaptationSet"`
}

type representation struct {
	Codecs     string `xml:"codecs,attr"`
	Width      int    `xml:"width,attr"`
	Height     int    `xml:"height,attr"`
	Shape      string `xml:"sar,attr"`
	FrameRate  string `xml:"frameRate,attr"`
	SampleRate int    `xml:"audioSamplingRate,attr"`
	Bandwidth  int    `xml:"bandwidth,attr"`
	BaseURL    string
	Base       struct {
		Index          string `xml:"indexRange,attr"`
		Initialization struct {
			Range string `xml:"range,attr"`
		}
	} `xml:"SegmentBase"`
}

func (b *bench) mpd(t *testing.T, key string) (m mpd) {
	t.Helper()
	if err := xml.Unmarshal(b.ReadOutput(t, key), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// MPEG-DASH and HLS of the same files in fragmented mp4: what players decode is the
// single file's, frame by frame, and what the manifests say is what the bytes are.
func TestFragments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "13")
	ntsc := func(width, height string) string {
		return b.CopyPreset(t, reelastictest.DASHVideo600k, func(req *api.CreatePresetRequest) {
			req.Video.MaxWidth, req.Video.MaxHeight, req.Video.FrameRate = &width, &height, new("29.97")
		})
	}
	video, small := ntsc("384", "216"), ntsc("192", "108")
	b.PutText("in", "en.srt",
		"1\n00:00:01,000 --> 00:00:06,500\nacross a boundary\n\n2\n00:00:09,000 --> 00:00:10,000\nlater\n")
	captioned := func(key, preset, pattern string) api.CreateJobOutput {
		o := output(key, preset)
		o.Captions = &api.Captions{CaptionFormats: []api.CaptionFormat{{Format: new("webvtt"), Pattern: &pattern}}}
		return o
	}
	b.Complete(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4"), InputCaptions: &api.InputCaptions{MergePolicy: new("Override"),
			CaptionSources: []api.CaptionSource{{Key: new("en.srt"), Language: new("en"), Label: new("English")}}}}},
		OutputKeyPrefix: new("f/"),
		Outputs: []api.CreateJobOutput{captioned("video", video, "cc-{language}-"),
			captioned("small", small, "cc-{language}-"), output("sound", reelastictest.DASHAudio128k),
			captioned("cut", video, "cut-{language}-"), output("cutsound", reelastictest.DASHAudio128k)},
		Playlists: []api.CreateJobPlaylist{playlist("film", "MPEG-DASH", "video", "small", "sound"),
			playlist("hls", "HLSv4", "video", "small", "sound"),
			playlist("cut", "HLSv4", "cut", "cutsound")},
	})
	tracks := map[string]track{}
	for _, key := range []string{"video", "small", "sound", "cut", "cutsound"} {
		tracks[key] = readTrack(t, b.ReadOutput(t, "f/"+key))
	}
	t.Run("frames", func(t *testing.T) {
		// The same preset makes other frames with other numbers of threads, so that each
		// file is held against itself, read from its header on without any manifest.
		for _, c := range []struct {
			file, stream string
			count        int // or one less of sound: newer decoders drop the frame that only primes
			manifests    []string
		}{
			{"video", "0:v:0", 390, []string{"film.mpd", "video_v7.m3u8", "hls.m3u8"}},
			{"small", "0:v:0", 390, []string{"small_v7.m3u8"}},
			{"cut", "0:v:0", 390, []string{"cut.m3u8"}},
			{"sound", "0:a:0", 611, []string{"film.mpd", "hls.m3u8", "sound_v7.m3u8"}},
		} {
			want := frames(t, b.site.URL+"/f/"+c.file, c.stream)
			if len(want) != c.count && (c.stream != "0:a:0" || len(want) != c.count-1) {
				t.Errorf("%s has %d frames", c.file, len(want))
			}
			for _, m := range c.manifests {
				if got := frames(t, b.site.URL+"/f/"+m, c.stream); !slices.Equal(got, want) {
					t.Errorf("%s: %d frames, unlike the %d of the file", m, len(got), len(want))
				}
			}
		}
		if got, want := frames(t, b.site.URL+"/f/film.mpd", "0:v:1"),
			frames(t, b.site.URL+"/f/small", "0:v:0"); !slices.Equal(got, want) {
			t.Errorf("small: %d frames, unlike the %d of the file", len(got), len(want))
		}
	})
	t.Run("segments", func(t *testing.T) {
		for _, key := range []string{"video", "small", "cut"} {
			checkPictureSegments(t, key, tracks[key])
		}
		checkSoundSegments(t, tracks["sound"])
		for i, r := range tracks["video"].references {
			if s := tracks["small"].references[i]; s.start != r.start || s.duration != r.duration {
				t.Errorf("segment %d: from %f for %f, and from %f for %f", i, r.start, r.duration, s.start, s.duration)
			}
		}
	})
	t.Run("manifest", func(t *testing.T) { b.checkManifest(t, tracks) })
	t.Run("playlists", func(t *testing.T) {
		for _, key := range []string{"video", "small", "sound", "cut", "cutsound"} {
			b.checkRanges(t, "f/"+key, tracks[key])
		}
		b.checkFragmentPictures(t, "f/video", tracks["video"])
	})
	t.Run("captions", func(t *testing.T) { b.checkTexts(t, tracks) })
}

// checkPictureSegments holds a file's index against its samples: segments begin with
// a key frame, at the first frame at or after a multiple of 4 s, and fill the file.
func checkPictureSegments(t *testing.T, key string, x track) {
	t.Helper()
	end := 390 * 1001.0 / 30000
	for n, r := range x.references {
		at := slices.IndexFunc(x.samples, func(s sample) bool { return s.fragment == r.offset })
		if at < 0 || !r.sap {
			t.Fatalf("%s: reference %d, %+v, is to no fragment", key, n, r)
		}
		want := math.Ceil(float64(4*n)*30000/1001-1e-6) * 1001 / 30000
		if s := x.samples[at]; !s.key || math.Abs(s.shown-r.start) > 1e-9 || math.Abs(r.start-want) > 1e-9 {
			t.Errorf("%s: segment %d begins at %f, its first picture at %f; want %f", key, n, r.start, s.shown, want)
		}
		until := end
		if n+1 < len(x.references) {
			until = x.references[n+1].start
			if r.offset+r.size != x.references[n+1].offset {
				t.Errorf("%s: segment %d ends at %d, the next begins at %d", key, n, r.offset+r.size,
					x.references[n+1].offset)
			}
		}
		for _, s := range x.samples[at:] {
			if in := s.offset < r.offset+r.size; in != (s.shown < until-1e-9) {
				t.Errorf("%s: the picture at %f is in segment %d: %v", key, s.shown, n, in)
			}
		}
		if n == len(x.references)-1 && math.Abs(r.start+r.duration-end) > 1e-9 {
			t.Errorf("%s ends at %f, want %f", key, r.start+r.duration, end)
		}
	}
	if len(x.references) != 4 || len(x.samples) != 390 {
		t.Errorf("%s: %d segments, %d pictures", key, len(x.references), len(x.samples))
	}
}

// checkSoundSegments holds the index of sound against its samples: segments begin with
// the first block at or after a multiple of 4 s.
func checkSoundSegments(t *testing.T, x track) {
	t.Helper()
	for n, r := range x.references {
		at := slices.IndexFunc(x.samples, func(s sample) bool { return s.fragment == r.offset })
		if at < 0 || math.Abs(math.Max(x.samples[at].shown, 0)-r.start) > 1e-9 {
			t.Errorf("segment %d, %+v, does not begin with a sample", n, r)
		}
		const block = 1024.0 / 48000
		if late := r.start - float64(4*n); late < 0 || late >= block {
			t.Errorf("segment %d begins at %f, not at the first block from %d on", n, r.start, 4*n)
		}
	}
	last := x.references[len(x.references)-1]
	if len(x.references) != 4 || math.Abs(last.start+last.duration-13) > 0.03 {
		t.Errorf("%d segments end at %f", len(x.references), last.start+last.duration)
	}
	if x.samples[0].shown > 0 || x.samples[0].shown < -0.05 {
		t.Errorf("sound begins at %f", x.samples[0].shown)
	}
}

// checkManifest compares the manifest with the files that it names.
func (b *bench) checkManifest(t *testing.T, tracks map[string]track) {
	t.Helper()
	m := b.mpd(t, "f/film.mpd")
	if m.Profiles != "urn:mpeg:dash:profile:isoff-on-demand:2011" || m.Type != "static" || m.Buffer != "PT4S" ||
		len(m.Sets) != 3 {
		t.Fatalf("%+v", m)
	}
	if seconds := decimal(t, strings.Trim(m.Duration, "PTS")); math.Abs(seconds-13.013) > 0.03 {
		t.Errorf("the presentation lasts %s", m.Duration)
	}
	for n, want := range []struct {
		kind string
		keys []string
	}{{"video", []string{"video", "small"}}, {"audio", []string{"sound"}}} {
		set := m.Sets[n]
		if set.ContentType != want.kind || set.MimeType != want.kind+"/mp4" || !set.Aligned || set.SAP != 1 ||
			len(set.Representations) != len(want.keys) {
			t.Fatalf("%+v", set)
		}
		for i, r := range set.Representations {
			if r.BaseURL != want.keys[i] {
				t.Errorf("%q is in the place of %q", r.BaseURL, want.keys[i])
			}
			checkRepresentation(t, r, tracks[want.keys[i]])
		}
	}
	v, s := m.Sets[0].Representations, m.Sets[1].Representations[0]
	if v[0].Width != 384 || v[0].Height != 216 || v[0].Shape != "1:1" || v[0].FrameRate != "30000/1001" ||
		v[1].Width != 192 || s.SampleRate != 48000 || s.Codecs != "mp4a.40.2" {
		t.Errorf("%+v, %+v", v, s)
	}
}

func checkRepresentation(t *testing.T, r representation, x track) {
	t.Helper()
	between := func(x [2]int) string { return fmt.Sprintf("%d-%d", x[0], x[1]) }
	if r.Base.Initialization.Range != between(x.header) || r.Base.Index != between(x.index) ||
		x.index[0] != x.header[1]+1 {
		t.Errorf("%s: header %s, index %s; the file has %v and %v", r.BaseURL, r.Base.Initialization.Range,
			r.Base.Index, x.header, x.index)
	}
	if strings.HasPrefix(r.Codecs, "avc1") && r.Codecs != fmt.Sprintf("avc1.%x", x.codec[1:4]) {
		t.Errorf("%s: codecs %s, the file has %x", r.BaseURL, r.Codecs, x.codec[1:4])
	}
	// At the bandwidth, from any segment on, after the buffer's 4 s, each segment is
	// there when it is due; at 1000 bits less, one is not.
	for less, enough := range map[int]bool{0: true, 1000: false} {
		rate, ok := float64(r.Bandwidth-less), true
		for i := range x.references {
			bits := 0.0
			for _, s := range x.references[i:] {
				bits += 8 * float64(s.size)
				ok = ok && bits/rate <= 4+s.start-x.references[i].start+1e-9
			}
		}
		if ok != enough {
			t.Errorf("%s: the bandwidth %d less %d is enough: %v", r.BaseURL, r.Bandwidth, less, ok)
		}
	}
}

// checkRanges compares a playlist of HLS with the index of its file.
func (b *bench) checkRanges(t *testing.T, key string, x track) {
	t.Helper()
	m := b.media(t, key+"_v7.m3u8")
	name := filepath.Base(key)
	want := fmt.Sprintf(`#EXT-X-MAP:URI="%s",BYTERANGE="%d@0"`, name, x.header[1]+1)
	if !slices.Contains(m.lines, want) || m.lines[1] != "#EXT-X-VERSION:7" {
		t.Errorf("%s: no %s in %v", key, want, m.lines[:8])
	}
	file, at, longest := b.ReadOutput(t, key), 0.0, 0.0
	for n, p := range m.pieces {
		r := x.references[n]
		if string(p.bytes) != string(file[r.offset:r.offset+r.size]) || math.Abs(at-r.start) > 2e-6 ||
			math.Abs(p.seconds-r.duration) > 2e-6 {
			t.Errorf("%s: segment %d has %d bytes from %f for %f; the index says %+v", key, n, len(p.bytes), at,
				p.seconds, r)
		}
		at, longest = at+p.seconds, math.Max(longest, p.seconds)
	}
	if len(m.pieces) != len(x.references) || m.target != int(math.Ceil(longest)) {
		t.Errorf("%s: %d segments of up to %f, target %d", key, len(m.pieces), longest, m.target)
	}
}

// checkFragmentPictures decodes each range of an I-frame playlist with the header: one
// picture, at its time.
func (b *bench) checkFragmentPictures(t *testing.T, key string, x track) {
	t.Helper()
	m, header, at := b.media(t, key+"_iframe.m3u8"), b.ReadOutput(t, key)[:x.header[1]+1], 0.0
	keys := slices.DeleteFunc(slices.Clone(x.samples), func(s sample) bool { return !s.key })
	if len(m.pieces) != len(keys) || !slices.Contains(m.lines, "#EXT-X-I-FRAMES-ONLY") {
		t.Fatalf("%d pictures, the file has %d key frames", len(m.pieces), len(keys))
	}
	for n, p := range m.pieces {
		if math.Abs(at-keys[n].shown) > 2e-6 || len(p.bytes) != keys[n].offset+keys[n].size-keys[n].fragment {
			t.Errorf("picture %d is at %f with %d bytes, want %+v", n, at, len(p.bytes), keys[n])
		}
		path := filepath.Join(t.TempDir(), "picture.mp4")
		if err := os.WriteFile(path, append(slices.Clone(header), p.bytes...), 0o600); err != nil {
			t.Fatal(err)
		}
		found := reelastictest.Command(t, "ffprobe", "-v", "quiet", "-read_intervals", "%+#1",
			"-show_entries", "frame=pict_type", "-of", "csv=p=0", path)
		if !strings.HasPrefix(found, "I") {
			t.Errorf("picture %d decodes to %q", n, found)
		}
		at += p.seconds
	}
}

// checkTexts looks at captions: whole where MPEG-DASH refers to them, and cut with
// the media, on a clock that begins with it, where HLS does.
func (b *bench) checkTexts(t *testing.T, tracks map[string]track) {
	t.Helper()
	text := b.mpd(t, "f/film.mpd").Sets[2]
	if text.ContentType != "text" || text.MimeType != "text/vtt" || text.Language != "en" || text.Label != "English" ||
		text.Representations[0].BaseURL != "cc-en-00000.vtt" {
		t.Errorf("%+v", text)
	}
	whole := string(b.ReadOutput(t, "f/cc-en-00000.vtt"))
	if strings.Contains(whole, "X-TIMESTAMP-MAP") || !strings.Contains(whole, "00:00:01.000 --> 00:00:06.500") ||
		!strings.Contains(whole, "later") {
		t.Errorf("the captions:\n%s", whole)
	}
	for _, key := range []string{"f/cc-en-.m3u8", "f/cut-en-.m3u8"} {
		cut := b.media(t, key)
		if len(cut.pieces) != len(tracks["cut"].references) {
			t.Errorf("%s: %d pieces of captions", key, len(cut.pieces))
		}
		for n, p := range cut.pieces {
			if !strings.HasPrefix(string(p.bytes), "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n") ||
				strings.Contains(string(p.bytes), "across") != (n < 2) {
				t.Errorf("%s: captions %d:\n%s", key, n, p.bytes)
			}
		}
	}
	for _, master := range []string{"hls", "cut"} {
		streams := b.attributes(t, "f/"+master+".m3u8", "#EXT-X-STREAM-INF")
		got := streams[0]["SUBTITLES"]
		if got != "subtitles" ||
			!strings.HasPrefix(streams[0]["CODECS"], fmt.Sprintf("avc1.%x,mp4a", tracks["cut"].codec[1:4])) {
			t.Errorf("%s: %v", master, streams)
		}
	}
}

// A file with both pictures and sound is one representation of both, with an index of
// each track, which ffmpeg reads as the single file.
func TestMultiplexedDASH(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "9")
	preset := b.sized(t, reelastictest.Smooth400k, "192", "108")
	b.Complete(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("film.mp4")}}, OutputKeyPrefix: new("m/"),
		// B-frames differ where keyframes are not forced
		Outputs:   []api.CreateJobOutput{output("whole", preset), output("both", preset)},
		Playlists: []api.CreateJobPlaylist{playlist("film", "MPEG-DASH", "both"), playlist("hls", "HLSv4", "both")}})
	x := readTrack(t, b.ReadOutput(t, "m/both"))
	set := b.mpd(t, "m/film.mpd").Sets[0]
	if set.MimeType != "video/mp4" || !strings.HasSuffix(set.Representations[0].Codecs, ",mp4a.40.2") {
		t.Errorf("%+v", set)
	}
	r := set.Representations[0]
	r.Codecs, _, _ = strings.Cut(r.Codecs, ",")
	checkRepresentation(t, r, x)
	// ffmpeg's reader of MPEG-DASH takes the tracks of one file for one stream, so that
	// it is given what a player would append.
	file := b.ReadOutput(t, "m/both")
	appended := slices.Clone(file[:x.header[1]+1])
	for _, s := range x.references {
		appended = append(appended, file[s.offset:s.offset+s.size]...)
	}
	path := filepath.Join(t.TempDir(), "appended.mp4")
	if err := os.WriteFile(path, appended, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{"0:v:0", "0:a:0"} {
		want := frames(t, b.site.URL+"/m/both", stream)
		whole := frames(t, b.site.URL+"/m/whole", stream)
		if len(whole) != len(want) { // an encode of its own, with other bytes
			t.Errorf("%s: %d frames, and %d without a playlist", stream, len(want), len(whole))
		}
		for _, url := range []string{path, b.site.URL + "/m/hls.m3u8"} {
			if got := frames(t, url, stream); !slices.Equal(got, want) {
				t.Errorf("%s of %s: %d frames, unlike the %d of the single file", stream, url, len(got), len(want))
			}
		}
	}
	if len(x.references) != 3 {
		t.Errorf("%d segments", len(x.references))
	}
}
