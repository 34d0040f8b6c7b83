package playlists

import (
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

// HLSv3 and HLSv4 of the same film in one job: what a player decodes is the single
// file's, frame by frame, and what the playlists say is what the bytes are.
func TestHLS(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "13")
	muxed, video, small := b.sized(t, reelastictest.HLS400k, "384", "216"),
		b.sized(t, reelastictest.HLSVideo400k, "384", "216"), b.sized(t, reelastictest.HLSVideo400k, "192", "108")
	whole := output("whole", muxed)
	whole.SegmentDuration = nil
	b.PutText("in", "en.srt",
		"1\n00:00:01,000 --> 00:00:06,500\nacross a boundary\n\n2\n00:00:09,000 --> 00:00:10,000\nlater\n")
	captioned := func(key, preset, names string) api.CreateJobOutput {
		o := output(key, preset)
		o.Captions = &api.Captions{CaptionFormats: []api.CaptionFormat{{Format: new("webvtt"),
			Pattern: new(names + "-{language}-")}}}
		return o
	}
	job := b.Complete(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4"), InputCaptions: &api.InputCaptions{MergePolicy: new("Override"),
			CaptionSources: []api.CaptionSource{{Key: new("en.srt"), Language: new("en"), Label: new("English")}}}}},
		OutputKeyPrefix: new("hls/"),
		Outputs: []api.CreateJobOutput{whole, captioned("three", muxed, "c3"),
			output("sound", reelastictest.HLSAudio160k), captioned("video", video, "c4"),
			captioned("small", small, "c4"), captioned("both", muxed, "c3")},
		Playlists: []api.CreateJobPlaylist{playlist("v3", "HLSv3", "three", "both"),
			playlist("v4", "HLSv4", "sound", "small", "video"),
			playlist("v4b", "HLSv4", "both")},
	})
	t.Run("frames", func(t *testing.T) {
		want := frames(t, b.site.URL+"/hls/both.ts", "0:v:0")
		if unsegmented := frames(t, b.site.URL+"/hls/whole", "0:v:0"); len(want) != 390 || len(unsegmented) != 390 {
			t.Errorf("the single file has %d frames, the one without segments %d", len(want), len(unsegmented))
		}
		for _, list := range []string{"three.m3u8", "both.m3u8", "both_v4.m3u8", "v3.m3u8", "v4b.m3u8"} {
			if got := frames(t, b.site.URL+"/hls/"+list, "0:v:0"); !slices.Equal(got, want) {
				t.Errorf("%s: %d frames, unlike the %d of the single file", list, len(got), len(want))
			}
		}
		if got, want := frames(t, b.site.URL+"/hls/video_v4.m3u8", "0:v:0"),
			frames(t, b.site.URL+"/hls/video.ts", "0:v:0"); !slices.Equal(got, want) {
			t.Errorf("video: %d frames, unlike the %d of its file", len(got), len(want))
		}
		if got := frames(t, b.site.URL+"/hls/small_v4.m3u8", "0:v:0"); len(got) != len(want) {
			t.Errorf("small: %d frames", len(got))
		}
		single := frames(t, b.site.URL+"/hls/whole", "0:a:0")
		if got := frames(t, b.site.URL+"/hls/both_v4.m3u8", "0:a:0"); !slices.Equal(got, single) {
			t.Errorf("sound of both_v4: %d frames, unlike the %d of the single file", len(got), len(single))
		}
		if got := frames(t, b.site.URL+"/hls/v4.m3u8", "0:a:0"); math.Abs(float64(len(got)-len(single))) > 1 {
			t.Errorf("sound of the group: %d frames, the single file has %d", len(got), len(single))
		}
	})
	t.Run("segments", func(t *testing.T) {
		for _, list := range []string{"three.m3u8", "both.m3u8", "both_v4.m3u8", "video_v4.m3u8", "small_v4.m3u8"} {
			b.checkSegments(t, "hls/"+list, 30000.0/1001, 4, 390)
		}
		b.checkSound(t, "hls/sound_v4.m3u8")
	})
	t.Run("key frames", func(t *testing.T) {
		for _, key := range []string{"video", "both"} {
			b.checkPictures(t, "hls/"+key+"_iframe.m3u8", "hls/"+key+"_v4.m3u8")
		}
	})
	t.Run("masters", func(t *testing.T) { b.checkMasters(t) })
	t.Run("sizes", func(t *testing.T) {
		objects := b.Objects("out")
		if got, want := *job.Outputs[3].FileSize, objects["hls/video.ts"]; got != want {
			t.Errorf("FileSize %d, the file has %d", got, want)
		}
		var sum int64
		for key, size := range objects {
			if strings.HasPrefix(key, "hls/both") && strings.HasSuffix(key, ".ts") {
				sum += size
			}
		}
		if got := *job.Outputs[5].FileSize; got != sum {
			t.Errorf("FileSize %d, the files have %d", got, sum)
		}
	})
}

