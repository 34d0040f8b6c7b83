package ffmpeg

import (
	"bytes"
	"cmp"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/internal/plan"
)

// skip ends a test that lacks something; where CI is set, that is a failure.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, tool+" is not installed")
		}
	}
}

// tested makes a runner of the ffmpeg under test: the one that REELASTIC_TEST_FFMPEG
// names, with the ffprobe beside it, or those of the machine.
func tested(cfg Config) *Runner {
	if program := os.Getenv("REELASTIC_TEST_FFMPEG"); program != "" {
		cfg.FFmpeg = cmp.Or(cfg.FFmpeg, program)
		cfg.FFprobe = filepath.Join(filepath.Dir(program), "ffprobe")
	}
	return New(cfg)
}

// shared is one runner for all tests with the real tools, so that they are
// detected once.
var shared = sync.OnceValue(func() *Runner { return tested(Config{}) })

func realRunner(t *testing.T) *Runner {
	t.Helper()
	need(t, "ffmpeg", "ffprobe")
	return shared()
}

// fakeRunner runs testdata/ffmpeg in place of ffmpeg.
func fakeRunner(t *testing.T, cfg Config) *Runner {
	t.Helper()
	need(t, "ffprobe")
	path, err := filepath.Abs(filepath.Join("testdata", "ffmpeg"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.FFmpeg = path
	return tested(cfg)
}

func fakeStep(what, operand string) plan.Step {
	return plan.Step{Name: "fake", Args: []string{what, operand}}
}

// sample links a clip of the shared collection into a new folder as in0.
func sample(t *testing.T, name string) (dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "media", name))
	if err != nil {
		t.Skip("no sample clips beside the repository")
	}
	return folderWith(t, string(b))
}

// folderWith is a new folder that holds in0.
func folderWith(t *testing.T, content string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in0"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// lines is a log that a test can read.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
