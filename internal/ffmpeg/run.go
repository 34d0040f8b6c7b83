package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/plan"
)

// globalArgs come before a step's own: messages with their level on stderr, each as often
// as it is meant, progress for machines on stdout, no questions.
var globalArgs = []string{"-hide_banner", "-nostdin", "-nostats", "-loglevel", "repeat+level+warning",
	"-progress", "pipe:1", "-stats_period", "0.5", "-y"}

var (
	errStalled = errors.New("stalled")
	errTooLong = errors.New("too long")
	errChanged = errors.New("frames change midway")
)

// Run runs one step in its folder and returns when its program and everything
// that started is gone. Progress, if not nil, is called about twice a second,
// or once at the end by a program that does not tell how far it is, from one
// goroutine at a time and never after Run has returned. A step that did not
// come to its end is a [*plan.RunError]; when ctx ends, the step is killed at
// once and the error wraps its cause. A step whose input changes midway is ended as soon as
// ffmpeg says so.
func (r *Runner) Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error {
	t, err := r.ready(ctx)
	if err != nil {
		return fmt.Errorf("step %s: %w", step.Name, err)
	}
	child, err := t.child(step)
	if err != nil {
		return fmt.Errorf("step %s: %w", step.Name, err)
	}
	wall := r.limits.wall(step.Duration)
	limited, cancel := context.WithTimeoutCause(ctx, wall, errTooLong)
	defer cancel()
	supervised, kill := context.WithCancelCause(limited)
	defer kill(nil)

	reader, messages := &progressReader{report: progress},
		&tail{on: map[sign]func(){changedFrame: func() { kill(errChanged) }}}
	var watchers sync.WaitGroup
	cpu := r.limits.CPUSeconds
	if cpu == 0 {
		cpu = int64(wall.Seconds()) * int64(runtime.NumCPU())
	}
	child.dir, child.stdout, child.stderr = dir, reader, messages
	child.memory, child.cpu, child.fileSize = max(r.limits.MemoryBytes, 2*step.MemoryBytes), cpu, r.limits.FileSizeBytes
	child.started = func(pid int) {
		watchers.Go(func() {
			if watch(supervised, r.limits.StallTimeout, reader.moves.Load,
				func() time.Duration { return cpuTime(pid) }) {
				kill(errStalled)
			}
		})
	}
	ended, err := t.start(supervised, child)
	cause := context.Cause(supervised)
	kill(nil)
	watchers.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("step %s: %w", step.Name, context.Cause(ctx))
	case err != nil && cause == nil:
		return fmt.Errorf("step %s: %w", step.Name, err)
	case errors.Is(cause, errChanged):
		f := stopped(ended, messages, "frames of an input change midway")
		f.Changed = true
		return f
	case errors.Is(cause, errStalled):
		return stopped(ended, messages, fmt.Sprintf("it made no progress for %s", r.limits.StallTimeout))
	case errors.Is(cause, errTooLong):
		return stopped(ended, messages, fmt.Sprintf("it took longer than %s", wall))
	case ended != exit{}:
		return r.logAttack(ctx, messages, classify(ended, messages))
	case step.Program == plan.FDKAAC:
		reader.finish(step.Duration)
	case !reader.ended:
		return stopped(ended, messages, "it stopped before its end")
	}
	if n := messages.count(damagedFrame); n > 0 && progress != nil {
		reader.now.DamagedFrames = n
		progress(reader.now)
	}
	return nil
}

// child is the command of a step, without what all steps have in common.
func (t *tools) child(step plan.Step) (command, error) {
	switch step.Program {
	case "":
		return command{program: t.ffmpeg, args: append(globalArgs[:len(globalArgs):len(globalArgs)], step.Args...)}, nil
	case plan.FDKAAC:
		if t.fdkaac != "" {
			return command{program: t.fdkaac, args: step.Args}, nil
		}
	}
	return command{}, fmt.Errorf("the program %s is not installed", step.Program)
}

// stopped is the error of a step that was ended for a reason of our own.
func stopped(e exit, messages *tail, reason string) *plan.RunError {
	f := &plan.RunError{ExitCode: e.code, Tail: messages.all(), Reason: reason}
	if e.signal != 0 {
		f.Signal = e.signal.String()
	}
	return f
}

// logAttack tells the operator of an input that reached for other files.
func (r *Runner) logAttack(ctx context.Context, messages *tail, err error) error {
	if text, ok := messages.said(forbidden); ok {
		r.log.WarnContext(ctx, "attack attempt: an input reaches for other files or addresses; refused", "ffmpeg", text)
	}
	return err
}
