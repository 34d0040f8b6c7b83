package job_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// The system presets of these tests: H.264 in mp4 with thumbnails, and H.264 in ts.
const (
	generic240 = "1351620000001-000061"
	hls400     = "1351620000001-200050"
)

// runner is one for all tests, so that ffmpeg is looked at once.
var runner = sync.OnceValue(func() *ffmpeg.Runner {
	cfg := ffmpeg.Config{}
	if program := os.Getenv("REELASTIC_TEST_FFMPEG"); program != "" {
		cfg.FFmpeg, cfg.FFprobe = program, filepath.Join(filepath.Dir(program), "ffprobe")
	}
	return ffmpeg.New(cfg)
})

// film makes a clip of three seconds with video and audio.
func film(t *testing.T) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	step := plan.Step{Name: "film", Args: []string{
		"-f", "lavfi", "-i", "testsrc=s=192x108:r=25:d=3", "-f", "lavfi", "-i", "sine=d=3", "-c:v", "libx264",
		"-pix_fmt", "yuv420p", "-c:a", "aac", "film.mp4",
	}}
	if err := runner().Run(t.Context(), dir, step, nil); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "film.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// objects is a store that holds what it was given.
type objects map[string][]byte

func (o objects) Stat(_ context.Context, bucket, key string) (object.Info, error) {
	content, ok := o[key]
	if !ok {
		missing := object.Key{Bucket: bucket, Key: key}
		return object.Info{}, &object.Error{Problem: object.NoObject, Object: missing}
	}
	return object.Info{Key: key, SizeBytes: int64(len(content))}, nil
}

func (objects) Links(string) bool { return true }

func (o objects) Fetch(ctx context.Context, bucket, key, path string) (object.Info, error) {
	info, err := o.Stat(ctx, bucket, key)
	if err != nil {
		return info, err
	}
	return info, os.WriteFile(path, o[key], 0o600)
}

// noKeys is a key service that refuses.
type noKeys struct{ job.Keys }

func (noKeys) DecryptKey(context.Context, string, []byte) ([]byte, error) {
	return nil, &transcode.KeyError{Problem: transcode.InvalidCiphertext, Why: "it was made elsewhere"}
}

// listener notes what it is told.
type listener struct {
	detected []api.DetectedProperties
	speeds   int
}

func (l *listener) Probed(_ context.Context, _ []task.OutputResult, detected []api.DetectedProperties) error {
	l.detected = detected
	return nil
}

func (l *listener) StepFailed(context.Context, []string) {}

func (l *listener) EncodeSpeed(float64) { l.speeds++ }

// document is a job of one input with outputs of presets.
func document(input string, presets ...string) *api.Job {
	doc := &api.Job{Id: new("1500000000000-abcdef"), Inputs: []api.JobInput{{Key: &input}}}
	for i, preset := range presets {
		name := string(rune('a' + i))
		doc.Outputs = append(doc.Outputs, api.JobOutput{Id: new(name), Key: new(name), PresetId: new(preset)})
	}
	return doc
}

// studio does one job.
type studio struct {
	cfg     job.Config
	request job.Request
	outcome *job.Outcome
	job     *job.Job
	heard   listener
	room    room
}

func newStudio(t *testing.T, doc *api.Job, store job.Objects, change ...func(*job.Config)) *studio {
	t.Helper()
	presets := map[string]*api.Preset{}
	for _, id := range []string{generic240, hls400} {
		preset, ok := transcode.SystemPreset(id)
		if !ok {
			t.Fatalf("no preset %s", id)
		}
		presets[id] = preset
	}
	spec, err := transcode.JobSpecOf(doc, presets)
	if err != nil {
		t.Fatal(err)
	}
	s := &studio{cfg: job.Config{
		FFmpeg: runner(), Scheduler: job.NewScheduler(2, 8<<30), Threads: 2, Speed: "ultrafast",
	}}
	for _, c := range change {
		c(&s.cfg)
	}
	log := slog.New(slog.DiscardHandler)
	s.request = job.Request{
		Spec: spec, Order: 1, InputBucket: "in", Objects: store, Keys: noKeys{},
		Folder: folder.New(t.TempDir()), Room: &s.room, Events: &s.heard, Log: log,
	}
	s.outcome = job.NewOutcome(spec, log)
	s.job = job.New(s.cfg, s.request, s.outcome)
	return s
}

