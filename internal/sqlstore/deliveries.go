package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

// DueSubscribers lists up to limit subscribers that have a notification to get
// now, the longest overdue first: those who have one that could not be delivered yet, or
// the others.
func (s *DB) DueSubscribers(ctx context.Context, failing bool, limit int) (all []notify.Due, err error) {
	condition := "not exists"
	if failing {
		condition = "exists"
	}
	err = s.view(ctx, "list due subscribers", func(t *tx) error {
		all, err = collect(t, func(rows *sql.Rows) (d notify.Due, err error) {
			return d, rows.Scan(&d.Subscriber, &d.Endpoint)
		}, `select d.subscriber, coalesce(s.endpoint, '')
			from deliveries d left join subscriptions s on s.id = d.subscriber
			where d.status = 'pending' and d.due_millis <= now_millis() and `+condition+` (select 1 from deliveries e
				where e.subscriber = d.subscriber and e.status = 'pending' and e.tries > 0)
			group by d.subscriber, s.endpoint order by min(d.due_millis), d.subscriber limit $1`, limit)
		return err
	})
	return all, err
}

// DueDeliveries lists up to limit notifications that a subscriber is to get
// now, the longest overdue first, and of each job the earliest only.
func (s *DB) DueDeliveries(ctx context.Context, subscriber string, limit int) (all []notify.Delivery, err error) {
	err = s.view(ctx, "list due notifications", func(t *tx) error {
		all, err = collect(t, scanDelivery,
			`select d.id, d.subscriber, d.tries, d.message_id, d.job_id, d.pipeline_id, d.state,
				d.topic, d.role, d.created_millis, d.message,
				s.id, s.topic, s.format, s.endpoint, s.signature_version, s.confirmed, s.token, s.sealed,
					s.created_millis
			from deliveries d left join subscriptions s on s.id = d.subscriber
			where d.subscriber = $1 and d.status = 'pending' and d.due_millis <= now_millis()
				and not exists (select 1 from deliveries e where e.job_id = d.job_id and e.subscriber = d.subscriber
					and e.status = 'pending' and e.id < d.id)
			order by d.due_millis, d.id limit $2`, subscriber, limit)
		return err
	})
	return all, err
}

func scanDelivery(rows *sql.Rows) (n notify.Delivery, err error) {
	var s struct {
		id, topic, format, endpoint, token sql.Null[string]
		version, confirmed, created        sql.Null[int64]
		sealed                             []byte
	}
	var created int64
	err = rows.Scan(&n.ID, &n.Subscriber, &n.Tries, &n.MessageID, &n.JobID, &n.PipelineID, &n.State,
		&n.Topic, &n.Role, &created, &n.Message,
		&s.id, &s.topic, &s.format, &s.endpoint, &s.version, &s.confirmed, &s.token, &s.sealed, &s.created)
	n.Created = time.UnixMilli(created)
	if s.id.Valid {
		n.Subscription = &notify.Subscription{ID: s.id.V, Topic: s.topic.V, Format: s.format.V, Endpoint: s.endpoint.V,
			SignatureVersion: int(s.version.V), Confirmed: s.confirmed.V == 1, Token: s.token.V, Sealed: s.sealed,
			Created: time.UnixMilli(s.created.V)}
	}
	return n, err
}

// DeliverySucceeded removes a notification; one that is gone is no error.
func (s *DB) DeliverySucceeded(ctx context.Context, id int64) error {
	return s.change(ctx, "remove notification", func(t *tx) error {
		_, err := t.exec(`delete from deliveries where id = $1`, id)
		return err
	})
}

