package s3

import (
	"context"
	"sync"
	"time"
)

// pause returns after d, or earlier with the context's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// piece is a part of a file; they are numbered from 1.
type piece struct {
	number         int32
	offset, length int64
}

// pieces calls do for the pieces of a file, some at the same time, and returns when
// all have ended. The first error ends the context of the others and is returned.
func pieces(ctx context.Context, size, length int64, atOnce int, do func(context.Context, piece) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	defer running.Wait()
	for p := (piece{number: 1}); p.offset < size; p = (piece{number: p.number + 1, offset: p.offset + p.length}) {
		p.length = min(length, size-p.offset)
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			running.Wait()
			return context.Cause(ctx)
		}
		running.Go(func() {
			defer func() { <-slots }()
			if err := do(ctx, p); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}