func (s *studio) run(t *testing.T) *packaging.Package {
	t.Helper()
	made, err := s.job.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestJob makes a film with thumbnails and a playlist of two renditions.
func TestJob(t *testing.T) {
	t.Parallel()
	doc := document("film.mp4", generic240, hls400)
	doc.Outputs[0].ThumbnailPattern = new("t-{count}")
	doc.Outputs[1].SegmentDuration = new("2")
	doc.Playlists = []api.Playlist{{Name: new("main"), Format: new("HLSv3"), OutputKeys: []string{"b"}}}
	s := newStudio(t, doc, objects{"film.mp4": film(t)})
	made := s.run(t)
	if d := s.heard.detected; len(d) != 1 || *d[0].Width != 192 || *d[0].DurationMillis < 3000 || s.heard.speeds == 0 {
		t.Errorf("heard %+v", s.heard)
	}
	var keys []string
	for _, f := range made.Outputs {
		for _, o := range f.All() {
			keys = append(keys, o.Key)
			if n, err := s.request.Folder.Size(o.File); err != nil || n == 0 {
				t.Errorf("%s has %d bytes: %v", o.Key, n, err)
			}
		}
	}
	if got := strings.Join(keys, " "); got != "a t-00001.png b00000.ts b00001.ts b.m3u8" {
		t.Errorf("objects %s", got)
	}
	if p := made.Playlists; len(p) != 1 || len(p[0].Objects) != 1 || p[0].Objects[0].Key != "main.m3u8" {
		t.Errorf("playlists %+v", p)
	}
	if p := s.job.Progress().Snapshot(); p.Percent != 100 || p.JobID != *doc.Id {
		t.Errorf("progress %+v", p)
	}
	for i := range doc.Outputs {
		s.outcome.Complete(i)
	}
	s.outcome.CompletePlaylist(0)
	r := s.outcome.Result()
	if first := r.Outputs[0]; first.Duration != 3*time.Second || first.FileSizeBytes != made.Outputs[0].SizeBytes {
		t.Errorf("output %+v", first)
	}
	if r.Status() != transcode.Complete {
		t.Errorf("the job is %s", r.Status())
	}
}

// TestInputsAreRefused wants a failure of the whole job, and nothing made.
func TestInputsAreRefused(t *testing.T) {
	t.Parallel()
	clip := film(t)
	for name, c := range map[string]struct {
		key    string
		limits job.Limits
		want   int
	}{
		"missing":   {"other.mp4", job.Limits{}, transcode.CodeInputMissing},
		"damaged":   {"text.mp4", job.Limits{}, transcode.CodeBadInput},
		"too large": {"film.mp4", job.Limits{Bytes: 100}, transcode.CodeLargeInput},
		"too long":  {"film.mp4", job.Limits{Duration: time.Second}, transcode.CodeBadInput},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := objects{"film.mp4": clip, "text.mp4": []byte("this is no film at all")}
			s := newStudio(t, document(c.key, generic240), store, func(cfg *job.Config) { cfg.Limits = c.limits })
			if made := s.run(t); made != nil {
				t.Errorf("made %+v", made)
			}
			r := s.outcome.Result()
			if r.FailureCode != c.want || r.Outputs[0].Status != transcode.Errored ||
				r.Outputs[0].Detail != r.FailureDetail {
				t.Errorf("result %+v, want the code %d", r, c.want)
			}
		})
	}
}

