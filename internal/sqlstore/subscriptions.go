package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

const subscriptionColumns = `id, topic, format, endpoint, signature_version, confirmed = 1, token, sealed,
	created_millis`

func scanSubscription(rows *sql.Rows) (s notify.Subscription, err error) {
	var created int64
	err = rows.Scan(&s.ID, &s.Topic, &s.Format, &s.Endpoint, &s.SignatureVersion, &s.Confirmed, &s.Token, &s.Sealed,
		&created)
	s.Created = time.UnixMilli(created)
	return s, err
}

// CreateSubscription stores a subscription and, unless it is confirmed already, a
// notification that asks for it. It sets Created.
func (s *DB) CreateSubscription(ctx context.Context, sub *notify.Subscription) error {
	return s.change(ctx, "create subscription", func(t *tx) error {
		if err := t.sealedToday(sub.Sealed); err != nil {
			return err
		}
		confirmed := 0
		if sub.Confirmed {
			confirmed = 1
		}
		if _, err := t.exec(`insert into subscriptions (id, topic, format, endpoint, signature_version,
			confirmed, token, sealed,
				created_millis) values ($1, $2, $3, $4, $5, $6, $7, $8, now_millis())`,
			sub.ID, sub.Topic, sub.Format, sub.Endpoint, sub.SignatureVersion, confirmed, sub.Token,
			sub.Sealed); err != nil {
			return err
		}
		stored, err := t.subscription(sub.ID)
		if err != nil {
			return err
		}
		*sub = stored
		if sub.Confirmed {
			return nil
		}
		return t.deliver(sub.ID, reference(), notify.Event{Topic: sub.Topic})
	})
}

func (t *tx) subscription(id string) (notify.Subscription, error) {
	all, err := collect(t, scanSubscription, `select `+subscriptionColumns+` from subscriptions where id = $1`, id)
	if err == nil && len(all) == 0 {
		err = transcode.ErrNotFound
	}
	if err != nil {
		return notify.Subscription{}, err
	}
	return all[0], nil
}

// Subscription reads a subscription, or fails with [transcode.ErrNotFound].
func (s *DB) Subscription(ctx context.Context, id string) (sub notify.Subscription, err error) {
	err = s.view(ctx, "read subscription "+id, func(t *tx) error {
		sub, err = t.subscription(id)
		return err
	})
	return sub, err
}

// Subscriptions lists those of a topic, or all for "", in the order of their creation.
func (s *DB) Subscriptions(ctx context.Context, topic string) (all []notify.Subscription, err error) {
	err = s.view(ctx, "list subscriptions", func(t *tx) error {
		all, err = collect(t, scanSubscription,
			`select `+subscriptionColumns+` from subscriptions where $1 = '' or topic = $1 order by seq`, topic)
		return err
	})
	return all, err
}

// ConfirmSubscription lets the subscription with a token get events, and takes
// back the request to confirm. To repeat it is no error; a token that no
// subscription of the topic has is [transcode.ErrNotFound].
func (s *DB) ConfirmSubscription(ctx context.Context, topic, token string) (sub notify.Subscription, err error) {
	err = s.change(ctx, "confirm subscription", func(t *tx) error {
		var id string
		if err := t.get(`select id from subscriptions where topic = $1 and token = $2`, []any{topic, token},
			&id); err != nil {
			return err
		}
		if err := t.change(transcode.ErrNotFound, `update subscriptions set confirmed = 1 where id = $1`,
			id); err != nil {
			return err
		}
		if _, err := t.exec(`delete from deliveries where subscriber = $1 and job_id = ''`, id); err != nil {
			return err
		}
		sub, err = t.subscription(id)
		return err
	})
	return sub, err
}

// DeleteSubscription removes a subscription and what it has not got yet, or fails
// with [transcode.ErrNotFound].
func (s *DB) DeleteSubscription(ctx context.Context, id string) error {
	return s.change(ctx, "delete subscription "+id, func(t *tx) error {
		if err := t.change(transcode.ErrNotFound, `delete from subscriptions where id = $1`, id); err != nil {
			return err
		}
		_, err := t.exec(`delete from deliveries where subscriber = $1`, id)
		return err
	})
}

// SigningKey reads the certificate and the sealed key of a name, or fails with
// [transcode.ErrNotFound].
func (s *DB) SigningKey(ctx context.Context, name string) (certificate, sealed []byte, err error) {
	err = s.view(ctx, "read signing key", func(t *tx) error {
		return t.get(`select certificate, sealed from signing_keys where name = $1`, []any{name}, &certificate, &sealed)
	})
	return certificate, sealed, err
}

// AddSigningKey stores a key unless there is one of that name, and returns the one
// that is there afterwards.
func (s *DB) AddSigningKey(ctx context.Context, name string, certificate, sealed []byte) ([]byte, []byte, error) {
	err := s.change(ctx, "store signing key", func(t *tx) error {
		if err := t.sealedToday(sealed); err != nil {
			return err
		}
		_, err := t.exec(`insert into signing_keys (name, certificate, sealed) values ($1, $2, $3)
			on conflict (name) do nothing`, name, certificate, sealed)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return s.SigningKey(ctx, name)
}
