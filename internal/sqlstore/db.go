package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// Config says where the state is kept and what bounds it.
type Config struct {
	// DSN is a PostgreSQL URL ("postgres://…") or the path of a SQLite file in a
	// folder that exists.
	DSN string
	// MaxConns bounds the connections to PostgreSQL, or the readers of a SQLite
	// file; 0 means 16.
	MaxConns int
	// MaxJobsPerPipeline bounds the jobs of a pipeline that are admitted or
	// running; 0 means no bound.
	MaxJobsPerPipeline int
	// Alone refuses a PostgreSQL database that another process uses, and others as
	// long as this one does: for a queue that lives in this process. A SQLite
	// file is not locked here.
	Alone bool
}

// DB is the state of the service. It is safe for use by several goroutines.
type DB struct {
	cfg     Config
	dialect *dialect
	// write is PostgreSQL's pool, or SQLite's one writing connection, which
	// belongs to group; read is for statements outside a transaction.
	write, read *sql.DB
	// group gathers the transactions of SQLite; nil for PostgreSQL.
	group *group
	quota *quota
	// member holds this process's place among those that use a PostgreSQL database.
	member *sql.Conn
	// closed is set by Close.
	closed atomic.Bool
}

// Open opens the database, creates or upgrades its tables, and checks that it
// answers. An error is one sentence that names the file or server.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 16
	}
	if isPostgres(cfg.DSN) {
		return openPostgres(ctx, cfg)
	}
	if scheme, _, ok := strings.Cut(cfg.DSN, "://"); ok {
		return nil,
			fmt.Errorf("the database %s://… is of no known kind: give postgres://… or the path of a SQLite file",
				scheme)
	}
	return openSQLite(ctx, cfg)
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Close waits for transactions under way and closes the database; a second Close
// does nothing. Calls that come later fail with [transcode.ErrUnavailable].
func (s *DB) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	leave(s.member)
	var errs []error
	if s.group != nil {
		errs = append(errs, s.group.close())
	}
	if s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	return errors.Join(append(errs, s.write.Close())...)
}

// Ping reports whether the database answers; else [transcode.ErrUnavailable].
func (s *DB) Ping(ctx context.Context) error {
	return s.view(ctx, "ping the database", func(t *tx) error {
		var one int
		return t.row(`select 1`).Scan(&one)
	})
}
