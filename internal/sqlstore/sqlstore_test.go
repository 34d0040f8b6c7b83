package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/sqlstore/pgtest"
	"github.com/reelastic/reelastic/internal/sqlstore/storetest"
	"github.com/reelastic/reelastic/internal/transcode"
)

var (
	postgres pgtest.Server
	unsteady pgtest.Server // is stopped and started by a test
)

func TestMain(m *testing.M) {
	flag.Parse()
	checks := "30" // each commits often; more on request
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "rapid.checks" {
			checks = f.Value.String()
		}
	})
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	code := m.Run()
	postgres.Stop()
	unsteady.Stop()
	os.Exit(code)
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		path := filepath.Join(t.TempDir(), "a folder?#%", "state.db")
		if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		return database(path, "sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)+
			"?_pragma=busy_timeout(5000)", false)
	})
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		url := postgres.Database(t)
		return database(url, "pgx", url, true)
	})
}

func database(dsn, driver, raw string, shared bool) storetest.Database {
	return storetest.Database{
		Shared: shared,
		Open: func(t *testing.T, limit int) storetest.Store {
			t.Helper()
			s, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: dsn, MaxJobsPerPipeline: limit, MaxConns: 5})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Exec: func(t *testing.T, query string, args ...any) {
			t.Helper()
			db, err := sql.Open(driver, raw)
			if err == nil {
				_, err = db.ExecContext(context.Background(), query, args...)
				err = errors.Join(err, db.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	}
}

// TestOpenAtOnce lets several servers create the tables of an empty database.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	url := postgres.Database(t)
	var servers sync.WaitGroup
	for range 4 {
		servers.Go(func() {
			s, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: url})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	servers.Wait()
}

// TestAlone keeps a process with a queue of its own and all others apart.
func TestAlone(t *testing.T) {
	t.Parallel()
	url := postgres.Database(t)
	open := func(alone bool) (*sqlstore.DB, error) {
		return sqlstore.Open(t.Context(), sqlstore.Config{DSN: url, Alone: alone})
	}
	for _, first := range []bool{true, false} {
		s, err := open(first)
		if err != nil {
			t.Fatal(err)
		}
		for _, second := range []bool{true, false} {
			other, err := open(second)
			if refused := err != nil; refused != (first || second) {
				t.Errorf("alone %v beside alone %v: %v", second, first, err)
			}
			if err == nil {
				err = other.Close()
			} else if strings.Contains(err.Error(), "another process uses it") {
				err = nil
			}
			if err != nil {
				t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, want := range map[string]string{
		dir:                                 "is a directory",
		filepath.Join(dir, "no", "db"):      "no such file or directory",
		text:                                "file is not a database",
		"mysql://root@localhost/x":          "the database mysql://… is of no known kind",
		"postgres://u:secret@h:port/x":      "the database URL can't be used",
		"postgres://u:secret@127.0.0.1:1/x": "the database x on 127.0.0.1 can't be used",
	} {
		_, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: dsn})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") ||
			strings.Contains(err.Error(), "secret") {
			t.Errorf("open %s: %v, want one sentence with %q", dsn, err, want)
		}
	}
}

// TestServerGone stops PostgreSQL under an open store and starts it again.
func TestServerGone(t *testing.T) {
	t.Parallel()
	s, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: unsteady.Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.AddPipeline(t, s, 1)
	unsteady.Down(t)
	for n := range 3 {
		if _, err := s.CreateJob(t.Context(), storetest.Draft(1, n, 0), 0); !errors.Is(err, transcode.ErrUnavailable) {
			t.Errorf("create a job: %v, want ErrUnavailable", err)
		}
		if _, err := s.Pipeline(t.Context(), storetest.PipelineID(1)); !errors.Is(err, transcode.ErrUnavailable) {
			t.Errorf("read a pipeline: %v, want ErrUnavailable", err)
		}
	}
	unsteady.Up(t)
	if _, err := s.CreateJob(t.Context(), storetest.Draft(1, 1, 0), 0); err != nil {
		t.Errorf("create a job: %v", err)
	}
}

// TestFrozenTransaction stops a process between two statements of a transaction:
// the server ends it, so that others get what it has locked.
func TestFrozenTransaction(t *testing.T) {
	t.Parallel()
	url := postgres.Database(t)
	open := func(dsn string) *sqlstore.DB {
		s, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	frozen, other := open(url), open(url)
	locked, thaw, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() { ended <- frozen.Freeze(t.Context(), locked, thaw) }()
	<-locked
	if err := other.Step(t.Context()); err != nil {
		t.Errorf("beside a frozen transaction: %v", err)
	}
	close(thaw)
	if err := <-ended; !errors.Is(err, transcode.ErrUnavailable) {
		t.Errorf("the thawed transaction: %v, want ErrUnavailable", err)
	}
	if err := frozen.Ping(t.Context()); err != nil {
		t.Errorf("the thawed store: %v", err)
	}
}

// TestNewerSchemaIsRefused gives a release the tables of a later one.
func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "state.db")
		refuseNewer(t, database(path, "sqlite", "file:"+path, false), path)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := postgres.Database(t)
		refuseNewer(t, database(url, "pgx", url, true), url)
	})
}

func refuseNewer(t *testing.T, db storetest.Database, dsn string) {
	t.Helper()
	s, ok := db.Open(t, 0).(*sqlstore.DB)
	if !ok {
		t.Fatal("another store")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db.Exec(t, `insert into goose_db_version (version_id, is_applied) values (9999, true)`)
	_, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: dsn})
	if err == nil || !strings.Contains(err.Error(), "schema 9999, made by a newer release") {
		t.Errorf("error %v", err)
	}
}

// TestFilesAreClosed wants a database that others could read to be its owner's alone.
func TestFilesAreClosed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	for _, name := range []string{path, path + "-wal"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o664); err != nil {
			t.Fatal(err)
		}
	}
	s, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}
