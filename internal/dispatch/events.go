package dispatch

import (
	"context"
	"time"
)

// eventBatch is how many events are handed out in one transaction.
const eventBatch = 100

// lastLimit bounds what is delivered after the end.
const lastLimit = 2 * time.Second

// deliverLast hands out and delivers what the last jobs before a stop have left.
// Whatever it can't is delivered by the next leader, or after the next start.
func (r *Relay) deliverLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLimit)
	defer cancel()
	err := r.fanOut(ctx)
	if err == nil {
		lanes := r.newLanes()
		err = lanes.open(ctx)
		lanes.wait()
	}
	if err != nil {
		r.cfg.Log.WarnContext(ctx, "events are left for the next start", "err", err)
	}
}

// fanOut tells watchers and the log of all events of the outbox, and hands each
// out to those who subscribed to its topic.
func (r *Relay) fanOut(ctx context.Context) error {
	for {
		events, err := r.store.Events(ctx, eventBatch)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			if err := r.queue.PublishEvent(ctx, e); err != nil {
				return err
			}
		}
		n, err := r.store.FanOut(ctx, events, r.cfg.SNS)
		if err != nil {
			return err
		}
		for _, e := range events {
			r.cfg.Log.InfoContext(ctx, "job event", "event", e.ID, "job", e.JobID, "pipeline", e.PipelineID, "state", e.State, "topic", e.Topic)
		}
		if n > 0 {
			signal(r.deliverNow)
		}
		if len(events) < eventBatch {
			return nil
		}
	}
}

// signal leaves a value in a channel that holds one.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