// TestOutputsFailAlone has an output whose captions are missing and one whose key does not
// open beside a good one.
func TestOutputsFailAlone(t *testing.T) {
	t.Parallel()
	doc := document("film.mp4", generic240, generic240, generic240)
	doc.Outputs[0].Captions = &api.Captions{
		MergePolicy:    new("Override"),
		CaptionSources: []api.CaptionSource{{Key: new("missing.srt"), Language: new("en")}},
		CaptionFormats: []api.CaptionFormat{{Format: new("srt"), Pattern: new("text")}},
	}
	doc.Outputs[1].Encryption = &api.Encryption{
		Mode: new("aes-ctr"), Key: new("c2VhbGVkLi4u"), KeyMd5: new(transcode.KeyMD5([]byte("sealed..."))),
		InitializationVector: new("MDEyMzQ1Njc4OWFiY2RlZg=="),
	}
	s := newStudio(t, doc, objects{"film.mp4": film(t)})
	made := s.run(t)
	for i, want := range []struct{ detail, key string }{{"3001 ", ""}, {"4018 ", ""}, {"", "c"}} {
		got := s.outcome.Outputs()[i].Detail
		if want.detail == "" && got != "" || !strings.HasPrefix(got, want.detail) {
			t.Errorf("output %d: %q, want %s", i+1, got, want.detail)
		}
		if files := made.Outputs[i].All(); (len(files) > 0) != (want.key != "") {
			t.Errorf("output %d: files %v", i+1, files)
		}
	}
	if s.outcome.AllFailed() || !s.outcome.Open(2) {
		t.Error("the good output is not open")
	}
}

// stopping is an ffmpeg during whose first step the job is stopped.
type stopping struct {
	job.FFmpeg
	stop context.CancelCauseFunc
}

func (s stopping) Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error {
	s.stop(errStopped)
	return s.FFmpeg.Run(ctx, dir, step, progress)
}

var errStopped = errors.New("stopped")

// TestStop wants the cause of the stop, and no result of what was killed.
func TestStop(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancelCause(t.Context())
	s := newStudio(t, document("film.mp4", generic240), objects{"film.mp4": film(t)}, func(cfg *job.Config) {
		cfg.FFmpeg = stopping{cfg.FFmpeg, stop}
	})
	if made, err := s.job.Run(ctx); !errors.Is(err, errStopped) || made != nil {
		t.Errorf("%v, %v", made, err)
	}
	if !s.outcome.Open(0) {
		t.Errorf("the output is %+v", s.outcome.Outputs()[0])
	}
}

// breaking is an ffmpeg whose answer a part of ours can't take.
type breaking struct{ job.FFmpeg }

func (breaking) CEA(context.Context, string, string, media.Probe) ([]caption.Frame, error) {
	var frames []caption.Frame
	return frames[:1], nil
}

// TestPanicEndsTheJob wants a panic of a parser to be the end of its job, and of no more.
func TestPanicEndsTheJob(t *testing.T) {
	t.Parallel()
	doc := document("film.mp4", generic240)
	doc.Outputs[0].Captions = &api.Captions{
		MergePolicy:    new("MergeRetain"),
		CaptionFormats: []api.CaptionFormat{{Format: new("srt"), Pattern: new("text-{language}")}},
	}
	s := newStudio(t, doc, objects{"film.mp4": film(t)}, func(cfg *job.Config) { cfg.FFmpeg = breaking{cfg.FFmpeg} })
	if made := s.run(t); made != nil {
		t.Errorf("made %+v", made)
	}
	if r := s.outcome.Result(); r.FailureCode != transcode.CodeInternal || r.Outputs[0].Status != transcode.Errored {
		t.Errorf("result %+v", r)
	}
}

// unfetched is a store that says how large its objects are, and has none.
type unfetched struct {
	objects
	sizes map[string]int64
}

func (o unfetched) Stat(ctx context.Context, bucket, key string) (object.Info, error) {
	if size, ok := o.sizes[key]; ok {
		return object.Info{Key: key, SizeBytes: size}, nil
	}
	return o.objects.Stat(ctx, bucket, key)
}

