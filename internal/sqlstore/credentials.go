package sqlstore

import "context"

// PutCredential stores or replaces the sealed secret of an access key.
func (s *DB) PutCredential(ctx context.Context, accessKeyID string, sealed []byte) error {
	return s.change(ctx, "store credential", func(t *tx) error {
		_, err := t.exec(`insert into credentials (access_key_id, sealed) values ($1, $2)
			on conflict (access_key_id) do update set sealed = excluded.sealed`, accessKeyID, sealed)
		return err
	})
}

// Credential reads the sealed secret of an access key, or fails with [transcode.ErrNotFound].
func (s *DB) Credential(ctx context.Context, accessKeyID string) (sealed []byte, err error) {
	err = s.view(ctx, "read credential", func(t *tx) error {
		return t.get(`select sealed from credentials where access_key_id = $1`, []any{accessKeyID}, &sealed)
	})
	return sealed, err
}
