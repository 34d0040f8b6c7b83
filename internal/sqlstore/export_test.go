package sqlstore

import (
	"context"
	"database/sql"
)

// MigrateTo makes the tables of an older release.
func MigrateTo(ctx context.Context, db *sql.DB, dialect string, version int64) error {
	provider, err := newProvider(db, dialect)
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}

// Freeze begins a transaction that locks the queue's turn, and says nothing more
// until thaw is closed; locked is closed when the lock is held.
func (s *DB) Freeze(ctx context.Context, locked chan<- struct{}, thaw <-chan struct{}) error {
	err := s.transact(ctx, func(t *tx) error {
		if _, err := t.exec(`insert into turns (name, turn) values ('frozen', 0)`); err != nil {
			return err
		}
		close(locked)
		<-thaw
		_, err := t.exec(`update turns set turn = 1 where name = 'frozen'`)
		return err
	})
	return s.dialect.explain("freeze", err)
}

// Step needs the lock that [DB.Freeze] holds.
func (s *DB) Step(ctx context.Context) error {
	return s.change(ctx, "step", func(t *tx) error {
		_, err := t.exec(`insert into turns (name, turn) values ('frozen', 2)`)
		return err
	})
}
