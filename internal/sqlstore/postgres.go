package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
		return nil, fmt.Errorf("the database %s on %s can't be used: %w", pg.Database, pg.Host, cause(err))
	}
	return s, nil
}

// cause is the server's or the network's own word without what the driver tells
// of each address that it tried, which takes several lines.
func cause(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	return err
}
