package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/reelastic/reelastic/internal/sqlstore"
)

// DatabaseConfig is where the state is.
type DatabaseConfig struct {
	URL string `name:"database" help:"PostgreSQL, postgres://HOST/NAME; default: SQLite in DATA."`
}

func (c DatabaseConfig) check(r *refusals) {
	if c.URL != "" && !hasScheme(c.URL, "postgres", "postgresql") {
		r.refuse("database", redactURL(c.URL), "must be empty (SQLite) or postgres://...")
	}
}

// embedded reports whether the database is a file in the data folder.
func (c DatabaseConfig) embedded() bool { return c.URL == "" }

// openDatabase opens PostgreSQL, or SQLite in the data folder.
func (p *parts) openDatabase(ctx context.Context) (err error) {
	dsn := p.cfg.Database.URL
	if p.cfg.Database.embedded() {
		dsn = filepath.Join(p.cfg.Installation.Data, "reelastic.db")
	}
	p.store, err = sqlstore.Open(ctx, sqlstore.Config{
		DSN:                dsn,
		MaxJobsPerPipeline: p.cfg.Queue.RunningJobs,
		Alone:              p.cfg.Queue.embedded(),
	})
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	p.closes(func() { p.store.Close() })
	return nil
}

// revive lets every unfinished task of an in-process queue wait again: its
// messages were in the memory of a process that is gone.
func (p *parts) revive(ctx context.Context) error {
	if !p.cfg.Queue.embedded() {
		return nil
	}
	n, err := p.store.ReviveAll(ctx)
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	if n > 0 {
		p.log.InfoContext(ctx, "unfinished jobs wait again", "tasks", n)
	}
	return nil
}
