package reelastictest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
)

// Example stands in for the [testing.TB] of an example, which has none, as far as
// [Start] and the methods of [Server] need it. A failure panics.
type Example struct {
	testing.TB // nil: whatever is not below panics

	context  context.Context
	cancel   context.CancelFunc
	cleanups []func()
	failed   bool
}

// NewExample begins an example, which ends with [Example.End].
func NewExample() *Example {
	e := &Example{}
	e.context, e.cancel = context.WithCancel(context.Background())
	return e
}

// End runs what was registered with Cleanup, last first.
func (e *Example) End() {
	e.cancel()
	for _, clean := range slices.Backward(e.cleanups) {
		clean()
	}
}

// Cleanup registers what [Example.End] does.
func (e *Example) Cleanup(clean func()) { e.cleanups = append(e.cleanups, clean) }

// Context ends when [Example.End] begins.
func (e *Example) Context() context.Context { return e.context }

// TempDir makes a folder that [Example.End] removes.
func (e *Example) TempDir() string {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Fatal panics.
func (e *Example) Fatal(args ...any) {
	e.failed = true
	panic(fmt.Sprint(args...))
}

// Fatalf panics.
func (e *Example) Fatalf(format string, args ...any) { e.Fatal(fmt.Sprintf(format, args...)) }

// Skip panics: an example can't be skipped once it runs.
func (e *Example) Skip(args ...any) { e.Fatal(args...) }

// Failed reports whether the example has panicked by [Example.Fatal].
func (e *Example) Failed() bool { return e.failed }

// Logf writes to standard error.
func (e *Example) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Helper does nothing.
func (e *Example) Helper() {}
