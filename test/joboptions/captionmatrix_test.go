package joboptions

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// captionSources are the sources of the matrix: files beside the input, by their
// kind, and an input with captions inside.
var captionSources = []struct{ name, input, file string }{
	{"srt", "film.mp4", "subrip.srt"}, {"webvtt", "film.mp4", "web.vtt"}, {"scc", "film.mp4", "line21.scc"},
	{"ttml", "film.mp4", "timed.ttml"}, {"smpte-tt", "film.mp4", "smpte.xml"}, {"ebu-tt", "film.mp4", "ebu.xml"},
	{"dfxp", "film.mp4", "plain.dfxp"}, {"mov-text", "film.mp4", ""}, {"cea", "cea.ts", "subrip.srt"},
}

var captionPolicies = []string{"MergeOverride", "MergeRetain", "Override"}

// captionSample are the cases without REELASTIC_SOAK: each policy, and a file alone, a
// track and line 21 inside the input.
var captionSample = []string{"srt/MergeOverride", "mov-text/MergeRetain", "cea/Override"}

// plainDFXP is a document of the oldest sort.
const plainDFXP = `<tt xml:lang="fr" xmlns="http://www.w3.org/2006/04/ttaf1"><body><div>` +
	`<p begin="2s" end="3.5s">Premi&#232;re<br/>ligne</p><p begin="5s" dur="1s">fin</p></div><div><p begin="9s" end="10s">unread</p></div></body></tt>`

// TestCaptionMatrix brings every source of captions through every merge policy
// into every format: text in a film and files beside it, line 21, and the same in
// segments. Both sorts of captions are in English, so that the policy decides; the
// file is there in French as well, a second late. All of it is a clip from 1.5 s on.
// What comes out is read by others where they can, and compared with
// testdata/captions, which REELASTIC_GOLDEN=1 writes anew. Without REELASTIC_SOAK it
// does captionSample.
func TestCaptionMatrix(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reelastictest.Need(t, "", "mediainfo", "--Version")
	inside := filepath.Join(t.TempDir(), "inside.srt")
	if err := os.WriteFile(inside, []byte(cue(1, 1, 4, "inside")+cue(2, 20, 22, "further inside")), 0o600); err != nil {
		t.Fatal(err)
	}
	b.PutMade(t, "film.mp4", "-f", "lavfi", "-i", "color=gray:s=160x120:r=30:d=66", "-i", inside, "-c:v", "libx264",
		"-preset", "ultrafast", "-c:s", "mov_text",
		"-metadata:s:s:0", "language=eng")
	b.Put("in", "cea.ts", reelastictest.SampleMedia(t, "captions/bbb-cea608-cea708.ts"))
	b.PutText("in", "plain.dfxp", plainDFXP)
	for _, s := range captionSources {
		own := filepath.Join(reelastictest.Root(), "internal", "format", "caption", "testdata", "sources", s.file)
		if s.file != "" && s.file != "plain.dfxp" {
			b.Put("in", s.file, own)
		}
	}
	film, segments := b.captionPreset(t, "mp4"), b.captionPreset(t, "ts")
	for _, source := range captionSources {
		for _, policy := range captionPolicies {
			name := source.name + "/" + policy
			if !reelastictest.Soak && !slices.Contains(captionSample, name) {
				continue
			}
			t.Run(name, func(t *testing.T) {
				captions := &api.InputCaptions{MergePolicy: &policy}
				if source.file != "" {
					french := captionsIn("fr", source.file)
					french.Label, french.TimeOffset = new("Français"), new("+1.000")
					captions.CaptionSources = []api.CaptionSource{captionsIn("en", source.file), french}
				}
				folder := source.name + "-" + policy
				formats := func(names ...string) *api.Captions {
					c := captionsOut(names...)
					for i := range c.CaptionFormats {
						c.CaptionFormats[i].Pattern = new(folder + "/{language}-")
					}
					return c
				}
				segmented := captionsOut("cea-708", "webvtt")
				segmented.CaptionFormats[1].Pattern = new(folder + "/hls-{language}-")
				job := b.do(t,
					[]api.JobInput{{Key: &source.input, InputCaptions: captions,
						TimeSpan: &api.TimeSpan{StartTime: new("1.5")}}},
					api.CreateJobOutput{Key: new(folder + "/text.mp4"), PresetId: &film,
						Captions: formats("mov-text", "srt", "webvtt", "dfxp")},
					api.CreateJobOutput{Key: new(folder + "/line21.mp4"), PresetId: &film,
						Captions: formats("cea-708", "scc")},
					api.CreateJobOutput{Key: new(folder + "/hls"), PresetId: &segments, SegmentDuration: new("30"),
						Captions: segmented})
				for _, o := range job.Outputs {
					reelastictest.WantComplete(t, o, "")
				}
				golden(t, filepath.Join("testdata", "captions", folder+".txt"), b.allCaptions(t, folder))
			})
		}
	}
}

// captionPreset is for small films in a container, at the rate of line 21.
func (b *bench) captionPreset(t *testing.T, container string) string {
	return b.preset(t, func(p *api.CreatePresetRequest) {
		p.Container, p.Video.FixedGOP, p.Video.FrameRate = &container, new("true"), new("29.97")
		p.Video.MaxWidth = new("160")
		p.Video.MaxHeight = new("120")
		p.Thumbnails.MaxWidth = new("160")
		p.Thumbnails.MaxHeight = new("120")
	})
}

// allCaptions are the captions inside and beside the films of a folder, one section
// for each way in which they can be read.
func (b *bench) allCaptions(t *testing.T, folder string) string {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "== text.mp4, mov-text, as ffmpeg reads it\n")
	for _, track := range subtitles(t, b.Output(folder+"/text.mp4")) {
		fmt.Fprintln(&text, track)
	}
	for _, film := range []string{"line21.mp4", "hls.m3u8"} {
		for _, field := range []string{"first", "second"} {
			fmt.Fprintf(&text, "== %s, line 21, %s field, as ffmpeg reads it\n%s\n", film, field,
				lineTwentyOne(t, b.Output(folder+"/"+film), field))
		}
	}
	fmt.Fprintf(&text, "== line21.mp4, services, as mediainfo reads them\n%s\n",
		services(t, b.Output(folder+"/line21.mp4")))
	for _, key := range slices.Sorted(maps.Keys(b.Objects("out"))) {
		name, ours := strings.CutPrefix(key, folder+"/")
		if ours && name != "hls.m3u8" && !slices.Contains([]string{".mp4", ".ts"}, filepath.Ext(name)) {
			fmt.Fprintf(&text, "== %s\n%s\n", name, b.ReadOutput(t, key))
		}
	}
	return text.String()
}

// services are the captions that mediainfo finds anywhere in a video stream; by
// itself it looks at the first seconds only.
func services(t *testing.T, film string) string {
	t.Helper()
	out := reelastictest.Command(t, "mediainfo", "--ParseSpeed=1",
		"--Inform=Text;%Format% %MuxingMode% %ID% %CaptionServiceName%\\n", film)
	var found []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if strings.Contains(line, "608") || strings.Contains(line, "708") {
			found = append(found, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(found, "\n")
}

// golden compares a text with what is kept of it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("REELASTIC_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", filepath.Base(path), diff)
	}
}
