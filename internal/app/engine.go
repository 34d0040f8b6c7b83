package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/media"
)

// Caps detects what an ffmpeg can do.
func Caps(ctx context.Context, program string) (media.Caps, error) {
	return ffmpeg.New(ffmpeg.Config{FFmpeg: program, FFprobe: probeProgram(program)}).Caps(ctx)
}

// startEngineCheck begins, where something is to be encoded, to ask the ffmpeg what it can
// do, which takes as long as everything else at the start together. The function that it
// returns waits for the answer.
func (p *parts) startEngineCheck(ctx context.Context) func() error {
	if p.cfg.Workers == 0 {
		return func() error { return nil }
	}
	checked := make(chan error, 1)
	go func() { checked <- p.checkEngine(ctx) }()
	return sync.OnceValue(func() error { return <-checked })
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
