package samples

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// soakWithin bounds all jobs together.
const soakWithin = 20 * time.Minute

// sources is the folder of the sample media and the names in its manifest.
func sources(t *testing.T) (dir string, found map[string]bool) {
	t.Helper()
	manifestFile := reelastictest.SampleMedia(t, "manifest.json")
	var manifest struct{ Files []struct{ File string } }
	if err := json.Unmarshal(reelastictest.ReadFile(t, manifestFile), &manifest); err != nil {
		t.Fatal(err)
	}
	found = map[string]bool{}
	for _, f := range manifest.Files {
		found[f.File] = true
	}
	return filepath.Dir(manifestFile), found
}

// TestSources transcodes the files, all submitted before the first is looked at.
func TestSources(t *testing.T) {
	t.Parallel()
	dir, found := sources(t)
	f := reelastictest.New(t, "--workers", "2")
	f.Within = soakWithin
	preset := automaticRate(t, f)
	jobs := map[string]string{}
	for _, want := range wanted {
		if !found[want.file] {
			t.Errorf("%s is not in the manifest", want.file)
			continue
		}
		if !want.always && !reelastictest.Soak {
			continue
		}
		f.Put("in", want.file, filepath.Join(dir, want.file))
		jobs[want.file] = f.Submit(t, &api.CreateJobRequest{
			Inputs:  []api.JobInput{{Key: new(want.file)}},
			Outputs: []api.CreateJobOutput{reelastictest.Output(want.key(), preset, "")},
		})
	}
	if !reelastictest.Soak {
		t.Logf("%d of %d files; all with REELASTIC_SOAK=1", len(jobs), len(wanted))
	}
	for _, want := range wanted {
		if want.without != "" && !f.Lacks(want.without) {
			want.code, want.unknown = 0, false
		}
		if id, ok := jobs[want.file]; ok {
			t.Run(want.file, func(t *testing.T) {
				job := f.Await(t, id)
				want.check(t, f, job, filepath.Join(dir, want.file))
				want.checkDetected(t, job.Inputs[0].DetectedProperties, filepath.Join(dir, want.file))
			})
		}
	}
}

// TestEveryFileIsWanted finds files that the table has forgotten.
func TestEveryFileIsWanted(t *testing.T) {
	t.Parallel()
	_, found := sources(t)
	for _, want := range wanted {
		delete(found, want.file)
	}
	for file := range found {
		if !strings.HasPrefix(file, "captions/") && !strings.HasPrefix(file, "images/") {
			t.Errorf("%s has no row in the table", file)
		}
	}
}

// automaticRate makes a copy of the system preset that keeps the source's frame
// rate up to 30 a second, and returns its id.
func automaticRate(t *testing.T, f *reelastictest.Fixture) string {
	t.Helper()
	return f.CopyPreset(t, reelastictest.Generic480p, func(p *api.CreatePresetRequest) {
		p.Video.FrameRate = new("auto")
	})
}

// key is the output's key.
func (w want) key() string { return strings.ReplaceAll(w.file, "/", "-") + ".out.mp4" }

// check compares a job that has ended with what is wanted.
func (w want) check(t *testing.T, f *reelastictest.Fixture, job *api.Job, source string) {
	t.Helper()
	output := job.Outputs[0]
	if w.code != 0 {
		wantError(t, f, job, w.code)
		return
	}
	if *job.Status != "Complete" {
		t.Fatalf("%s: %s", *job.Status, reelastictest.Text(output.StatusDetail))
	}
	path := f.Output(w.key())
	reelastictest.Decode(t, path)
	m := reelastictest.Probe(t, path)
	v := m.Only(t, "video")
	if v.Codec != "h264" || v.Width != w.width || v.Height != w.height || v.SAR != "1:1" {
		t.Errorf("video %s %dx%d, SAR %s, want h264 %dx%d, 1:1", v.Codec, v.Width, v.Height, v.SAR, w.width, w.height)
	}
	if got := reelastictest.Text(output.FrameRate); got != w.rate {
		t.Errorf("FrameRate %s, want %s", got, w.rate)
	}
	s := reelastictest.Probe(t, source)
	checkLength(t, output, v, s)
	checkAudio(t, m, v, s)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if *output.Width != w.width || *output.Height != w.height || *output.FileSize != info.Size() {
		t.Errorf("the job says %dx%d, %d bytes; the file has %dx%d, %d bytes",
			*output.Width, *output.Height, *output.FileSize, w.width, w.height, info.Size())
	}
}

