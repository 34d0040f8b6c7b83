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
// ask it what it can do, which takes as long as everything else at the start.
func (p *parts) startEngine(ctx context.Context) {
	p.engine = ffmpeg.New(ffmpeg.Config{FFmpeg: p.cfg.FFmpeg, FFprobe: probeProgram(p.cfg.FFmpeg),
		Sandbox: p.cfg.Sandbox, Log: p.log})
	p.engineChecked, p.engineSaid = func() error { return nil }, func() {}
	if p.cfg.Workers == 0 {
		return
	}
	var err error
	known, said := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(said)
		err = p.checkEngine(ctx)
		close(known)
		if err == nil {
			p.sayEngine(ctx)
		}
	}()
	p.engineChecked = func() error {
		<-known
		return err
	}
	p.engineSaid = func() { <-said }
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
