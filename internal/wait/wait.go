// Package wait waits for a time that a context may cut short.
package wait

import (
	"context"
	"time"
)

// For returns nil after d, or earlier with the context's error when that ends first.
// A context that has ended is not waited with, whatever d is.
func For(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
