package app

import (
	"context"
	"errors"
	"testing"
)

// TestServicesEndTogether stops all services when one of them fails or ends, those
// that others need to the end last, and says which it was.
func TestServicesEndTogether(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, c := range []struct {
		err  error
		want string
	}{
		{broken, "a: broken\nended on its own"},
		{nil, "a: ended on its own"},
	} {
		s := startServices(t.Context())
		ended := make(chan string, 2)
		s.run("a", func(context.Context) error { return c.err })
		s.run("b", func(ctx context.Context) error {
			<-ctx.Done()
			ended <- "b"
			return ctx.Err()
		})
		s.runLast("last", func(ctx context.Context) error {
			<-ctx.Done()
			ended <- "last"
			return nil
		})
		err := s.wait()
		if c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("got %v, want %v", err, c.err)
		}
		if got := text(err); got != c.want && c.err == nil {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if first, second := <-ended, <-ended; first != "b" || second != "last" {
			t.Errorf("%s ended before %s", first, second)
		}
	}
}

// TestServicesStop ends without an error when the context does.
func TestServicesStop(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	s := startServices(ctx)
	s.run("a", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	s.runLast("b", func(ctx context.Context) error { <-ctx.Done(); return nil })
	stop()
	if err := s.wait(); err != nil {
		t.Error(err)
	}
}