// DeliveryFailed counts a failed try. The notification is due again later,
// and with it those of the same job that come after it; or it becomes a dead
// letter, which it tells. One that is gone is no error.
func (s *DB) DeliveryFailed(ctx context.Context, id int64, f notify.Failure) (dead bool, err error) {
	err = s.change(ctx, "postpone notification", func(t *tx) error {
		dead = false
		after := f.RetryAfter.Milliseconds()
		if _, err := t.exec(`update deliveries set tries = tries + 1, last_error = $1,
				status = case when now_millis() + $2 - since_millis > $3 then 'dead' else 'pending' end,
				due_millis = now_millis() + $2
			where id = $4 and status = 'pending'`, f.Reason, after, f.GiveUpAfter.Milliseconds(), id); err != nil {
			return err
		}
		var status string
		err := t.get(`select status from deliveries where id = $1`, []any{id}, &status)
		if errors.Is(err, transcode.ErrNotFound) {
			return nil
		}
		if dead = status == notify.Dead; err != nil || dead {
			return err
		}
		_, err = t.exec(`update deliveries set due_millis = (select due_millis from deliveries where id = $1)
			where status = 'pending' and id > $1
				and subscriber = (select subscriber from deliveries where id = $1)
				and job_id = (select job_id from deliveries where id = $1)`, id)
		return err
	})
	return dead, err
}

// chosen is the condition of a filter, after "where", and its parameters.
func chosen(f notify.Filter) (condition string, args []any) {
	all := []string{"true"}
	if f.Status != "" {
		args = append(args, f.Status)
		all = append(all, "status = "+places(len(args), 1))
	}
	if f.Subscriber != "" {
		args = append(args, f.Subscriber)
		all = append(all, "subscriber = "+places(len(args), 1))
	}
	if len(f.IDs) > 0 {
		all = append(all, "id in ("+places(len(args)+1, len(f.IDs))+")")
		for _, id := range f.IDs {
			args = append(args, id)
		}
	}
	return strings.Join(all, " and "), args
}

// Deliveries lists up to limit notifications with ids over after, in their order.
func (s *DB) Deliveries(ctx context.Context, f notify.Filter, after int64, limit int) (all []notify.Record, err error) {
	condition, args := chosen(f)
	args = append(args, after, limit)
	err = s.view(ctx, "list deliveries", func(t *tx) error {
		all, err = collect(t, func(rows *sql.Rows) (d notify.Record, err error) {
			var created, due int64
			err = rows.Scan(&d.ID, &d.Subscriber, &d.Topic, &d.JobID, &d.PipelineID, &d.EventState, &d.Status, &d.Tries,
				&d.LastError, &created, &due)
			d.Created, d.NextTry = time.UnixMilli(created), time.UnixMilli(due)
			return d, err
		}, `select id, subscriber, topic, job_id, pipeline_id, state, status, tries, last_error,
				created_millis, due_millis
			from deliveries where `+condition+` and id > `+places(len(args)-1, 1)+` order by id
				limit `+places(len(args), 1),
			args...)
		return err
	})
	return all, err
}

// Resend makes notifications due now, dead letters too, and returns their number.
func (s *DB) Resend(ctx context.Context, f notify.Filter) (n int, err error) {
	condition, args := chosen(f)
	return s.changeDeliveries(ctx, `update deliveries set status = 'pending', tries = 0, due_millis = now_millis(),
		since_millis = now_millis() where `+condition, args)
}

// Discard removes notifications and returns their number.
func (s *DB) Discard(ctx context.Context, f notify.Filter) (n int, err error) {
	condition, args := chosen(f)
	return s.changeDeliveries(ctx, `delete from deliveries where `+condition, args)
}

func (s *DB) changeDeliveries(ctx context.Context, query string, args []any) (n int, err error) {
	err = s.change(ctx, "change deliveries", func(t *tx) error {
		changed, err := t.exec(query, args...)
		n = int(changed)
		return err
	})
	return n, err
}

// DeliveryStats counts notifications by state.
func (s *DB) DeliveryStats(ctx context.Context) (d notify.Stats, err error) {
	err = s.view(ctx, "count deliveries", func(t *tx) error {
		return t.row(`select coalesce(sum(case when status = 'pending' then 1 else 0 end), 0),
			coalesce(sum(case when status = 'dead' then 1 else 0 end), 0) from deliveries`).Scan(&d.Pending, &d.Dead)
	})
	return d, err
}
