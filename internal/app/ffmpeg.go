package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/media"
)

// FFmpegConfig is what encodes, and how.
type FFmpegConfig struct {
	Program string `name:"ffmpeg" default:"ffmpeg" help:"ffmpeg program; ffprobe is expected beside it."`
	Speed   string `name:"speed" default:"veryfast" enum:"${speeds}" help:"Encoder speed: x264's preset name."`
	Sandbox string `name:"sandbox" default:"require" enum:"require,prefer,off" help:"Sandbox: require, prefer or off."`
	AAC     bool   `name:"aac-fallback" help:"Encode AAC-LC if no encoder for HE-AAC is installed."`

	StepMemory  int64         `name:"max-step-memory" default:"8589934592" help:"Maximum memory of one ffmpeg, in bytes."`
	StepStall   time.Duration `name:"max-step-stall" default:"2m" help:"Time without progress after which ffmpeg is ended."`
	StepResults int64         `name:"max-step-results" default:"1073741824" help:"Maximum bytes written per second of result."`
}

func (c FFmpegConfig) check(r *refusals) {
	if c.StepMemory < 1 {
		r.refuse("max-step-memory", c.StepMemory, "must be at least 1")
	}
	r.under("max-step-stall", c.StepStall, time.Second)
	if c.StepResults < 1 {
		r.refuse("max-step-results", c.StepResults, "must be at least 1")
	}
}

// newFFmpeg is a runner that keeps what the program has in a folder, unless that is "".
func newFFmpeg(c FFmpegConfig, keep string, log *slog.Logger) *ffmpeg.Runner {
	return ffmpeg.New(ffmpeg.Config{
		FFmpeg:  c.Program,
		FFprobe: probeProgram(c.Program),
		Sandbox: c.Sandbox,
		Limits: ffmpeg.Limits{
			MemoryBytes: c.StepMemory, StallTimeout: c.StepStall, ResultBytes: c.StepResults,
		},
		Keep: keep,
		Log:  log,
	})
}

// probeProgram is the ffprobe beside an ffmpeg.
func probeProgram(program string) string {
	folder, name := filepath.Split(program)
	return folder + strings.Replace(name, "ffmpeg", "ffprobe", 1)
}

// Caps detects what an ffmpeg can do.
func Caps(ctx context.Context, program string) (media.Caps, error) {
	return newFFmpeg(FFmpegConfig{Program: program}, "", nil).Caps(ctx)
}

// startCheck begins, where something is to be encoded, to ask the ffmpeg whether it
// can be used, and then tells the log what it lacks. The answer comes through the
// channel, once.
func (p *parts) startCheck(ctx context.Context) <-chan error {
	answer := make(chan error, 1)
	if p.cfg.Worker.Workers == 0 {
		answer <- nil
		return answer
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	p.closes(func() { stop(); <-ended })
	go func() {
		defer close(ended)
		err := p.checkFFmpeg(ctx)
		answer <- err
		if err == nil {
			p.tellFFmpeg(ctx)
		}
	}()
	return answer
}

// checkFFmpeg looks whether the ffmpeg can be used. One that is not installed may be
// yet, before the first job.
func (p *parts) checkFFmpeg(ctx context.Context) error {
	program := p.cfg.FFmpeg.Program
	caps, err := p.ffmpeg.Basics(ctx)
	switch {
	case ctx.Err() != nil: // the process is to end before it has begun
		return nil
	case errors.Is(err, ffmpeg.ErrNoSandbox): // which may be for want of a program, too
		return err
	case missing(err):
		p.log.WarnContext(ctx, "NOTHING CAN BE TRANSCODED: there is no ffmpeg", "err", err)
		return nil
	case err != nil:
		return fmt.Errorf("--ffmpeg %q: %w", program, err)
	case caps.Refusal() != "":
		return fmt.Errorf("--ffmpeg %q: %s", program, caps.Refusal())
	}
	return nil
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ffmpeg.ErrNotFound)
}

// tellFFmpeg logs what the ffmpeg is and what it lacks.
func (p *parts) tellFFmpeg(ctx context.Context) {
	caps, err := p.ffmpeg.Caps(ctx)
	if err != nil {
		if ctx.Err() == nil && !missing(err) {
			p.log.WarnContext(ctx, "ffmpeg does not say what it can do", "err", err)
		}
		return
	}
	p.log.InfoContext(ctx, "ffmpeg", "version", caps.Version, "sandbox", caps.Sandbox)
	for _, lack := range caps.Missing() {
		p.log.InfoContext(ctx, "ffmpeg lacks something", "missing", lack.Name, "instead", lack.Instead)
	}
}
