package parallel_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/internal/parallel"
)

func TestEach(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 3, 50} {
		var mu sync.Mutex
		called := map[int]int{}
		running, most := 0, 0
		err := parallel.Each(t.Context(), 4, n, func(_ context.Context, i int) error {
			mu.Lock()
			called[i]++
			running++
			most = max(most, running)
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		})
		if err != nil || len(called) != n || most > 4 {
			t.Errorf("%d calls: %v, %d were made, %d at once", n, err, len(called), most)
		}
		for i, times := range called {
			if times != 1 {
				t.Errorf("%d calls: %d was called %d times", n, i, times)
			}
		}
	}
}

// TestEachStops lets the first call fail while the others wait for the end of
// their context.
func TestEachStops(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var mu sync.Mutex
	calls := 0
	err := parallel.Each(t.Context(), 4, 100, func(ctx context.Context, i int) error {
		mu.Lock()
		calls++
		mu.Unlock()
		if i == 0 {
			return broken
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the first one", err)
	}
	if calls > 4 {
		t.Errorf("%d calls, want no new ones after the first error", calls)
	}
}

func TestEachEndsWithItsContext(t *testing.T) {
	t.Parallel()
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := parallel.Each(ctx, 2, 10, func(ctx context.Context, _ int) error {
		cancel(stopped)
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, stopped) {
		t.Errorf("error %v, want the context's cause", err)
	}
}

// TestEachCatchesPanics has one of several calls panic, in a goroutine of its own.
func TestEachCatchesPanics(t *testing.T) {
	t.Parallel()
	err := parallel.Each(t.Context(), 2, 3, func(_ context.Context, i int) error {
		var none []int
		if i == 1 {
			_ = none[i]
		}
		return nil
	})
	caught, ok := errors.AsType[*parallel.Panic](err)
	if !ok || !strings.Contains(caught.Error(), "out of range") || !strings.Contains(string(caught.Stack), "Panics") {
		t.Errorf("error %v", err)
	}
}
