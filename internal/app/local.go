package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	return local.Open(results, c.jobConfig(runner), log)
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
