package dispatch

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/internal/leader"
	"github.com/reelastic/reelastic/internal/task"
)

// admit hands waiting tasks to the queue, as many as there is room for.
func (d *Dispatcher) admit(ctx context.Context) error {
	workers, err := d.queue.Workers(ctx)
	if err != nil {
		return err
	}
	outstanding, err := d.store.Outstanding(ctx)
	if err != nil {
		return err
	}
	n := room(workers, len(outstanding))
	if n <= 0 {
		return nil
	}
	admitted, err := d.store.Admit(ctx, n)
	for i := 0; err == nil && i < len(admitted); i++ {
		err = d.queue.Enqueue(ctx, admitted[i])
	}
	if err != nil {
		// Tasks may be admitted by now, even if the store's answer was lost: only
		// a sweep brings them to the queue.
		leader.Signal(d.sweepNow)
	}
	return err
}

// room is how many more tasks to admit: one for every slot that is free, and as
// many to spare as are likely to be taken before the dispatcher looks again: one, and
// one for each eight slots. More would stand in the queue, where neither
// priority, pause nor fair share reach them any more. Without workers nothing is
// admitted. What is outstanding counts, whether a worker has it or not, so the
// count does not depend on how fresh the workers' announcements are. A worker that drains
// has room for what it has.
func room(workers []task.WorkerStatus, outstanding int) int {
	slots := 0
	for _, w := range workers {
		if w.Draining {
			outstanding -= w.Running
			continue
		}
		slots += w.Slots
	}
	if slots == 0 {
		return 0
	}
	return slots + 1 + slots/8 - outstanding
}

// sweep enqueues every admitted or running task again. It fills a queue that lost
// its store, and enqueues what a dispatcher admitted before it died. A message
// of a task that has been finished meanwhile is dropped by whoever gets it.
func (d *Dispatcher) sweep(ctx context.Context) error {
	outstanding, err := d.store.Outstanding(ctx)
	if err != nil {
		return err
	}
	for i, a := range outstanding {
		if err := d.queue.Enqueue(ctx, a); err != nil {
			return fmt.Errorf("after %d of %d: %w", i, len(outstanding), err)
		}
	}
	return nil
}