// TestLargeFilesAreNotFetched wants captions, watermarks and artwork that are too large to
// be refused by what the store says of them.
func TestLargeFilesAreNotFetched(t *testing.T) {
	t.Parallel()
	doc := document("film.mp4", generic240, generic240)
	doc.Outputs[0].Captions = &api.Captions{
		MergePolicy:    new("Override"),
		CaptionSources: []api.CaptionSource{{Key: new("large.srt"), Language: new("en")}},
		CaptionFormats: []api.CaptionFormat{{Format: new("srt"), Pattern: new("text-{language}")}},
	}
	doc.Outputs[1].Watermarks = []api.JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: new("large.png")}}
	store := unfetched{objects{"film.mp4": film(t)}, map[string]int64{"large.srt": 1 << 30, "large.png": 1 << 30}}
	s := newStudio(t, doc, store)
	s.run(t)
	for i, o := range s.outcome.Outputs() {
		if want := fmt.Sprint(transcode.CodeLargeObject); !strings.HasPrefix(o.Detail, want) {
			t.Errorf("output %d: %q, want %s", i+1, o.Detail, want)
		}
	}
}

// TestManyCaptions bounds what the captions of a job are together, although each file is of
// a size that is allowed.
func TestManyCaptions(t *testing.T) {
	t.Parallel()
	text := []byte(longText(360))
	doc, store := document("film.mp4", generic240), objects{"film.mp4": film(t)}
	captions := api.Captions{MergePolicy: new("Override"),
		CaptionFormats: []api.CaptionFormat{{Format: new("srt"), Pattern: new("text-{language}")}}}
	for _, language := range []string{"de", "en", "fr"} {
		store[language] = text
		captions.CaptionSources = append(captions.CaptionSources,
			api.CaptionSource{Key: new(language), Language: new(language)})
	}
	doc.Outputs[0].Captions = &captions
	s := newStudio(t, doc, store)
	s.run(t)
	got := s.outcome.Outputs()[0].Detail
	if !strings.HasPrefix(got, "4103 ") || !strings.Contains(got, "32 MiB of captions") {
		t.Errorf("detail %q, want 4103", got)
	}
}

// longText is SRT of so many captions, of 40 KB each, at most 600.
func longText(captions int) string {
	var text strings.Builder
	for n := range captions {
		fmt.Fprintf(&text, "%d\n00:00:%02d,%03d --> 00:00:%02d,%03d\n%s\n\n", n, n/10, n%10*100, n/10, n%10*100+99,
			strings.Repeat("word ", 8000))
	}
	return text.String()
}

// TestLongTextIsCutOff wants the text of a track inside an input to be no longer on the disk
// than what is read of it.
func TestLongTextIsCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string][]byte{"film.mp4": film(t), "long.srt": []byte(longText(600))} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-i", "film.mp4", "-i", "long.srt",
		"-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text", "long.mp4")
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(filepath.Join(dir, "long.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	doc := document("long.mp4", generic240)
	doc.Outputs[0].Captions = &api.Captions{MergePolicy: new("MergeRetain"),
		CaptionFormats: []api.CaptionFormat{{Format: new("srt"), Pattern: new("text-{language}")}}}
	s := newStudio(t, doc, objects{"long.mp4": content})
	s.run(t)
	if got := s.outcome.Outputs()[0].Detail; !strings.HasPrefix(got, "4100 ") {
		t.Errorf("detail %q, want 4100", got)
	}
	texts, err := filepath.Glob(s.request.Folder.Path("e0_*.srt"))
	if err != nil || len(texts) != 1 {
		t.Fatalf("texts %v, %v", texts, err)
	}
	if info, err := os.Stat(texts[0]); err != nil || info.Size() > caption.MaxFileBytes+1<<20 {
		t.Errorf("the text has %d bytes, %v", info.Size(), err)
	}
}

// broken is a store that is away.
type broken struct{ objects }

func (broken) Stat(context.Context, string, string) (object.Info, error) {
	return object.Info{}, io.ErrUnexpectedEOF
}

// TestFaultsAreNotFailures wants an error of the store's, which another attempt may not
// meet, not to end the outputs.
func TestFaultsAreNotFailures(t *testing.T) {
	t.Parallel()
	s := newStudio(t, document("film.mp4", generic240), nil)
	s.request.Objects = broken{}
	if _, err := job.New(s.cfg, s.request, s.outcome).Run(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	if !s.outcome.Open(0) {
		t.Errorf("the output is %+v", s.outcome.Outputs()[0])
	}
}
