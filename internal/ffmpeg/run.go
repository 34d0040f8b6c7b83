package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/parallel"
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

// Run runs one step for the job whose folder is dir and returns when its program and
// everything that started is gone. The program sees of that folder what the step reads, and
// writes elsewhere; the step's results are moved into it when it came to its end. Progress,
// if not nil, is called about twice a second,
// or once at the end by a program that does not tell how far it is, from one
// goroutine at a time and never after Run has returned. A step that did not
// come to its end is a [*plan.RunError]; when ctx ends, the step is killed at
// once and the error wraps its cause. A step whose input changes midway is ended as soon as
// ffmpeg says so.
func (r *Runner) Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error {
	err := r.checked(ctx, r.run(ctx, dir, step, progress))
	if _, failed := errors.AsType[*plan.RunError](err); err != nil && !failed {
		return fmt.Errorf("step %s: %w", step.Name, err)
	}
	return err
}

func (r *Runner) run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error {
	t, err := r.ready(ctx)
	if err != nil {
		return err
	}
	read, err := inputsOf(dir, step)
	if err != nil {
		return err
	}
	arriving := r.arriving(dir, read)
	files, size, err := confine(dir, read, arriving)
	if err != nil {
		return err
	}
	defer r.clear(ctx, files)
	ctx, relay, end, err := serving(ctx, files, arriving)
	if err != nil {
		return err
	}
	defer end()
	child, err := t.child(step, t.box.place(files.Inputs()), arriving)
	if err != nil {
		return err
	}
	child.relay = relay
	length := step.Duration * time.Duration(max(1, len(step.Outputs)))
	child.inputs, child.results, child.usage = files.Inputs(), files.Results(), files.Usage
	child.mostFiles, child.mostBytes = r.limits.results(length)
	reader := &progressReader{report: progress, waits: func() bool { return anyMissing(arriving) }}
	messages, err := r.supervise(ctx, t, step, child, r.limits.wall(length, size), reader)
	if why := lost(arriving); why != nil { // what the program made without it is of no use
		return why
	}
	if failed, ok := errors.AsType[*plan.RunError](err); ok {
		_, failed.WrittenBytes, _ = files.Usage() // for a message
	}
	if err != nil {
		return err
	}
	if err := files.Take(resultsOf(step)); err != nil {
		return r.logHostile(ctx, messages, err)
	}
	if n := messages.count(damagedFrame); n > 0 && progress != nil {
		reader.now.DamagedFrames = n
		progress(reader.now)
	}
	return nil
}

// supervise runs a step's program within its limits.
func (r *Runner) supervise(ctx context.Context, t *tools, step plan.Step, child command, wall time.Duration,
	reader *progressReader) (*tail, error) {
	limited, cancel := context.WithTimeoutCause(ctx, wall, errTooLong)
	defer cancel()
	supervised, kill := context.WithCancelCause(limited)
	defer kill(nil)

	messages := &tail{on: map[sign]func(){changedFrame: func() { kill(errChanged) }}}
	var watchers sync.WaitGroup
	child.stdout, child.stderr = reader, messages
	child.memory, child.cpu, child.fileSize = max(r.limits.MemoryBytes, 2*step.MemoryBytes), r.limits.CPUSeconds,
		r.limits.FileSizeBytes
	if child.cpu == 0 {
		child.cpu = int64(wall.Seconds()) * int64(runtime.NumCPU())
	}
	child.started = func(pid int) {
		watchers.Go(func() {
			if err := parallel.Guard(func() error {
				return watch(supervised, r.limits.StallTimeout, reader.moved,
					func() time.Duration { return t.machine.of(pid).cpu })
			}); err != nil {
				kill(err)
			}
		})
	}
	ended, err := t.start(supervised, child)
	cause := context.Cause(supervised)
	kill(nil)
	watchers.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case isExceeded(err):
		return nil, stopped(ended, messages, err.Error())
	case err != nil && (cause == nil || isPanic(err)):
		return nil, err
	case errors.Is(cause, errChanged):
		f := stopped(ended, messages, "frames of an input change midway")
		f.Changed = true
		return nil, f
	case errors.Is(cause, errStalled):
		return nil, stopped(ended, messages, fmt.Sprintf("it made no progress for %s", r.limits.StallTimeout))
	case errors.Is(cause, errTooLong):
		return nil, stopped(ended, messages, fmt.Sprintf("it took longer than %s", wall))
	case ended != exit{}:
		return nil, r.logAttack(ctx, messages, classify(ended, messages))
	case step.Program == plan.FDKAAC:
		reader.finish(step.Duration)
	case !reader.ended:
		return nil, stopped(ended, messages, "it stopped before its end")
	}
	if _, full := messages.said(diskFull); full { // 5.1 takes that for no failure at the end of a file
		return nil, classify(ended, messages)
	}
	return messages, nil
}

func isExceeded(err error) bool {
	_, ok := errors.AsType[exceeded](err)
	return ok
}

// child is the command of a step, without what all steps have in common; inputs is where it
// sees its inputs, but for those that still arrive.
func (t *tools) child(step plan.Step, inputs string, arriving map[string]*folder.Arriving) (command, error) {
	args := slices.Clone(step.Args)
	switch step.Program {
	case "":
		begin := 0 // of the options of the next input
		for i := range args {
			name, ok := inputArg(args, i)
			if !ok {
				continue
			}
			args[i] = fileScheme + filepath.Join(inputs, name)
			if arriving[name] != nil {
				args[i] = addressOf(name)
				allowRelay(args[begin:i])
			}
			begin = i + 1
		}
		return command{program: t.ffmpeg, args: append(slices.Clone(globalArgs), args...)}, nil
	case plan.FDKAAC:
		if t.fdkaac != "" {
			last := len(args) - 1
			args[last] = filepath.Join(inputs, args[last])
			return command{program: t.fdkaac, args: args}, nil
		}
	}
	return command{}, fmt.Errorf("the program %s is not installed", step.Program)
}

// CommandLine is a step as it is run in the folder of a job, without the sandbox around it.
func (r *Runner) CommandLine(step plan.Step) []string {
	if step.Program != "" {
		return append([]string{step.Program}, step.Args...)
	}
	return slices.Concat([]string{r.cfg.FFmpeg}, globalArgs, step.Args)
}

// stopped is the error of a step that was ended for a reason of our own.
func stopped(e exit, messages *tail, reason string) *plan.RunError {
	f := &plan.RunError{ExitCode: e.code, Tail: messages.all(), Reason: reason}
	if e.signal != 0 {
		f.Signal = e.signal.String()
	}
	return f
}

// logHostile tells the operator of a program that left what no encoder does.
func (r *Runner) logHostile(ctx context.Context, messages *tail, err error) error {
	if !errors.Is(err, folder.ErrHostile) {
		return err
	}
	r.log.ErrorContext(ctx, "ATTACK: a confined program left what is no plain file; refused", "err", err)
	return stopped(exit{}, messages, "it left what is no plain file")
}

// logAttack tells the operator of an input that reached for other files.
func (r *Runner) logAttack(ctx context.Context, messages *tail, err error) error {
	if text, ok := messages.said(forbidden); ok {
		r.log.WarnContext(ctx, "attack attempt: an input reaches for other files or addresses; refused", "ffmpeg", text)
	}
	return err
}
