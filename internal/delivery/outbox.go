package delivery

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/internal/leader"
)

// eventBatch is how many events are handed out in one transaction.
const eventBatch = 100

// lastLimit bounds what is delivered after the end.
const lastLimit = 2 * time.Second

// deliverLast hands out and delivers what the last jobs before a stop have left.
// Whatever it can't is delivered by the next leader, or after the next start.
func (s *Service) deliverLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLimit)
	defer cancel()
	err := s.fanOut(ctx)
	if err == nil {
		last := s.newSubscribers()
		err = last.serveDue(ctx)
		last.wait()
	}
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "events are left for the next start", "err", err)
	}
}

// fanOut tells watchers and the log of all events of the outbox, and hands each
// out to those who subscribed to its topic.
func (s *Service) fanOut(ctx context.Context) error {
	for {
		events, err := s.store.Events(ctx, eventBatch)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			if err := s.queue.TellEvent(ctx, e); err != nil {
				return err
			}
		}
		n, err := s.store.FanOut(ctx, events, s.cfg.SNS)
		if err != nil {
			return err
		}
		for _, e := range events {
			s.cfg.Log.InfoContext(ctx, "job event", "event", e.ID, "job", e.JobID, "pipeline", e.PipelineID,
				"state", e.State, "topic", e.Topic)
		}
		if n > 0 {
			leader.Signal(s.deliverNow)
		}
		if len(events) < eventBatch {
			return nil
		}
	}
}
