package joboptions

import (
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// cue is a caption of an SRT file, times in whole seconds below a minute.
func cue(n, from, to int, words string) string {
	return fmt.Sprintf("%d\n00:00:%02d,000 --> 00:00:%02d,000\n%s\n\n", n, from, to, words)
}

func captionsIn(language, key string) api.CaptionSource {
	return api.CaptionSource{Key: &key, Language: &language}
}

func captionsOut(formats ...string) *api.Captions {
	c := &api.Captions{}
	for _, f := range formats {
		c.CaptionFormats = append(c.CaptionFormats,
			api.CaptionFormat{Format: &f, Pattern: new("cc/" + f + "-{language}")})
	}
	return c
}

// subtitles are the tracks of mov-text in a file as "language handler: text".
func subtitles(t *testing.T, file string) (all []string) {
	t.Helper()
	var found struct {
		Streams []struct {
			Codec string            `json:"codec_name"`
			Tags  map[string]string `json:"tags"`
		}
	}
	err := json.Unmarshal([]byte(reelastictest.Command(t, "ffprobe", "-v", "error", "-select_streams", "s",
		"-show_streams", "-of", "json", file)), &found)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range found.Streams {
		if s.Codec != "mov_text" {
			t.Errorf("a track of %s", s.Codec)
		}
		text := subrip(t, "-i", file, "-map", fmt.Sprintf("0:s:%d", i))
		all = append(all, s.Tags["language"]+" "+s.Tags["handler_name"]+": "+text)
	}
	return all
}

// TestCaptionFiles brings two caption files into every format. The clip begins at
// two seconds, and the French captions come a second late.
func TestCaptionFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", append(flat("gray", "320x240", "30", 10), "-g", "30")...)
	b.PutText("in", "en.srt", cue(1, 1, 3, "before <i>and</i> after")+cue(2, 4, 5, "hello"))
	b.PutText("in", "fr.vtt", "WEBVTT\n\n00:03.000 --> 00:04.000\nbonjour\n")
	french := captionsIn("fr", "fr.vtt")
	french.Label, french.TimeOffset = new("Français"), new("+00:00:01.000")
	input := api.JobInput{Key: new("film.mp4"), TimeSpan: &api.TimeSpan{StartTime: new("2"), Duration: new("6")},
		InputCaptions: &api.InputCaptions{MergePolicy: new("MergeOverride"),
			CaptionSources: []api.CaptionSource{captionsIn("en", "en.srt"), french}}}
	film := b.preset(t, func(p *api.CreatePresetRequest) { p.Video.FrameRate = new("29.97") })
	segments := b.preset(t, func(p *api.CreatePresetRequest) {
		p.Container, p.Video.FixedGOP, p.Video.FrameRate = new("ts"), new("true"), new("30")
	})
	segmented := captionsOut("cea-708", "webvtt", "srt")
	segmented.CaptionFormats[1].Pattern = new("hls-{language}-")
	segmented.CaptionFormats[2].Pattern = new("hls-{language}-")
	job := b.do(t, []api.JobInput{input},
		api.CreateJobOutput{Key: new("film.mp4"), PresetId: &film,
			Captions: captionsOut("mov-text", "srt", "webvtt", "dfxp")},
		api.CreateJobOutput{Key: new("hls"), PresetId: &segments, SegmentDuration: new("3"), Captions: segmented},
		api.CreateJobOutput{Key: new("cea.mp4"), PresetId: &film, Captions: captionsOut("cea-708", "scc")})
	for _, o := range job.Outputs {
		reelastictest.WantComplete(t, o, "")
	}
	with, without := *job.Outputs[2].DurationMillis, *job.Outputs[0].DurationMillis
	if with != without || without != 6006 {
		t.Errorf("with captions inside the pictures last %d ms, without them %d, want 6006", with, without)
	}
	english := cue(1, 0, 1, "before and after") + cue(2, 2, 3, "hello")
	for i, want := range []string{"eng SubtitleHandler: " + english, "fra Français: " + cue(1, 2, 3, "bonjour")} {
		if got := subtitles(t, b.Output("film.mp4")); len(got) != 2 ||
			strings.TrimSpace(got[i]) != strings.TrimSpace(want) {
			t.Errorf("the film has %q, want %q", got, want)
		}
	}
	for key, want := range map[string]string{
		"cc/srt-en00000.srt": english, "cc/srt-fr00000.srt": cue(1, 2, 3, "bonjour"),
		"cc/webvtt-fr00000.vtt": "WEBVTT\n\n00:00:02.000 --> 00:00:03.000\nbonjour\n",
		"hls-en-00000.srt":      english, "hls-en-00001.srt": "",
	} {
		if got := string(b.ReadOutput(t, key)); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	for key, part := range map[string]string{
		"cc/scc-en00000.scc": "Scenarist_SCC V1.0", "cc/dfxp-en00000.dfxp": "before and after",
		"hls-fr-00000.vtt": "X-TIMESTAMP-MAP=MPEGTS:900000", "hls-fr-00001.vtt": "WEBVTT",
	} {
		if got := string(b.ReadOutput(t, key)); !strings.Contains(got, part) {
			t.Errorf("%s is %q, want %q in it", key, got, part)
		}
	}
	for _, file := range []string{"hls.m3u8", "cea.mp4"} {
		for field, words := range map[string][]string{"first": {"before and after", "hello"}, "second": {"bonjour"}} {
			got := lineTwentyOne(t, b.Output(file), field)
			for _, w := range words {
				if !strings.Contains(got, w) {
					t.Errorf("field %s of %s holds %q, want %q in it", field, file, got, w)
				}
			}
		}
	}
	near(t, "a picture over the carrier", pixel(t, b.Output("cea.mp4"), "3", image.Pt(160, 120)), 126)
}

// lineTwentyOne are the captions in a field of line 21, as ffmpeg reads them.
func lineTwentyOne(t *testing.T, file, field string) string {
	t.Helper()
	whole := file
	if strings.HasSuffix(file, ".m3u8") { // the reader takes one file
		whole = filepath.Join(t.TempDir(), "whole.ts")
		reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-i", file, "-c", "copy", whole)
	}
	return subrip(t, "-data_field", field, "-f", "lavfi", "-i", "movie="+whole+"[out+subcc]", "-map", "0:s",
		"-c:s", "srt")
}

// subrip is what ffmpeg reads, as SRT. How lines end inside of a cue depends on its version.
func subrip(t *testing.T, args ...string) string {
	t.Helper()
	text := reelastictest.Command(t, "ffmpeg", append(append([]string{"-nostdin", "-v", "error"}, args...),
		"-f", "srt", "-")...)
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// TestEmbeddedCaptions has inputs with captions inside, under each policy.
func TestEmbeddedCaptions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Put("in", "cea.ts", reelastictest.SampleMedia(t, "captions/bbb-cea608-cea708.ts"))
	inside := filepath.Join(t.TempDir(), "inside.srt")
	if err := os.WriteFile(inside, []byte(cue(1, 1, 2, "inside")), 0o600); err != nil {
		t.Fatal(err)
	}
	b.PutMade(t, "text.mp4", "-f", "lavfi", "-i", "color=gray:s=160x120:d=4", "-i", inside, "-c:v", "libx264",
		"-c:s", "mov_text", "-metadata:s:s:0", "language=deu")
	b.PutText("in", "beside.srt", cue(1, 1, 2, "beside"))
	preset := b.preset(t, nil)
	for _, c := range []struct {
		name, input, policy, language string
		want                          map[string]string // by language
	}{
		{"nothing said", "text.mp4", "", "", map[string]string{"deu": "inside"}},
		{"none of the files", "text.mp4", "MergeRetain", "", map[string]string{"deu": "inside"}},
		{"the file wins", "text.mp4", "MergeOverride", "de", map[string]string{"de": "beside"}},
		{"the track wins", "text.mp4", "MergeRetain", "de", map[string]string{"deu": "inside"}},
		{"both", "text.mp4", "MergeOverride", "en", map[string]string{"deu": "inside", "en": "beside"}},
		{"only files", "text.mp4", "Override", "en", map[string]string{"en": "beside"}},
		{"none", "text.mp4", "Override", "", nil},
		{"line 21", "cea.ts", "", "", map[string]string{"und": ceaWords}},
		{"line 21 and a file", "cea.ts", "MergeOverride", "en", map[string]string{"und": ceaWords, "en": "beside"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := api.JobInput{Key: &c.input}
			captions := &api.InputCaptions{MergePolicy: &c.policy}
			if c.language != "" {
				captions.CaptionSources = []api.CaptionSource{captionsIn(c.language, "beside.srt")}
			}
			if c.policy != "" {
				input.InputCaptions = captions
			}
			folder := strings.ReplaceAll(c.name, " ", "-") + "/"
			out := &api.Captions{CaptionFormats: []api.CaptionFormat{{Format: new("srt"),
				Pattern: new(folder + "{language}-")}}}
			job := b.do(t, []api.JobInput{input}, api.CreateJobOutput{Key: new(folder + "o.mp4"), PresetId: &preset,
				Captions: out})
			reelastictest.WantComplete(t, job.Outputs[0], "")
			objects := 1
			for language, words := range c.want {
				objects++
				if got := string(b.ReadOutput(t, folder+language+"-00000.srt")); !strings.Contains(got, words) {
					t.Errorf("%s: %q, want %q in it", language, got, words)
				}
			}
			for key := range b.Objects("out") {
				if strings.HasPrefix(key, folder) {
					objects--
				}
			}
			if objects != 0 {
				t.Errorf("%v: not as many captions as wanted", b.Objects("out"))
			}
		})
	}
}

// ceaWords are in CC1 of the clip with captions.
const ceaWords = "THAT'S STRETCH"

// TestCaptionFailures has captions that can't be used: the outputs that use them
// fail, with nothing left over, and the others are made.
func TestCaptionFailures(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	b.PutText("in", "bad.srt", "1\n00:00:01,000 --> soon\nhello\n")
	b.PutText("in", "latin.srt", "1\n00:00:01,000 --> 00:00:02,000\ncaf\xe9\n")
	b.PutText("in", "good.srt", cue(1, 0, 1, "hello"))
	b.PutText("in", "large.srt", strings.Repeat("\n", 16<<20+1))
	preset := b.preset(t, nil) // 25 frames a second
	at30 := b.preset(t, func(p *api.CreatePresetRequest) { p.Video.FrameRate = new("30") })
	for _, c := range []struct {
		key, preset, format, code, text string
		languages                       []string
	}{
		{"bad.srt", preset, "srt", "4101",
			"Amazon Elastic Transcoder could not interpret the specified caption file for Amazon S3 bucket=in, " +
				"key=bad.srt. Correct the file: line 2", []string{"en"}},
		{"latin.srt", preset, "webvtt", "4102", "since it was not UTF-8 encoded: Amazon S3 bucket=in, key=latin.srt.",
			[]string{"en"}},
		{"missing.srt", preset, "srt", "3001", "bucket=in, key=missing.srt", []string{"en"}},
		{"large.srt", preset, "srt", "4005",
			"for one of the caption objects exceeds the maximum allowed size: bucket=in, key=large.srt, " +
				"size=16777217, max size=16777216.", []string{"en"}},
		{"good.srt", preset, "cea-708", "4105",
			"frame rate 25 is not supported for CEA-708 - only frame rates [29.97, 30] are supported.", []string{"en"}},
		{"good.srt", at30, "cea-708", "4106", "format cea-708 supports only 4 caption track(s).",
			[]string{"en", "fr", "de", "it", "es"}},
	} {
		t.Run(c.code, func(t *testing.T) {
			captions := captionsOut(c.format)
			captions.MergePolicy = new("Override")
			for _, language := range c.languages {
				captions.CaptionSources = append(captions.CaptionSources, captionsIn(language, c.key))
			}
			job := b.do(t, []api.JobInput{{Key: new("film.mp4")}},
				api.CreateJobOutput{Key: new(c.code + "-bad.mp4"), PresetId: &c.preset, Captions: captions},
				api.CreateJobOutput{Key: new(c.code + "-good.mp4"), PresetId: &c.preset})
			reelastictest.WantFailed(t, job.Outputs[0], c.code, c.text)
			reelastictest.WantComplete(t, job.Outputs[1], "")
			for key := range b.Objects("out") {
				if strings.HasPrefix(key, "cc/") || strings.HasPrefix(key, c.code+"-bad") {
					t.Errorf("%s was left over", key)
				}
			}
		})
	}
}
