package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/media"
)

// Caps detects what an ffmpeg can do.
func Caps(ctx context.Context, program string) (media.Caps, error) {
	return ffmpeg.New(ffmpeg.Config{FFmpeg: program, FFprobe: probeProgram(program)}).Caps(ctx)
}

// startEngine makes what runs ffmpeg and, where something is to be encoded, begins to
// ask it what it can do, which takes as long as everything else at the start together.
func (p *parts) startEngine(ctx context.Context) {
	p.engine = ffmpeg.New(ffmpeg.Config{FFmpeg: p.cfg.FFmpeg, FFprobe: probeProgram(p.cfg.FFmpeg), Sandbox: p.cfg.Sandbox, Log: p.log})
	p.engineChecked = func() error { return nil }
	if p.cfg.Workers == 0 {
		return
	}
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = p.checkEngine(ctx)
	}()
	p.engineChecked = func() error {
		<-done
		return err
	}
}

// checkEngine looks whether the ffmpeg can be used, and says what it lacks. One that
// is not installed may be yet, before the first job.
func (p *parts) checkEngine(ctx context.Context) error {
	caps, err := p.engine.Caps(ctx)
	switch {
	case ctx.Err() != nil: // the process is to end before it has begun
		return nil
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, ffmpeg.ErrNotFound):
		p.log.WarnContext(ctx, "NOTHING CAN BE TRANSCODED: there is no ffmpeg", "err", err)
		return nil
	case err != nil:
		return fmt.Errorf("--ffmpeg %q: %w", p.cfg.FFmpeg, err)
	case caps.Refusal() != "":
		return fmt.Errorf("--ffmpeg %q: %s", p.cfg.FFmpeg, caps.Refusal())
	}
	p.log.InfoContext(ctx, "ffmpeg", "version", caps.Version, "sandbox", caps.Sandbox)
	for _, lack := range caps.Missing() {
		p.log.InfoContext(ctx, "ffmpeg lacks something", "missing", lack.Name, "instead", lack.Instead)
	}
	return nil
}
