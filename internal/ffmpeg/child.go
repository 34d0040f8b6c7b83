package ffmpeg

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/parallel"
)

// command is one child to run.
type command struct {
	// program is the absolute path of ffmpeg, ffprobe or fdkaac.
	program string
	args    []string
	// inputs is the absolute path of a folder that the child reads, results that of one that
	// it writes and works in; "" is none. A child without results works in its inputs.
	inputs, results string
	// relay is the absolute path of the folder with the socket of [service], with Bubblewrap;
	// "" for a child whose inputs are all files.
	relay          string
	stdout, stderr io.Writer
	// memory, cpu and fileSize are limits in bytes and seconds; 0 is none.
	memory, cpu, fileSize int64
	// usage is how much there is in results, of which so much may be; nil where there are none.
	usage     func() (files int, bytes int64, err error)
	mostFiles int
	mostBytes int64
	// started is told the process id, if it is set.
	started func(pid int)
}

// exit is how a child ended.
type exit struct {
	// code is the exit status, -1 after a signal.
	code int
	// signal is 0 when the child ended by itself.
	signal syscall.Signal
}

// waitDelay is how long a child's pipes may stay open after its end.
const waitDelay = 2 * time.Second

// buryDelay is how long the kernel may take to free what the processes of a sandbox had.
const buryDelay = time.Minute

// start runs a child to its end; it is the only function that starts one. When
// ctx ends, the child and all that it started are killed at once: an
// interrupted result is never used. The error is about starting the child or
// reading its output, or is [exceeded] or a [*parallel.Panic] of what reads its output, and
// else never about how it ended.
//
// The kernel sends the parent-death signal when the thread ends that started
// the child, so the calling goroutine keeps its thread until the child is gone.
func (t *tools) start(ctx context.Context, c command) (exit, error) {
	var pass passed
	defer pass.close()
	argv, err := t.commandLine(c, &pass)
	if err != nil {
		return exit{}, err
	}
	ctx, kill := context.WithCancelCause(ctx)
	defer kill(nil)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = cmp.Or(c.results, c.inputs, "/")
	cmd.Env = []string{"LC_ALL=C"}
	cmd.Stdout, cmd.Stderr = guarded(c.stdout, kill), guarded(c.stderr, kill)
	cmd.ExtraFiles = pass.files
	cmd.SysProcAttr = t.box.attributes()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
	if err := cmd.Start(); err != nil {
		return exit{}, fmt.Errorf("start %s: %w", filepath.Base(c.program), withoutPath(err))
	}
	inside := pass.first()
	if c.started != nil {
		c.started(cmd.Process.Pid)
	}
	go func() {
		if err := parallel.Guard(func() error { return t.watchUse(ctx, c, cmd.Process.Pid) }); err != nil {
			kill(err)
		}
	}()
	err = cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		// A grandchild holds the pipes, so the group is still that child's.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	if _, failed := errors.AsType[*exec.ExitError](err); failed || ctx.Err() != nil {
		err = nil
	}
	if !inside.end(buryDelay) {
		err = errLives
	}
	if cause := context.Cause(ctx); isExceeded(cause) || isPanic(cause) {
		err = cause
	} else if err == nil && ctx.Err() == nil && c.usage != nil {
		err = c.judgeResults() // it may have been quick
	}
	return t.exitOf(cmd.ProcessState), err
}

// guardedWriter ends a child where what reads its output panics: that runs in a goroutine of
// os/exec, in which nobody else would catch it.
type guardedWriter struct {
	to   io.Writer
	kill func(error)
}

// guarded is nil for no writer, as os/exec wants it.
func guarded(to io.Writer, kill func(error)) io.Writer {
	if to == nil {
		return nil
	}
	return guardedWriter{to, kill}
}

func (w guardedWriter) Write(p []byte) (n int, err error) {
	err = parallel.Guard(func() (err error) {
		n, err = w.to.Write(p)
		return err
	})
	if isPanic(err) {
		w.kill(err)
	}
	return n, err
}

func isPanic(err error) bool {
	_, ok := errors.AsType[*parallel.Panic](err)
	return ok
}

// errLives tells that something in a sandbox has outlived its end.
var errLives = errors.New("a confined program does not end")

// commandLine is the child's command with its limits and its sandbox around it.
func (t *tools) commandLine(c command, pass *passed) ([]string, error) {
	argv, err := t.box.wrap(c, pass)
	if err != nil || t.prlimit == "" {
		return argv, err
	}
	limits := []string{t.prlimit, "--core=0"}
	if c.memory > 0 {
		limits = append(limits, "--data="+strconv.FormatInt(c.memory, 10))
	}
	if c.fileSize > 0 {
		limits = append(limits, "--fsize="+strconv.FormatInt(c.fileSize, 10))
	}
	if c.cpu > 0 {
		// The second, hard limit is for a child that ignores the first one's signal.
		limits = append(limits, fmt.Sprintf("--cpu=%d:%d", c.cpu, c.cpu+5))
	}
	return append(append(limits, "--"), argv...), nil
}

// mostSignal is the last of the signals that have a name; no other ends a program here.
const mostSignal = syscall.SIGSYS

// exitOf reads how a process ended. Bubblewrap reports a signal of the program
// inside as 128 and its number; ffmpeg's own codes are not among these: of the numbers
// of errors that it ends with from 7 on only those of networks come near.
func (t *tools) exitOf(state *os.ProcessState) exit {
	ws, ok := state.Sys().(syscall.WaitStatus)
	switch {
	case !ok:
		return exit{code: state.ExitCode()}
	case ws.Signaled():
		return exit{code: -1, signal: ws.Signal()}
	case t.box.kind == Bubblewrap && ws.ExitStatus() > 128 && ws.ExitStatus() <= 128+int(mostSignal):
		return exit{code: -1, signal: syscall.Signal(ws.ExitStatus() - 128)}
	}
	return exit{code: ws.ExitStatus()}
}

// withoutPath drops the machine's path from an error of the os package.
func withoutPath(err error) error {
	if pathErr, ok := errors.AsType[*os.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

// output runs a short command without a folder and returns what it printed,
// up to a mebibyte.
func (r *Runner) output(ctx context.Context, t *tools, program string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.limits.ProbeTimeout)
	defer cancel()
	out, messages := &bounded{limit: 1 << 20}, new(tail)
	ended, err := t.start(ctx, command{program: program, args: args, stdout: out, stderr: messages})
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run %s: %w", filepath.Base(program), context.Cause(ctx))
	case ended != exit{}:
		return nil, fmt.Errorf("run %s: %s: %s", filepath.Base(program), ended, messages.lastError())
	}
	return out.buf.Bytes(), nil
}

func (e exit) String() string {
	if e.signal != 0 {
		return "signal: " + e.signal.String()
	}
	return "exit status " + strconv.Itoa(e.code)
}

// errTooMuch reports that a child printed more than it may.
var errTooMuch = errors.New("it printed more than is read")

// bounded is a buffer that refuses to grow beyond a limit. It does not embed
// [bytes.Buffer], whose ReadFrom would go around the limit.
type bounded struct {
	buf   bytes.Buffer
	limit int
	// full reports that something was refused.
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.buf.Len()+len(p) > b.limit {
		b.full = true
		return 0, errTooMuch
	}
	return b.buf.Write(p)
}
