package worker

import (
	"context"
	"errors"
	"time"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/wait"
)

const (
	// proveEvery is how often the store is tried while all goes well, proveWithin how long
	// it may take to answer.
	proveEvery  = time.Minute
	proveWithin = 20 * time.Second
)

// watchStore lets no job begin while the object store can't be used.
func (w *Worker) watchStore(ctx context.Context) {
	var last time.Time
	for {
		if w.gate.holds(noStore) || time.Since(last) >= proveEvery {
			w.lookAtStore(ctx)
			last = time.Now()
		}
		if wait.For(ctx, mendEvery) != nil {
			return
		}
	}
}

// lookAtStore reports whether the object store can be used, as far as this machine's own
// credentials tell, and lets no job begin while it can't.
func (w *Worker) lookAtStore(ctx context.Context) bool {
	asked, cancel := context.WithTimeout(ctx, proveWithin)
	defer cancel()
	err := w.storage("").Check(asked)
	if asked.Err() != nil && ctx.Err() == nil {
		err = errors.Join(object.ErrUnusable, asked.Err())
	}
	if !errors.Is(err, object.ErrUnusable) {
		w.shut(noStore, "")
		return true
	}
	w.shut(noStore, err.Error())
	return false
}