// checkSegments compares a playlist of video with the times in its segments: each
// begins with a key frame at the first frame at or after a multiple of the segment
// duration.
func (b *bench) checkSegments(t *testing.T, key string, rate, seconds float64, frames int) {
	t.Helper()
	m := b.media(t, key)
	at, longest := 0.0, 0.0
	for n, p := range m.pieces {
		pts, random := stamp(t, p.bytes, pictures)
		if !random {
			t.Errorf("%s: segment %d does not begin with a key frame", key, n)
		}
		if n == 0 && pts != 900000 {
			t.Errorf("%s begins at %d", key, pts)
		}
		if start := float64(pts-900000) / 90000; math.Abs(start-at) > 1e-6*float64(n)+1e-9 {
			t.Errorf("%s: segment %d begins at %.6f, the playlist says %.6f", key, n, start, at)
		}
		if want := math.Ceil(float64(n)*seconds*rate-1e-6) / rate; math.Abs(at-want) > 2e-5 {
			t.Errorf("%s: segment %d begins at %.6f, want %.6f", key, n, at, want)
		}
		at, longest = at+p.seconds, math.Max(longest, p.seconds)
	}
	if want := float64(frames) / rate; math.Abs(at-want) > 2e-5 {
		t.Errorf("%s lasts %.6f, want %.6f", key, at, want)
	}
	if m.target != int(math.Ceil(longest)) {
		t.Errorf("%s: target %d, longest %.6f", key, m.target, longest)
	}
}

// Segments that are no multiple of the GOP, nor of a frame, begin with keyframes of
// their own, at the same instants in files and in ranges.
func TestSegmentsAcrossGroups(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "8")
	small := b.CopyPreset(t, reelastictest.HLSVideo400k, func(req *api.CreatePresetRequest) {
		req.Video.MaxWidth = new("192")
		req.Video.MaxHeight = new("108")
		req.Video.FrameRate = new("25")
		req.Video.MaxFrameRate = nil
		req.Video.KeyframesMaxDist = new("40")
	})
	three, four := output("three", small), output("four", small)
	three.SegmentDuration, four.SegmentDuration = new("2.51"), new("2.51")
	b.Complete(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("film.mp4")}},
		Outputs:   []api.CreateJobOutput{three, four},
		Playlists: []api.CreateJobPlaylist{playlist("v3", "HLSv3", "three"), playlist("v4", "HLSv4", "four")}})
	b.checkSegments(t, "three.m3u8", 25, 2.51, 200)
	b.checkSegments(t, "four_v4.m3u8", 25, 2.51, 200)
	if n := len(b.media(t, "four_iframe.m3u8").pieces); n != 7 { // each 40 frames, and at 63, 126 and 189
		t.Errorf("%d key frames", n)
	}
	got, want := frames(t, b.site.URL+"/v4.m3u8", "0:v:0"), frames(t, b.site.URL+"/four.ts", "0:v:0")
	if len(got) != 200 || !slices.Equal(got, want) {
		t.Errorf("HLSv4 shows %d frames, unlike the %d of its file", len(got), len(want))
	}
	if n := len(frames(t, b.site.URL+"/v3.m3u8", "0:v:0")); n != 200 {
		t.Errorf("HLSv3 shows %d frames", n)
	}
}

// checkSound compares a playlist of sound with the times in its segments, which begin
// within a frame of sound after a multiple of 4 s.
func (b *bench) checkSound(t *testing.T, key string) {
	t.Helper()
	at := 0.0
	first := int64(0)
	for n, p := range b.media(t, key).pieces {
		pts, _ := stamp(t, p.bytes, sound)
		if n == 0 {
			first = pts
			if off := math.Abs(float64(pts-900000) / 90000); off > 0.025 {
				t.Errorf("%s begins %.3f s off the pictures", key, off)
			}
		}
		if start := float64(pts-first) / 90000; math.Abs(start-at) > 2e-5 {
			t.Errorf("%s: segment %d begins at %.6f, the playlist says %.6f", key, n, start, at)
		}
		if late := at - float64(4*n); late < -1e-6 || late > 0.025 {
			t.Errorf("%s: segment %d begins at %.6f", key, n, at)
		}
		at += p.seconds
	}
}

