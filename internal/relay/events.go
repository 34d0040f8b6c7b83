package relay

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

const (
	// eventBatch is how many events are read at once.
	eventBatch = 100
	// eventLimit bounds one delivery.
	eventLimit = 30 * time.Second
	// firstRetry and lastRetry bound the time between deliveries of one event.
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
)

// lastLimit bounds what is delivered after the end.
const lastLimit = 2 * time.Second

// deliverLast delivers what the last jobs before a stop have left. Whatever it
// can't is delivered by the next leader, or after the next start.
func (r *Relay) deliverLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLimit)
	defer cancel()
	if err := r.deliver(ctx); err != nil {
		r.cfg.Log.WarnContext(ctx, "events are left for the next start", "err", err)
	}
}

// deliver delivers all events that are due.
func (r *Relay) deliver(ctx context.Context) error {
	for {
		events, err := r.store.Events(ctx, eventBatch)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := r.deliverOne(ctx, e); err != nil {
				return err
			}
		}
		if len(events) < eventBatch {
			return nil
		}
	}
}

// deliverOne delivers an event, or puts it off. The error is the store's.
func (r *Relay) deliverOne(ctx context.Context, e transcode.Event) error {
	log := r.cfg.Log.With("event", e.ID, "job", e.JobID, "pipeline", e.PipelineID, "state", e.State)
	bounded, cancel := context.WithTimeout(ctx, eventLimit)
	defer cancel()
	err := r.publisher.PublishEvent(bounded, e)
	switch {
	case err == nil:
		log.InfoContext(ctx, "job event", "tries", e.Tries+1)
		return r.store.EventDelivered(ctx, e.ID)
	case ctx.Err() != nil:
		return ctx.Err() // not the subscriber's failure
	}
	after := backoff(e.Tries, firstRetry, lastRetry)
	log.WarnContext(ctx, "job event not delivered", "tries", e.Tries+1, "again_after", after.Round(time.Millisecond), "err", err)
	return r.store.EventFailed(ctx, e.ID, after)
}
