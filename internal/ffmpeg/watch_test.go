package ffmpeg

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatch(t *testing.T) {
	t.Parallel()
	began := func() func() time.Duration {
		start := time.Now()
		return func() time.Duration { return time.Since(start) }
	}
	for name, tc := range map[string]struct {
		moves func(run time.Duration) int64
		cpu   func(run time.Duration) time.Duration
		want  time.Duration // 0: until the end of the context, after an hour
	}{
		"nothing happens": {func(time.Duration) int64 { return 0 }, func(time.Duration) time.Duration { return 0 },
			time.Minute},
		"progress": {func(run time.Duration) int64 { return int64(run / (30 * time.Second)) },
			func(time.Duration) time.Duration { return 0 }, 0},
		"seeking": {func(time.Duration) int64 { return 0 },
			func(run time.Duration) time.Duration { return run / 2 }, 0},
		"polling, no progress": {func(time.Duration) int64 { return 0 },
			func(run time.Duration) time.Duration { return run / 500 }, time.Minute},
		"stops after a while": {func(run time.Duration) int64 { return min(int64(run/time.Second), 600) },
			func(time.Duration) time.Duration { return 0 }, 11 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				run := began()
				stalled := watch(ctx, time.Minute, func() int64 { return tc.moves(run()) },
					func() time.Duration { return tc.cpu(run()) })
				if (stalled == errStalled) != (tc.want != 0) {
					t.Fatalf("stalled: %v", stalled)
				}
				if late := run() - tc.want; stalled != nil && (late < 0 || late > 15*time.Second) {
					t.Errorf("stalled after %v, want %v", run(), tc.want)
				}
			})
		})
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	p := parseStat([]byte("42 (a) b (c) R 7 42 42 0 -1 4194304 1 2 3 4 150 50 9 9 20 0 1 0 99 1000 3"))
	if p.parent != 7 || p.cpu != 2*time.Second || p.memory != 3*int64(os.Getpagesize()) {
		t.Errorf("%+v", p)
	}
	if p := parseStat([]byte("42 (short")); p != (process{}) {
		t.Errorf("%+v", p)
	}
	var m machine
	for deadline := time.Now().Add(10 * time.Second); m.of(os.Getpid()).cpu == 0; {
		if time.Now().After(deadline) {
			t.Fatal("this process never used any time")
		}
	}
	if used := m.of(os.Getpid()); used.processes == 0 || used.memory == 0 {
		t.Errorf("this process uses %+v", used)
	}
}

func TestWall(t *testing.T) {
	t.Parallel()
	l := Limits{}.withDefaults()
	for name, tc := range map[string]struct {
		results time.Duration
		inputs  int64
		most    time.Duration
	}{
		"a short clip":             {2 * time.Second, 1 << 20, 20 * time.Minute},
		"a film":                   {2 * time.Hour, 4 << 30, 11 * 24 * time.Hour},
		"139 KiB that claim a day": {24 * time.Hour, 139 << 10, 18 * time.Minute},
		"an unknown length":        {0, 139 << 10, 18 * time.Minute},
		"no inputs":                {time.Minute, 0, 3 * time.Hour},
	} {
		if got := l.wall(tc.results, tc.inputs); got < l.WallBase || got > tc.most {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestJudge ends what uses too much.
func TestJudge(t *testing.T) {
	t.Parallel()
	files, size := 0, int64(0)
	c := command{memory: 1 << 30, mostFiles: 10, mostBytes: 100, usage: func() (int, int64, error) {
		return files, size, nil
	}}
	if err := c.judge(usage{processes: 10, memory: 1 << 30}); err != nil {
		t.Error(err)
	}
	for _, used := range []usage{{processes: 100}, {memory: 2 << 30}} {
		if err := c.judge(used); !isExceeded(err) {
			t.Errorf("%+v: %v", used, err)
		}
	}
	if files = 11; !isExceeded(c.judge(usage{})) {
		t.Error("too many files are let be")
	}
	if files, size = 1, 101; !isExceeded(c.judge(usage{})) {
		t.Error("too large files are let be")
	}
}

// FuzzParseStat reads lines of /proc, in which a program that was taken over may call itself
// anything.
func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (ffmpeg) S 7 12 12 0 -1 4194560 100 0 0 0 5 3 0 0 20 0 1 0 100 1000000 250 18446744073709551615"))
	f.Add([]byte("12 (a) b (c) R 7"))
	f.Add([]byte(""))
	f.Fuzz(func(_ *testing.T, stat []byte) { parseStat(stat) })
}