// checkPictures decodes each range of an I-frame playlist by itself: one picture, and
// a picture for each key frame, whose times add up.
func (b *bench) checkPictures(t *testing.T, key, of string) {
	t.Helper()
	list := b.media(t, key)
	if !slices.Contains(list.lines, "#EXT-X-I-FRAMES-ONLY") {
		t.Errorf("%s does not say what it is", key)
	}
	var got, want float64
	for n, p := range list.pieces {
		pts, random := stamp(t, p.bytes, pictures)
		if start := float64(pts-900000) / 90000; !random || math.Abs(start-got) > 2e-5 {
			t.Errorf("%s: picture %d is at %.6f, the playlist says %.6f", key, n, start, got)
		}
		got += p.seconds
		if n%3 != 0 && !reelastictest.Soak {
			continue
		}
		path := filepath.Join(t.TempDir(), "picture.ts")
		if err := os.WriteFile(path, p.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		if found := frames(t, path, "0:v:0"); len(found) != 1 {
			t.Errorf("%s: range %d holds %d pictures", key, n, len(found))
		}
	}
	for _, p := range b.media(t, of).pieces {
		want += p.seconds
	}
	if math.Abs(got-want) > 2e-5 || len(list.pieces) < 7 {
		t.Errorf("%s: %d pictures over %.6f s, the media last %.6f", key, len(list.pieces), got, want)
	}
}

func (b *bench) checkMasters(t *testing.T) {
	t.Helper()
	thousands := func(rate float64) string { return fmt.Sprintf("%d", int(math.Ceil(rate/1000))*1000) }
	three, both := b.media(t, "hls/three.m3u8"), b.media(t, "hls/both.m3u8")
	const captions = `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="English",LANGUAGE="en",AUTOSELECT=YES,DEFAULT=NO,FORCED=NO,URI="c3-en-.m3u8"` + "\n"
	want := "#EXTM3U\n" + captions +
		`#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=384x216,CODECS="avc1.42001e,mp4a.40.2",BANDWIDTH=` +
		thousands(three.peak()) + `,SUBTITLES="subtitles"` + "\nthree.m3u8\n" +
		`#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=384x216,CODECS="avc1.42001e,mp4a.40.2",BANDWIDTH=` +
		thousands(both.peak()) + `,SUBTITLES="subtitles"` + "\nboth.m3u8\n"
	if got := string(b.ReadOutput(t, "hls/v3.m3u8")); got != want {
		t.Errorf("v3.m3u8:\n%s\nwant:\n%s", got, want)
	}
	rate := func(key string) int {
		return int(math.Ceil(b.media(t, "hls/"+key).peak()/1000)) * 1000
	}
	stream := func(key, size string) string {
		return fmt.Sprintf(
			`#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=%d,RESOLUTION=%s,CODECS="avc1.42001e,mp4a.40.2",AUDIO="audio-0",SUBTITLES="subtitles"`+"\n%s_v4.m3u8\n",
			rate(key+"_v4.m3u8")+rate("sound_v4.m3u8"), size, key)
	}
	trick := func(key string) string {
		return fmt.Sprintf(
			`#EXT-X-I-FRAME-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=%d,CODECS="avc1.42001e",URI="%s_iframe.m3u8"`+"\n",
			rate(key+"_iframe.m3u8"), key)
	}
	want = "#EXTM3U\n#EXT-X-VERSION:4\n" +
		`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-0",NAME="Default",AUTOSELECT=YES,DEFAULT=YES,URI="sound_v4.m3u8"` +
		"\n" + strings.Replace(captions, "c3", "c4", 1) +
		stream("small", "192x108") + stream("video", "384x216") +
		fmt.Sprintf(`#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=%d,CODECS="mp4a.40.2",AUDIO="audio-0"`+
			"\nsound_v4.m3u8\n", rate("sound_v4.m3u8")) +
		trick("small") + trick("video")
	if got := string(b.ReadOutput(t, "hls/v4.m3u8")); got != want {
		t.Errorf("v4.m3u8:\n%s\nwant:\n%s", got, want)
	}
	list := b.media(t, "hls/c4-en-.m3u8")
	if len(list.pieces) != len(three.pieces) {
		t.Errorf("%d segments of captions, %d of media", len(list.pieces), len(three.pieces))
	}
	for n, p := range list.pieces {
		text := string(p.bytes)
		if !strings.HasPrefix(text, "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n") {
			t.Errorf("captions %d begin with %q", n, text[:min(len(text), 60)])
		}
		if got, want := strings.Contains(text, "across a boundary"), n < 2; got != want {
			t.Errorf("captions %d hold the first cue: %v", n, got)
		}
	}
}