// checkLength compares frames, rate and lengths with each other and the source.
func checkLength(t *testing.T, output api.JobOutput, v reelastictest.Stream, source reelastictest.Media) {
	t.Helper()
	rate := fraction(t, v.Rate)
	millis := float64(v.Packets) / rate * 1000
	if math.Abs(float64(*output.DurationMillis)-millis) > 1 {
		t.Errorf("DurationMillis %d, but %d frames at %s last %.1f ms", *output.DurationMillis, v.Packets,
			v.Rate, millis)
	}
	if want := int64(math.Ceil(float64(*output.DurationMillis) / 1000)); *output.Duration != want {
		t.Errorf("Duration %d, want %d for %d ms", *output.Duration, want, *output.DurationMillis)
	}
	if want := presented(source); math.Abs(millis/1000-want) > 2/rate+0.05 {
		t.Errorf("the output lasts %.3f s, the source %.3f s", millis/1000, want)
	}
}

// checkAudio expects sound where the source has some, and that it ends as long
// before or after the picture.
func checkAudio(t *testing.T, m reelastictest.Media, v reelastictest.Stream, source reelastictest.Media) {
	t.Helper()
	sourceAudio, has := source.First("audio")
	if !has {
		if a, made := m.First("audio"); made {
			t.Errorf("a silent source gave audio: %+v", a)
		}
		return
	}
	a := m.Only(t, "audio")
	if a.Codec != "aac" || a.SampleRate != 44100 || a.Channels != 2 {
		t.Errorf("audio %s, %d Hz, %d channels, want aac, 44100, 2", a.Codec, a.SampleRate, a.Channels)
	}
	sourceVideo, _ := source.First("video")
	want := sourceAudio.End - sourceVideo.End
	if want > outlasting {
		want = 0
	}
	if got := a.End - v.End; math.Abs(got-want) > 0.1 {
		t.Errorf("audio ends %.3f s after the video, in the source %.3f s", got, want)
	}
}

// outlasting is from how many seconds on audio that ends after the video has its last frame
// held.
const outlasting = 0.1

// presented is how long a source's presentation lasts: until its video ends, or its audio
// where that outlasts it.
func presented(source reelastictest.Media) float64 {
	v, _ := source.First("video")
	a, ok := source.First("audio")
	if !ok {
		return v.Seconds()
	}
	end := v.End
	if a.End-v.End > outlasting {
		end = a.End
	}
	return end - min(v.Start, a.Start)
}

// fraction is a rational number of ffprobe's.
func fraction(t *testing.T, text string) float64 {
	t.Helper()
	num, den, _ := strings.Cut(text, "/")
	n, err1 := strconv.ParseFloat(num, 64)
	d, err2 := strconv.ParseFloat(den, 64)
	if err1 != nil || err2 != nil || d == 0 {
		t.Fatalf("frame rate %q", text)
	}
	return n / d
}

// wantError expects a failed job with the code, and not an object of it.
func wantError(t *testing.T, f *reelastictest.Fixture, job *api.Job, code int) {
	t.Helper()
	output := job.Outputs[0]
	detail := reelastictest.Text(output.StatusDetail)
	if *job.Status != "Error" || *output.Status != "Error" || !strings.HasPrefix(detail, strconv.Itoa(code)+" ") {
		t.Errorf("%s, %s: %q, want Error with code %d", *job.Status, *output.Status, detail, code)
	}
	f.WantNothingOf(t, output)
}
