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
				if stalled != (tc.want != 0) {
					t.Fatalf("stalled: %v", stalled)
				}
				if late := run() - tc.want; stalled && (late < 0 || late > 15*time.Second) {
					t.Errorf("stalled after %v, want %v", run(), tc.want)
				}
			})
		})
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	parent, cpu := parseStat([]byte("42 (a) b (c) R 7 42 42 0 -1 4194304 1 2 3 4 150 50 9 9 20 0"))
	if parent != 7 || cpu != 2*time.Second {
		t.Errorf("parent %d, time %v", parent, cpu)
	}
	if parent, cpu = parseStat([]byte("42 (short")); parent != 0 || cpu != 0 {
		t.Errorf("parent %d, time %v", parent, cpu)
	}
	for deadline := time.Now().Add(10 * time.Second); cpuTime(os.Getpid()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("this process never used any time")
		}
	}
}
