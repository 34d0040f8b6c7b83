package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Sight is what a look at a database finds.
type Sight struct {
	// Server is the kind and version of the database.
	Server string
	// ClockAhead is how far its clock is ahead of this machine's; 0 for a SQLite file.
	ClockAhead time.Duration
}

// Look asks a database of [Config.DSN] what it is, and changes nothing in it. A SQLite file must
// be there. An error is one sentence that names the file or server.
func Look(ctx context.Context, dsn string) (Sight, error) {
	if isPostgres(dsn) {
		return lookAtPostgres(ctx, dsn)
	}
	path, err := filepath.Abs(dsn)
	if err != nil {
		return Sight{}, fmt.Errorf("the database file %s can't be read: %w", dsn, err)
	}
	file, err := sqliteFile(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "query_only(1)"}})
	if err != nil {
		return Sight{}, fmt.Errorf("the database file %s can't be read: %w", path, err)
	}
	defer file.Close()
	var s Sight
	var tables int
	const ask = `select 'SQLite ' || sqlite_version(), count(*) from sqlite_master`
	if err := file.QueryRowContext(ctx, ask).Scan(&s.Server, &tables); err != nil {
		return Sight{}, fmt.Errorf("the database file %s can't be read: %w", path, err)
	}
	return s, nil
}

func lookAtPostgres(ctx context.Context, dsn string) (s Sight, err error) {
	pg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return s, fmt.Errorf("the database URL can't be used: %w", err) // without the password
	}
	pool := stdlib.OpenDB(*pg)
	defer pool.Close()
	if err := askPostgres(ctx, pool, &s); err != nil {
		return s, fmt.Errorf("the database %s on %s does not answer: %w", pg.Database, pg.Host, cause(err))
	}
	return s, nil
}

func askPostgres(ctx context.Context, pool *sql.DB, s *Sight) error {
	if err := pool.PingContext(ctx); err != nil { // so that connecting is not counted
		return err
	}
	var version string
	var now time.Time
	asked := time.Now()
	err := pool.QueryRowContext(ctx, `select current_setting('server_version'), clock_timestamp()`).Scan(&version, &now)
	answered := time.Now()
	s.Server, s.ClockAhead = "PostgreSQL "+version, now.Sub(asked.Add(answered.Sub(asked)/2))
	return err
}
