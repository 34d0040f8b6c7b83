package sqlstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// InstallationKey reads what is known of the installation key, or fails with
// [transcode.ErrNotFound] where it was never rotated.
func (s *DB) InstallationKey(ctx context.Context) (k transcode.InstallationKey, err error) {
	err = s.view(ctx, "read installation key", func(t *tx) error {
		k, err = t.installationKey()
		return err
	})
	return k, err
}

func (t *tx) installationKey() (k transcode.InstallationKey, err error) {
	var since int64
	err = t.get(`select key_id, since_millis, for_servers, for_workers from installation_key`, nil,
		&k.ID, &since, &k.ForServers, &k.ForWorkers)
	k.Since = time.UnixMilli(since)
	return k, err
}

// keysTurn is the counter that orders the rotation of the installation key and whatever
// stores what is sealed with it.
const keysTurn = "keys"

// BeginKeyRotation puts an installation key in the place of the one of an id. It fails with
// [transcode.ErrOldKey] when that is not the key of today, and with [transcode.ErrKeyRotates]
// while the key is handed over.
func (s *DB) BeginKeyRotation(ctx context.Context, from string, k transcode.InstallationKey) error {
	return s.change(ctx, "rotate installation key", func(t *tx) error {
		if _, err := t.lock(keysTurn); err != nil {
			return err
		}
		today, err := t.installationKey()
		switch {
		case errors.Is(err, transcode.ErrNotFound):
			_, err = t.exec(`insert into installation_key (name, key_id, for_servers, for_workers, since_millis)
				values ('today', $1, $2, $3, now_millis())`, k.ID, k.ForServers, k.ForWorkers)
			return err
		case err != nil:
			return err
		case today.HandedOver():
			return transcode.ErrKeyRotates
		case today.ID != from:
			return transcode.ErrOldKey
		}
		_, err = t.exec(`update installation_key set key_id = $1, for_servers = $2, for_workers = $3,
			since_millis = now_millis()`, k.ID, k.ForServers, k.ForWorkers)
		return err
	})
}

// EndKeyRotation ends the handing over of the installation key of an id, when it has lasted
// for so long.
func (s *DB) EndKeyRotation(ctx context.Context, id string, after time.Duration) error {
	return s.change(ctx, "end the rotation of the installation key", func(t *tx) error {
		_, err := t.exec(`update installation_key set for_servers = $1, for_workers = $1
			where key_id = $2 and since_millis <= now_millis() - $3`, []byte{}, id, after.Milliseconds())
		return err
	})
}

// sealedToday fails with [transcode.ErrOldKey] for what another installation key has sealed
// than that of today. No rotation comes in between until the transaction ends.
func (t *tx) sealedToday(values ...[]byte) error {
	if _, err := t.lock(keysTurn); err != nil {
		return err
	}
	today, err := t.installationKey()
	if errors.Is(err, transcode.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, value := range values {
		if len(value) > 0 && transcode.SealKeyID(value) != today.ID {
			return transcode.ErrOldKey
		}
	}
	return nil
}

// sealedTables are where sealed values are, and the columns of their ids.
var sealedTables = map[transcode.SealedKind]struct{ table, id string }{
	transcode.SealedAccessKey:    {"credentials", "access_key_id"},
	transcode.SealedSubscription: {"subscriptions", "id"},
	transcode.SealedSigningKey:   {"signing_keys", "name"},
}

// SealedByOthers lists what other installation keys than that of an id have sealed.
func (s *DB) SealedByOthers(ctx context.Context, id string) (all []transcode.Sealed, err error) {
	own, err := hex.DecodeString(id)
	if err != nil {
		return nil, fmt.Errorf("the id %q of an installation key: %w", id, err)
	}
	err = s.view(ctx, "list what is sealed", func(t *tx) error {
		all = nil
		for kind, in := range sealedTables {
			found, err := collect(t, func(rows *sql.Rows) (transcode.Sealed, error) {
				sealed := transcode.Sealed{Kind: kind}
				err := rows.Scan(&sealed.ID, &sealed.Value)
				return sealed, err
			}, `select `+in.id+`, sealed from `+in.table+`
				where length(sealed) > 0 and substr(sealed, 2, `+fmt.Sprint(transcode.SealIDBytes)+`) <> $1`, own)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return all, err
}

// Reseal replaces a sealed value. One that is not as it was any more stays.
func (s *DB) Reseal(ctx context.Context, old, fresh transcode.Sealed) error {
	in, known := sealedTables[old.Kind]
	if !known {
		return fmt.Errorf("nothing of the kind %q is sealed", old.Kind)
	}
	return s.change(ctx, "seal "+old.Name()+" anew", func(t *tx) error {
		_, err := t.exec(`update `+in.table+` set sealed = $1 where `+in.id+` = $2 and sealed = $3`,
			fresh.Value, old.ID, old.Value)
		return err
	})
}
