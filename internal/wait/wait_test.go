package wait_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reelastic/reelastic/internal/wait"
)

func TestFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		deadline, pause time.Duration
		want            error
		took            time.Duration
	}{
		{"the time passes", time.Minute, time.Second, nil, time.Second},
		{"no time", time.Minute, 0, nil, 0},
		{"the context ends first", time.Second, time.Minute, context.DeadlineExceeded, time.Second},
		{"the context has ended", 0, 0, context.DeadlineExceeded, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
				defer cancel()
				began := time.Now()
				if err := wait.For(ctx, c.pause); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
			})
		})
	}
}
