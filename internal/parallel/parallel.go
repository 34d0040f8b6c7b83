// Package parallel runs calls side by side, so many at a time.
package parallel

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Each calls do for 0 to n-1, in this order, at most limit calls at a time (at least
// one), and returns when all have ended. The first error ends the context of the
// others and is returned; what has not begun by then is left out. A panic is an error,
// a [*Panic]. Where ctx ended first, its cause is returned.
func Each(ctx context.Context, limit, n int, do func(ctx context.Context, i int) error) error {
	calls, inner := errgroup.WithContext(ctx)
	calls.SetLimit(max(limit, 1))
	for i := 0; i < n && inner.Err() == nil; i++ {
		calls.Go(func() error {
			if inner.Err() != nil {
				return context.Cause(inner)
			}
			return Guard(func() error { return do(inner, i) })
		})
	}
	if err := calls.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}
