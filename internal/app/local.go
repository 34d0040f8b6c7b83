package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/local"
)

// Jobs that are done in this process alone.
type (
	LocalJob    = local.Job
	LocalResult = local.Result
	LocalRunner = local.Runner
	// ExistsError tells that a file is in the way of a result.
	ExistsError = local.ExistsError
)

// LocalConfig is how jobs are done on this machine alone.
type LocalConfig struct {
	Threads int          `name:"threads" default:"0" group:"ffmpeg:" help:"Threads of the encoders; 0: one for each core."`
	FFmpeg  FFmpegConfig `embed:"" group:"ffmpeg:"`
	Inputs  InputConfig  `embed:"" group:"Inputs:"`
}

// Check returns one error that names every setting which can't work.
func (c LocalConfig) Check() error {
	var r refusals
	r.negative("threads", int64(c.Threads))
	c.Inputs.check(&r)
	return errors.Join(r...)
}

// OpenLocal makes what does jobs whose results go into a folder. The caller closes it.
func OpenLocal(ctx context.Context, c LocalConfig, results string, log *slog.Logger) (*LocalRunner, error) {
	limitMemory()
	runner, err := c.openFFmpeg(ctx, log)
	if err != nil {
		return nil, err
	}
	r, err := local.Open(results, c.jobConfig(runner), log)
	if err != nil {
		return nil, err
	}
	r.CommandLine = runner.CommandLine
	return r, nil
}

// OpenPlanner makes what plans jobs, and leaves nothing. Its scratch folder is beside the
// files, which are then linked and not copied, or where temporary files are.
func OpenPlanner(ctx context.Context, c LocalConfig, files []string, log *slog.Logger) (*LocalRunner, error) {
	for _, file := range files {
		if beside := filepath.Dir(file); canHold(beside) == nil {
			return OpenLocal(ctx, c, beside, log)
		}
	}
	return OpenLocal(ctx, c, os.TempDir(), log)
}

// BenchCodecs are what a machine is measured with.
func BenchCodecs() []string { return local.BenchCodecs() }

// OpenBench makes what measures this machine. It transcodes nothing but its own samples, and
// without a sandbox: behind one the kernel does not tell what processor time a program takes.
func OpenBench(ctx context.Context, c LocalConfig, log *slog.Logger) (*LocalRunner, error) {
	c.FFmpeg.Sandbox = ffmpeg.Off
	return OpenLocal(ctx, c, os.TempDir(), log)
}

// openFFmpeg is the ffmpeg, which can be used.
func (c LocalConfig) openFFmpeg(ctx context.Context, log *slog.Logger) (*ffmpeg.Runner, error) {
	runner := newFFmpeg(c.FFmpeg, cacheFolder(), log)
	caps, err := runner.Basics(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, ffmpeg.ErrNoSandbox):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("--ffmpeg %q: %w", c.FFmpeg.Program, err)
	case caps.Refusal() != "":
		return nil, fmt.Errorf("--ffmpeg %q: %s", c.FFmpeg.Program, caps.Refusal())
	}
	return runner, nil
}

// cacheFolder is the user's folder for what can be found out again; "" where there is none.
func cacheFolder() string {
	all, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	folder := filepath.Join(all, "reelastic")
	if os.MkdirAll(folder, 0o700) != nil {
		return ""
	}
	return folder
}

func (c LocalConfig) jobConfig(runner *ffmpeg.Runner) job.Config {
	threads := cmp.Or(c.Threads, runtime.NumCPU())
	memory := cmp.Or(encodingMemory(), math.MaxInt64)
	return job.Config{
		FFmpeg: runner, Scheduler: job.NewScheduler(threads, memory), Threads: threads,
		Speed: c.FFmpeg.Speed, Limits: c.Inputs.limits(), AACFallback: c.FFmpeg.AAC,
	}
}

// Forecasts and figures of local jobs.
type (
	LocalForecast  = local.Forecast
	OutputForecast = local.OutputForecast
	LocalCost      = local.Cost
	LocalFigures   = local.Figures
)

// figuresFile is the file of figures in the folder for what can be made anew.
const figuresFile = "reelastic/bench.json"

// FiguresConfig is where the figures of this machine are.
type FiguresConfig struct {
	Figures string `name:"figures" placeholder:"FILE" help:"Figures of this machine, which reelastic bench writes; default: in the user's cache folder."`
}

// file is the path of the figures.
func (c FiguresConfig) file() (string, error) {
	if c.Figures != "" {
		return c.Figures, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("--figures must be given: %w", err)
	}
	return filepath.Join(cache, figuresFile), nil
}

// Read reads the figures; nil where there are none.
func (c FiguresConfig) Read() (*LocalFigures, error) {
	path, err := c.file()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if c.Figures != "" {
			return nil, fmt.Errorf("--figures: %w", err)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--figures: %w", err)
	}
	figures := new(LocalFigures)
	if err := json.Unmarshal(text, figures); err != nil {
		return nil, fmt.Errorf("--figures %q: it holds no figures: %w", path, err)
	}
	return figures, nil
}

// Write writes the figures, whole or not at all, and returns where.
func (c FiguresConfig) Write(figures *LocalFigures) (path string, err error) {
	if path, err = c.file(); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return "", err
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return "", err
	}
	return path, os.Rename(fresh, path)
}
