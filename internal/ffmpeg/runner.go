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
	// Sandbox is "require" (the default, also "": refuse to run without bubblewrap),
	// "prefer" (Landlock where that does not work), or "off".
	Sandbox string
	Limits  Limits
	// Keep is the folder in which the lists of what the program has are kept, so that it is
	// not asked at each start; "" keeps none.
	Keep string
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
	// WallBase, WallPerSecond and WallPerKiB bound the time of a step: the base (a quarter of
	// an hour by default), and so many seconds for each second of each result (120 by
	// default), but no more than so many for each KiB of its inputs (1 by default), since a
	// small file can claim to be long.
	WallBase      time.Duration
	WallPerSecond float64
	WallPerKiB    float64
	// ResultBytes bounds the results of a step: so many (a GiB by default), and as many for
	// each second of each result.
	ResultBytes int64
}

func (l Limits) withDefaults() Limits {
	l.MemoryBytes = cmp.Or(l.MemoryBytes, 8<<30)
	l.FileSizeBytes = cmp.Or(l.FileSizeBytes, 512<<30)
	l.ProbeTimeout = cmp.Or(l.ProbeTimeout, time.Minute)
	l.StallTimeout = cmp.Or(l.StallTimeout, 2*time.Minute)
	l.WallBase = cmp.Or(l.WallBase, 15*time.Minute)
	l.WallPerSecond = cmp.Or(l.WallPerSecond, 120)
	l.WallPerKiB = cmp.Or(l.WallPerKiB, 1)
	l.ResultBytes = cmp.Or(l.ResultBytes, 1<<30)
	return l
}

// wall is how long a run may take for results of so many seconds together, made of inputs of
// so many bytes; 0 is what is not known, and no inputs.
func (l Limits) wall(results time.Duration, inputBytes int64) time.Duration {
	seconds, most := results.Seconds()*l.WallPerSecond, float64(inputBytes)/1024*l.WallPerKiB
	switch {
	case inputBytes == 0:
	case results == 0:
		seconds = most
	default:
		seconds = min(seconds, most)
	}
	const longest = 365 * 24 * time.Hour
	return l.WallBase + min(longest, time.Duration(min(seconds, longest.Seconds())*float64(time.Second)))
}

// results is how much results of so many seconds together may be.
func (l Limits) results(length time.Duration) (files int, bytes int64) {
	const base, perSecond, most = 1000, 10, 1 << 19
	seconds := length.Seconds()
	bytes = l.ResultBytes + int64(min(seconds*float64(l.ResultBytes), 1<<62))
	return int(min(base+seconds*perSecond, most)), bytes
}

// Runner runs ffmpeg, ffprobe and fdkaac. Make one with [New]; it may be shared.
type Runner struct {
	cfg    Config
	limits Limits
	log    *slog.Logger

	// arrivals are the files that still arrive ([folder.Arriving]), by their paths.
	arrivals sync.Map

	mu    sync.Mutex
	tools *tools // nil until found
	// basics and caps are nil until detected.
	basics, caps *media.Caps
	// lists are those that were kept on disk, nil when there are none of this build.
	lists lists
}

// New makes a runner. Nothing is looked up or run before it is first used.
func New(cfg Config) *Runner {
	cfg.FFmpeg = cmp.Or(cfg.FFmpeg, "ffmpeg")
	cfg.FFprobe = cmp.Or(cfg.FFprobe, "ffprobe")
	cfg.FDKAAC = cmp.Or(cfg.FDKAAC, plan.FDKAAC)
	cfg.Sandbox = cmp.Or(cfg.Sandbox, Require)
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
	machine machine
	// version and release are ffmpeg's, build tells it from others.
	version, build string
	release        media.Release
}

// ready finds the programs and the sandbox, once; a failure is tried again by
// the next call.
func (r *Runner) ready(ctx context.Context) (*tools, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.readyLocked(ctx)
	return t, unready(ctx, err)
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
	if r.cfg.Keep != "" {
		r.lists = readLists(r.cfg.Keep, t.build)
	}
	return t, nil
}

// ErrNotFound reports that a program is not in PATH. A path that leads nowhere is
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
