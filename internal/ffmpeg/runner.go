package ffmpeg

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
)

// Config says which programs to run and how tightly.
type Config struct {
	// FFmpeg and FFprobe are names looked up in PATH, or paths; "" is the plain name.
	FFmpeg, FFprobe string
	// FDKAAC is the program for HE-AAC, likewise; nothing is amiss without it.
	FDKAAC string
	// Sandbox is "require" (refuse to run where files can't be confined),
	// "prefer" (the default, also ""), or "off".
	Sandbox string
	Limits  Limits
	// Log takes the loud line about a missing sandbox and attack attempts; nil discards.
	Log *slog.Logger
}

// Limits bound what one child may use. Zero members have the default stated.
type Limits struct {
	// MemoryBytes bounds a child's writable memory (RLIMIT_DATA), 8 GiB by
	// default. A step that is expected to need more than half gets twice its need.
	MemoryBytes int64
	// FileSizeBytes bounds each file that a child writes, 512 GiB by default.
	FileSizeBytes int64
	// CPUSeconds bounds the processor time of a step, over all its threads; by
	// default the step's time limit times the number of processors.
	CPUSeconds int64
	// ProbeTimeout bounds a probe, in time and in processor time; a minute by default.
	ProbeTimeout time.Duration
	// StallTimeout ends a step that neither makes progress nor uses the
	// processor for so long; two minutes by default.
	StallTimeout time.Duration
	// WallBase and WallPerSecond bound the time of a step: the base (six hours
	// by default) and so many seconds for each second of result (60 by default).
	WallBase      time.Duration
	WallPerSecond float64
}

func (l Limits) withDefaults() Limits {
	l.MemoryBytes = cmp.Or(l.MemoryBytes, 8<<30)
	l.FileSizeBytes = cmp.Or(l.FileSizeBytes, 512<<30)
	l.ProbeTimeout = cmp.Or(l.ProbeTimeout, time.Minute)
	l.StallTimeout = cmp.Or(l.StallTimeout, 2*time.Minute)
	l.WallBase = cmp.Or(l.WallBase, 6*time.Hour)
	l.WallPerSecond = cmp.Or(l.WallPerSecond, 60)
	return l
}

// wall is how long a step may take for a result of the given length.
func (l Limits) wall(result time.Duration) time.Duration {
	return l.WallBase + time.Duration(result.Seconds()*l.WallPerSecond*float64(time.Second))
}

// Runner runs ffmpeg, ffprobe and fdkaac. Make one with [New]; it may be shared.
type Runner struct {
	cfg    Config
	limits Limits
	log    *slog.Logger

	mu    sync.Mutex
	tools *tools // nil until found
	// basics and caps are nil until detected.
	basics, caps *media.Caps
}

// New makes a runner. Nothing is looked up or run before it is first used.
func New(cfg Config) *Runner {
	cfg.FFmpeg = cmp.Or(cfg.FFmpeg, "ffmpeg")
	cfg.FFprobe = cmp.Or(cfg.FFprobe, "ffprobe")
	cfg.FDKAAC = cmp.Or(cfg.FDKAAC, plan.FDKAAC)
	cfg.Sandbox = cmp.Or(cfg.Sandbox, Prefer)
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Runner{cfg: cfg, limits: cfg.Limits.withDefaults(), log: cfg.Log}
}

// tools are the programs, found and tried.
type tools struct {
	// ffmpeg and ffprobe are absolute, with symbolic links followed.
	ffmpeg, ffprobe string
	// fdkaac likewise, "" where there is none.
	fdkaac string
	// prlimit is "" where there is none; limits are then not set.
	prlimit string
	box     sandbox
	// version and release are ffmpeg's.
	version string
	release media.Release
}

// ready finds the programs and the sandbox, once; a failure is tried again by
// the next call.
func (r *Runner) ready(ctx context.Context) (*tools, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readyLocked(ctx)
}

func (r *Runner) readyLocked(ctx context.Context) (*tools, error) {
	if r.tools != nil {
		return r.tools, nil
	}
	t := new(tools)
	var err error
	if t.ffmpeg, err = locate(r.cfg.FFmpeg); err != nil {
		return nil, err
	}
	if t.ffprobe, err = locate(r.cfg.FFprobe); err != nil {
		return nil, err
	}
	if path, err := locate(r.cfg.FDKAAC); err == nil {
		t.fdkaac = path
	}
	if t.prlimit, err = locate("prlimit"); err != nil {
		r.log.WarnContext(ctx, "no prlimit program: ffmpeg runs without limits on memory, file size and processor time")
		t.prlimit = ""
	}
	if err = r.detectSandbox(ctx, t); err != nil {
		return nil, err
	}
	r.tools = t
	return t, nil
}

// ErrNotFound tells that a program is not in PATH. A path that leads nowhere is
// [os.ErrNotExist].
var ErrNotFound = exec.ErrNotFound

// locate is the absolute path of a program.
func locate(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", filepath.Base(name), err)
	}
	if path, err = filepath.EvalSymlinks(path); err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fmt.Errorf("find %s: %w", filepath.Base(name), err)
	}
	return path, nil
}
