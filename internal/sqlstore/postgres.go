package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres opens a pool of connections to a server.
func openPostgres(ctx context.Context, cfg Config) (*DB, error) {
	pg, err := pgx.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, fmt.Errorf("the database URL can't be used: %w", err) // without the password
	}
	if pg.ConnectTimeout == 0 {
		pg.ConnectTimeout = 10 * time.Second
	}
	pool := stdlib.OpenDB(*pg)
	pool.SetMaxOpenConns(cfg.MaxConns)
	pool.SetMaxIdleConns(cfg.MaxConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	s := &DB{cfg: cfg, dialect: postgresDialect(), write: pool, read: pool}
	if err := migrate(ctx, pool, "postgres"); err != nil {
		_ = pool.Close()
		return nil, s.dialect.explain(fmt.Sprintf("the database %s on %s can't be used", pg.Database, pg.Host), err)
	}
	return s, nil
}
