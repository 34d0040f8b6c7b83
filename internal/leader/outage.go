package leader

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/reelastic/reelastic/internal/wait"
)

// Bounds of the pause between tries while the store or the queue is away.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Outage tells the log when a work begins to fail and when it goes on again. It is
// for one goroutine.
type Outage struct {
	log   *slog.Logger
	tries int
}

// Outage makes one for a work of the service.
func (l *Leader) Outage(work string) *Outage {
	return &Outage{log: l.log.With("service", l.service, "work", work)}
}

// Note takes the outcome of a try and reports whether it failed. An end of ctx is
// no outage.
func (o *Outage) Note(ctx context.Context, err error) (failed bool) {
	switch {
	case err != nil && ctx.Err() == nil:
		if o.tries++; o.tries == 1 {
			o.log.WarnContext(ctx, "a service fails at its work; trying on", "err", err)
		}
		return true
	case err == nil && o.tries > 0:
		o.log.InfoContext(ctx, "a service's work goes on again", "tries", o.tries)
		o.tries = 0
	}
	return err != nil
}

// Pause waits before the next try: twice as long each time, with jitter. After a
// success it does not wait.
func (o *Outage) Pause(ctx context.Context) {
	if o.tries == 0 {
		return
	}
	_ = wait.For(ctx, Backoff(o.tries-1, firstPause, lastPause)) // whoever tries looks at ctx
}

// Backoff is a time span between half and all of first doubled n times, at most
// last: jitter keeps nodes that failed together from coming back together.
func Backoff(n int, first, last time.Duration) time.Duration {
	d := last
	if n < 32 && first<<n < last {
		d = first << n
	}
	return d/2 + rand.N(d/2+1)
}
