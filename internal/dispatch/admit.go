package dispatch

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/internal/task"
)

// admit hands waiting tasks to the engine, as many as there is room for.
func (r *Relay) admit(ctx context.Context) error {
	workers, err := r.queue.Workers(ctx)
	if err != nil {
		return err
	}
	outstanding, err := r.store.Outstanding(ctx)
	if err != nil {
		return err
	}
	n := room(workers, len(outstanding))
	if n <= 0 {
		return nil
	}
	admitted, err := r.store.Admit(ctx, n)
	for i := 0; err == nil && i < len(admitted); i++ {
		err = r.queue.Publish(ctx, admitted[i])
	}
	if err != nil {
		// Tasks may be admitted by now, even if the store's answer was lost: only
		// a sweep brings them to the engine.
		signal(r.sweepNow)
	}
	return err
}

// room is how many more tasks to admit: one for every slot that is free, and as
// many to spare as are likely to be taken before the relay looks again: one, and
// one for each eight slots. More would stand in the engine, where neither
// priority, pause nor fair share reach them any more. Without workers nothing is
// admitted. What is outstanding counts, whether a worker has it or not, so the
// count does not depend on how fresh the workers' announcements are.
func room(workers []task.WorkerStatus, outstanding int) int {
	slots := 0
	for _, w := range workers {
		slots += w.Slots
	}
	if slots == 0 {
		return 0
	}
	return slots + 1 + slots/8 - outstanding
}

// sweep publishes every admitted or running task again. It fills an engine that
// lost its store, and publishes what a relay admitted before it died. A message
// of a task that has been finished meanwhile is dropped by whoever gets it.
func (r *Relay) sweep(ctx context.Context) error {
	outstanding, err := r.store.Outstanding(ctx)
	if err != nil {
		return err
	}
	for i, a := range outstanding {
		if err := r.queue.Publish(ctx, a); err != nil {
			return fmt.Errorf("after %d of %d: %w", i, len(outstanding), err)
		}
	}
	return nil
}
