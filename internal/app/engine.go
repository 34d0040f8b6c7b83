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

// startEngineCheck begins, where something is to be encoded, to ask the ffmpeg whether it can
// be used, and then tells the log what it lacks. The function that it returns waits for the
// first answer.
func (p *parts) startEngineCheck(ctx context.Context) func() error {
	if p.cfg.Workers == 0 {
		return func() error { return nil }
	}
	checked := make(chan error, 1)
	p.engineAsked.Go(func() {
		err := p.checkEngine(ctx)
		checked <- err
		if err == nil {
			p.sayEngine(ctx)
		}
	})
	return sync.OnceValue(func() error { return <-checked })
}

// checkEngine looks whether the ffmpeg can be used. One that is not installed may be
// yet, before the first job.
func (p *parts) checkEngine(ctx context.Context) error {
	caps, err := p.engine.Basics(ctx)
	switch {
	case ctx.Err() != nil: // the process is to end before it has begun
		return nil
	case missing(err):
		p.log.WarnContext(ctx, "NOTHING CAN BE TRANSCODED: there is no ffmpeg", "err", err)
		return nil
	case err != nil:
		return fmt.Errorf("--ffmpeg %q: %w", p.cfg.FFmpeg, err)
	case caps.Refusal() != "":
		return fmt.Errorf("--ffmpeg %q: %s", p.cfg.FFmpeg, caps.Refusal())
	}
	return nil
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ffmpeg.ErrNotFound)
}

// sayEngine logs what the ffmpeg is and what it lacks.
func (p *parts) sayEngine(ctx context.Context) {
	caps, err := p.engine.Caps(ctx)
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
