package sqlstore

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// idleTimeout is the server's setting that ends a transaction whose client says
// nothing more: a process that is frozen, or gone without a word, in the middle of
// one would keep its rows locked against those that take over its tasks. No
// transaction here waits for anything but the database.
const idleTimeout = "idle_in_transaction_session_timeout"

// openPostgres opens a pool of connections to a server.
func openPostgres(ctx context.Context, cfg Config) (*DB, error) {
	pg, err := pgx.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, fmt.Errorf("the database URL can't be used: %w", err) // without the password
	}
	if pg.ConnectTimeout == 0 {
		pg.ConnectTimeout = 10 * time.Second
	}
	if pg.RuntimeParams[idleTimeout] == "" {
		pg.RuntimeParams[idleTimeout] = "5s"
	}
	pool := stdlib.OpenDB(*pg, renewed(cfg.DSN))
	pool.SetMaxOpenConns(cfg.MaxConns)
	pool.SetMaxIdleConns(cfg.MaxConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	s := &DB{cfg: cfg, dialect: postgresDialect(), write: pool, read: pool, quota: newQuota()}
	if err := migrate(ctx, pool, "postgres"); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("the database %s on %s can't be used: %w", pg.Database, pg.Host, cause(err))
	}
	if s.member, err = join(ctx, pool, cfg.Alone); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("the database %s on %s can't be used: %w", pg.Database, pg.Host, cause(err))
	}
	return s, nil
}

// memberLock is the advisory lock that tells who uses a database.
const memberLock = 7270117310

// errTaken reports that others use the database in a way that excludes this one.
var errTaken = errors.New("another process uses it, and one of the two has its queue in-process: a fleet shares a " +
	"remote queue")

// join takes the members' lock, for itself when alone, else shared with the other
// members, on a connection that keeps it. A server that restarts forgets it:
// it is there to catch a mistake at the start.
func join(ctx context.Context, pool *sql.DB, alone bool) (*sql.Conn, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	try := `select pg_try_advisory_lock_shared($1)`
	if alone {
		try = `select pg_try_advisory_lock($1)`
	}
	var joined bool
	if err := conn.QueryRowContext(ctx, try, int64(memberLock)).Scan(&joined); err != nil || !joined {
		_ = conn.Close()
		return nil, cmp.Or(err, errTaken)
	}
	return conn, nil
}

// leave gives the members' lock back.
func leave(conn *sql.Conn) {
	if conn == nil {
		return
	}
	_, _ = conn.ExecContext(context.Background(), `select pg_advisory_unlock_all()`) // the pool may keep the connection
	_ = conn.Close()
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

// Unencrypted reports whether a connection to a database may leave the machine without
// TLS: local says which hosts do not. The error is that of an address that can't be used;
// SQLite never leaves it.
func Unencrypted(dsn string, local func(host string) bool) (bool, error) {
	if !isPostgres(dsn) {
		return false, nil
	}
	pg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return false, fmt.Errorf("the database URL can't be used: %w", err)
	}
	plain := func(host string, secure *tls.Config) bool {
		return secure == nil && !strings.HasPrefix(host, "/") && !local(host)
	}
	return plain(pg.Host, pg.TLSConfig) || slices.ContainsFunc(pg.Fallbacks, func(f *pgconn.FallbackConfig) bool {
		return plain(f.Host, f.TLSConfig)
	}), nil
}

// renewed reads the certificates of a connection again: they may have been replaced.
func renewed(dsn string) stdlib.OptionOpenDB {
	return stdlib.OptionBeforeConnect(func(_ context.Context, c *pgx.ConnConfig) error {
		fresh, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil //nolint:nilerr // what was read before still stands
		}
		c.TLSConfig, c.Fallbacks = fresh.TLSConfig, fresh.Fallbacks
		return nil
	})
}
