package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

// emit puts the notification of a job's change of state into the outbox, for the
// topic of the pipeline as captured at the job's first claim.
func (t *tx) emit(id, state string, errorCode int, details string) error {
	row, err := t.job(id, "")
	if err != nil {
		return err
	}
	j, err := row.job()
	if err != nil {
		return err
	}
	message, err := notify.JobMessage(j, state, errorCode, details)
	if err != nil {
		return fmt.Errorf("notification of job %s: %w", id, err)
	}
	topic, role, err := t.topicOf(id, state)
	if err != nil {
		return err
	}
	_, err = t.exec(`insert into outbox (job_id, pipeline_id, state, topic, role, due_millis, message)
		values ($1, $2, $3, $4, $5, now_millis(), $6)`, id, *j.PipelineId, state, topic, role, string(message))
	return err
}

// topicOf finds the topic for a state of a job that has started, and the role of its pipeline.
func (t *tx) topicOf(jobID, state string) (topic, role string, err error) {
	var captured sql.Null[string]
	if err := t.get(`select pipeline from jobs where id = $1`, []any{jobID}, &captured); err != nil {
		return "", "", err
	}
	p, err := decode[api.Pipeline](captured.V)
	if err != nil {
		return "", "", err
	}
	if p.Role != nil {
		role = *p.Role
	}
	return notify.TopicOf(p, state), role, nil
}

// Events lists up to limit events of the outbox, oldest first.
func (s *DB) Events(ctx context.Context, limit int) (all []notify.Event, err error) {
	err = s.view(ctx, "list events", func(t *tx) error {
		all, err = collect(t, func(rows *sql.Rows) (e notify.Event, err error) {
			err = rows.Scan(&e.ID, &e.JobID, &e.PipelineID, &e.State, &e.Topic, &e.Role, &e.Message)
			return e, err
		}, `select id, job_id, pipeline_id, state, topic, role, message from outbox order by id limit $1`, limit)
		return err
	})
	return all, err
}

// FanOut takes events out of the outbox, each as one notification for every
// confirmed subscription of its topic, and one for Amazon SNS if sns. An event
// without a topic or without a subscriber is done with; one that is gone is no
// error. It returns the number of notifications.
func (s *DB) FanOut(ctx context.Context, events []notify.Event, sns bool) (n int, err error) {
	err = s.change(ctx, "hand out events", func(t *tx) error {
		n = 0
		for _, e := range events {
			err := t.change(transcode.ErrNotFound, `delete from outbox where id = $1`, e.ID)
			if errors.Is(err, transcode.ErrNotFound) {
				continue // another service was faster
			}
			if err != nil {
				return err
			}
			made, err := t.handOut(e, sns)
			if err != nil {
				return err
			}
			n += made
		}
		return nil
	})
	return n, err
}

// Announce hands out an event that is no job's to every confirmed subscription of its
// topic, and returns the number of notifications.
func (s *DB) Announce(ctx context.Context, e notify.Event) (n int, err error) {
	err = s.change(ctx, "announce an event", func(t *tx) error {
		n, err = t.handOut(e, false)
		return err
	})
	return n, err
}

// handOut makes a notification for everybody who gets what is published to the topic
// of an event, and returns their number.
func (t *tx) handOut(e notify.Event, sns bool) (int, error) {
	subscribers, err := t.subscribers(e.Topic, sns)
	message := reference()
	for i := 0; err == nil && i < len(subscribers); i++ {
		err = t.deliver(subscribers[i], message, e)
	}
	return len(subscribers), err
}

// subscribers lists who gets what is published to a topic. Those that it lists
// stay until the transaction ends.
func (t *tx) subscribers(topic string, sns bool) ([]string, error) {
	if topic == "" {
		return nil, nil
	}
	all, err := collect(t, scanText, `select id from subscriptions where topic = $1 and confirmed = 1
		order by seq for key share`, topic)
	if sns {
		all = append(all, topic)
	}
	return all, err
}

// deliver makes a notification, due now, or with the one of the same job that the
// subscriber must get first.
func (t *tx) deliver(subscriber, messageID string, e notify.Event) error {
	_, err := t.exec(`insert into deliveries (subscriber, due_millis, since_millis, created_millis,
			job_id, pipeline_id, state, topic, role, message_id, message)
		values ($1, coalesce((select max(due_millis) from deliveries where subscriber = $1 and job_id = $2
			and status = 'pending'),
			now_millis()), now_millis(), now_millis(), $2, $3, $4, $5, $6, $7, $8)`,
		subscriber, e.JobID, e.PipelineID, e.State, e.Topic, e.Role, messageID, string(e.Message))
	return err
}
