package job_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/job"
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
}

func newStudio(t *testing.T, doc *api.Job, store objects, change ...func(*job.Config)) *studio {
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
		Folder: folder.New(t.TempDir()), Events: &s.heard, Log: log,
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

// takenOver is an ffmpeg that leaves something else beside its results.
type takenOver struct {
	job.FFmpeg
	leave func(dir string) error
}

func (f takenOver) Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error {
	return errors.Join(f.FFmpeg.Run(ctx, dir, step, progress), f.leave(dir))
}

// TestHostileFilesAreRefused wants nothing to be made of what an ffmpeg that was taken over
// leaves: a link in place of a thumbnail, one in place of a file that is written next, a pipe.
func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	clip, secret := film(t), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(name string) func(string) error {
		return func(dir string) error { return os.Symlink(secret, filepath.Join(dir, name)) }
	}
	for name, leave := range map[string]func(dir string) error{
		"thumbnail": link("t1_00002.png"), "playlist": link("variant0_0.m3u8"),
		"pipe": func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "t1_00002.png"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := document("film.mp4", generic240)
			doc.Outputs[0].ThumbnailPattern = new("t-{count}")
			s := newStudio(t, doc, objects{"film.mp4": clip}, func(cfg *job.Config) {
				cfg.FFmpeg = takenOver{cfg.FFmpeg, leave}
			})
			if made := s.run(t); made != nil {
				t.Errorf("made %+v", made)
			}
			if r := s.outcome.Result(); r.FailureCode != transcode.CodeInternal {
				t.Errorf("result %+v", r)
			}
			if content, err := os.ReadFile(secret); err != nil || string(content) != "secret" {
				t.Errorf("the file outside holds %q, %v", content, err)
			}
		})
	}
}
