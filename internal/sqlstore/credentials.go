package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/reelastic/reelastic/internal/transcode"
)

// PutCredential stores or replaces an access key. One that was revoked stays so:
// [transcode.ErrRevoked]. What another installation key has sealed than that of today is
// [transcode.ErrOldKey], here and in all that stores what is sealed.
func (s *DB) PutCredential(ctx context.Context, c transcode.SealedCredential) error {
	return s.change(ctx, "store credential", func(t *tx) error {
		if err := t.sealedToday(c.Sealed); err != nil {
			return err
		}
		return t.change(transcode.ErrRevoked, `insert into credentials (access_key_id, caller, sealed)
			values ($1, $2, $3)
			on conflict (access_key_id) do update set caller = excluded.caller, sealed = excluded.sealed
			where length(credentials.sealed) > 0`, c.AccessKeyID, c.Caller, c.Sealed)
	})
}

// AddCaller stores the first access key of a caller, or fails with
// [transcode.ErrCallerExists].
func (s *DB) AddCaller(ctx context.Context, c transcode.SealedCredential) error {
	return s.change(ctx, "add caller", func(t *tx) error {
		if err := t.sealedToday(c.Sealed); err != nil {
			return err
		}
		if _, err := t.lock("callers"); err != nil {
			return err
		}
		var found int
		err := t.get(`select 1 from credentials where caller = $1 and length(sealed) > 0 limit 1`, []any{c.Caller},
			&found)
		switch {
		case err == nil:
			return transcode.ErrCallerExists
		case !errors.Is(err, transcode.ErrNotFound):
			return err
		}
		return t.insertCredential(c)
	})
}

func (t *tx) insertCredential(c transcode.SealedCredential) error {
	_, err := t.exec(`insert into credentials (access_key_id, caller, sealed) values ($1, $2, $3)`,
		c.AccessKeyID, c.Caller, c.Sealed)
	return err
}

// RotateCredential stores an access key beside an older one of the same caller, whose
// content it replaces; nothing sealed revokes it. It fails with
// [transcode.ErrNotFound] when the old one is not there or was revoked.
func (s *DB) RotateCredential(ctx context.Context, old, fresh transcode.SealedCredential) error {
	return s.change(ctx, "rotate credential", func(t *tx) error {
		if err := t.sealedToday(old.Sealed, fresh.Sealed); err != nil {
			return err
		}
		if err := t.resealCredential(old); err != nil {
			return err
		}
		return t.insertCredential(fresh)
	})
}

// RevokeCredential ends an access key for good, or fails with [transcode.ErrNotFound].
func (s *DB) RevokeCredential(ctx context.Context, accessKeyID string) error {
	return s.change(ctx, "revoke credential", func(t *tx) error {
		return t.resealCredential(transcode.SealedCredential{AccessKeyID: accessKeyID})
	})
}

func (t *tx) resealCredential(c transcode.SealedCredential) error {
	sealed := c.Sealed
	if sealed == nil {
		sealed = []byte{}
	}
	return t.change(transcode.ErrNotFound, `update credentials set caller = $1, sealed = $2
		where access_key_id = $3 and length(sealed) > 0`, c.Caller, sealed, c.AccessKeyID)
}

// Credential reads an access key, or fails with [transcode.ErrNotFound].
func (s *DB) Credential(ctx context.Context, accessKeyID string) (c transcode.SealedCredential, err error) {
	err = s.view(ctx, "read credential", func(t *tx) error {
		c.AccessKeyID = accessKeyID
		return t.get(`select caller, sealed from credentials where access_key_id = $1 and length(sealed) > 0`,
			[]any{accessKeyID}, &c.Caller, &c.Sealed)
	})
	return c, err
}

// Credentials lists the access keys that were not revoked, by caller and id.
func (s *DB) Credentials(ctx context.Context) (all []transcode.SealedCredential, err error) {
	err = s.view(ctx, "list credentials", func(t *tx) error {
		all, err = collect(t, func(rows *sql.Rows) (c transcode.SealedCredential, err error) {
			err = rows.Scan(&c.AccessKeyID, &c.Caller, &c.Sealed)
			return c, err
		},
			`select access_key_id, caller, sealed from credentials where length(sealed) > 0 order by caller,
				access_key_id`)
		return err
	})
	return all, err
}
