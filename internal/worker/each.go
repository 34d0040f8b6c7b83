package worker

import (
	"context"
	"sync"
)

// eachOf calls do for 0 to n-1, in this order, at most atOnce calls at the same
// time, and returns when all have ended. The first error ends the context of the
// others and is returned; what has not begun by then is left out.
func eachOf(ctx context.Context, atOnce, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var calls sync.WaitGroup
	for range max(1, min(atOnce, n)) {
		calls.Go(func() {
			for i := range next {
				if ctx.Err() != nil {
					continue
				}
				if err := do(ctx, i); err != nil {
					cancel(err) // the first one stays
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	calls.Wait()
	return context.Cause(ctx)
}
