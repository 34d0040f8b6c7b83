package members

import (
	"fmt"
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

// plainDFXP is a document of the oldest sort.
const plainDFXP = `<tt xml:lang="fr" xmlns="http://www.w3.org/2006/04/ttaf1"><body><div>` +
	`<p begin="2s" end="3.5s">Premi&#232;re<br/>ligne</p><p begin="5s" dur="1s">fin</p></div><div><p begin="9s" end="10s">unread</p></div></body></tt>`

// TestCaptionMatrix brings every source of captions through every merge policy
// into every format. Both sorts of captions are in English, so that the policy
// decides; the file is there in French as well. What comes out is read by others
// where they can, and compared with testdata/captions, which REELASTIC_GOLDEN=1
// writes anew. Without REELASTIC_SOAK each source meets one of the policies.
func TestCaptionMatrix(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reelastictest.Need(t, "", "mediainfo", "--Version")
	inside := filepath.Join(t.TempDir(), "inside.srt")
	if err := os.WriteFile(inside, []byte(cue(1, 20, 22, "inside")), 0o600); err != nil {
		t.Fatal(err)
	}
	b.input(t, "film.mp4", "-f", "lavfi", "-i", "color=gray:s=160x120:r=30:d=66", "-i", inside, "-c:v", "libx264", "-preset", "ultrafast", "-c:s", "mov_text",
		"-metadata:s:s:0", "language=eng")
	b.Put("in", "cea.ts", sample(t, "captions/bbb-cea608-cea708.ts"))
	b.putText(t, "plain.dfxp", plainDFXP)
	for _, s := range captionSources {
		if own := filepath.Join(reelastictest.Root(), "internal", "caption", "testdata", "sources", s.file); s.file != "" && s.file != "plain.dfxp" {
			b.Put("in", s.file, own)
		}
	}
	preset := b.preset(t, func(p *api.CreatePresetRequest) {
		p.Video.FrameRate, p.Video.MaxWidth, p.Video.MaxHeight, p.Thumbnails.MaxWidth, p.Thumbnails.MaxHeight = new("29.97"), new("160"), new("120"), new("160"), new("120")
	})
	for i, source := range captionSources {
		for n, policy := range captionPolicies {
			if os.Getenv("REELASTIC_SOAK") == "" && n != i%len(captionPolicies) {
				continue
			}
			t.Run(source.name+"/"+policy, func(t *testing.T) {
				captions := &api.InputCaptions{MergePolicy: &policy}
				if source.file != "" {
					captions.CaptionSources = []api.CaptionSource{captionsIn("en", source.file), captionsIn("fr", source.file)}
				}
				out := &api.Captions{}
				folder := source.name + "-" + policy
				for _, f := range []string{"mov-text", "cea-708", "srt", "webvtt", "scc", "dfxp"} {
					out.CaptionFormats = append(out.CaptionFormats, api.CaptionFormat{Format: &f, Pattern: new(folder + "/{language}-")})
				}
				job := b.do(t, []api.JobInput{{Key: &source.input, InputCaptions: captions}},
					api.CreateJobOutput{Key: new(folder + "/film.mp4"), PresetId: &preset, Captions: out})
				complete(t, job.Outputs[0], "")
				golden(t, filepath.Join("testdata", "captions", folder+".txt"), b.allCaptions(t, folder))
			})
		}
	}
}

// allCaptions are the captions inside and beside a film, one section for each way
// in which they can be read.
func (b *bench) allCaptions(t *testing.T, folder string) string {
	t.Helper()
	var text strings.Builder
	film := b.file(folder + "/film.mp4")
	fmt.Fprintf(&text, "== mov-text, as ffmpeg reads it\n")
	for _, track := range subtitles(t, film) {
		fmt.Fprintln(&text, track)
	}
	for _, field := range []string{"first", "second"} {
		fmt.Fprintf(&text, "== line 21, %s field, as ffmpeg reads it\n%s\n", field, lineTwentyOne(t, film, field))
	}
	fmt.Fprintf(&text, "== services, as mediainfo reads them\n%s\n", services(t, film))
	var files []string
	for key := range b.Objects("out") {
		if strings.HasPrefix(key, folder+"/") && key != folder+"/film.mp4" {
			files = append(files, key)
		}
	}
	for _, key := range slices.Sorted(slices.Values(files)) {
		fmt.Fprintf(&text, "== %s\n%s\n", strings.TrimPrefix(key, folder+"/"), b.text(t, key))
	}
	return text.String()
}

// services are the captions that mediainfo finds in a video stream.
func services(t *testing.T, film string) string {
	t.Helper()
	out := run(t, "mediainfo", "--Inform=Text;%Format% %MuxingMode% %ID% %CaptionServiceName%\\n", film)
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
