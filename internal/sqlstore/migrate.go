package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/reelastic/reelastic/api"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date. Several servers may do so at once. Tables of a newer
// release are refused: this one would write rows that it takes for wrong.
func migrate(ctx context.Context, db *sql.DB, dialect string) error {
	if err := db.PingContext(ctx); err != nil {
		return err
	}
	provider, err := newProvider(db, dialect)
	if err != nil {
		return err
	}
	has, knows, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if has > knows {
		return fmt.Errorf("the database has schema %d, made by a newer release, and this one knows %d: start the "+
			"release that made it or a later one, or restore the backup from before it was started", has, knows)
	}
	_, err = provider.Up(ctx)
	return err
}

// newProvider has all migrations of a dialect.
func newProvider(db *sql.DB, dialect string) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+dialect)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(indexJobs(dialect))}
	kind := goose.DialectSQLite3
	if dialect == "postgres" {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // ask every second for 5 minutes
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(kind, db, files, options...)
}

// indexJobs is the migration that makes jobs searchable which were stored before.
func indexJobs(name string) *goose.Migration {
	d := sqliteDialect()
	if name == "postgres" {
		d = postgresDialect()
	}
	return goose.NewGoMigration(9, &goose.GoFunc{RunTx: func(ctx context.Context, run *sql.Tx) error {
		t := &tx{ctx, run, d}
		for last := int64(0); ; {
			jobs, err := collect(t, func(rows *sql.Rows) (j numberedJob, err error) {
				err = rows.Scan(&j.seq, &j.doc)
				return j, err
			}, `select j.seq, j.doc from jobs j where number_of(j) > $1 order by number_of(j) limit 1000`, last)
			if err != nil || len(jobs) == 0 {
				return err
			}
			for _, j := range jobs {
				doc, err := decode[api.Job](j.doc)
				if err == nil {
					err = t.index(j.seq, doc)
				}
				if err != nil {
					return err
				}
				last = j.seq
			}
		}
	}}, nil)
}

// numberedJob is a job as it was accepted.
type numberedJob struct {
	seq int64
	doc string
}
