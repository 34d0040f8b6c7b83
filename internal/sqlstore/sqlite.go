package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// openSQLite opens a file with one connection that writes and several that read.
func openSQLite(ctx context.Context, cfg Config) (_ *DB, err error) {
	s := &DB{cfg: cfg, dialect: sqliteDialect(), quota: newQuota()}
	path, err := filepath.Abs(cfg.DSN)
	if err == nil {
		err = createFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the database file %s can't be used: %w", cfg.DSN, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("the database file %s can't be used: %w", path, err)
		}
	}()
	if s.write, err = sqliteFile(path, url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "cache_size(-65536)",
		"journal_size_limit(67108864)"}}); err != nil {
		return nil, err
	}
	if err = migrate(ctx, s.write, "sqlite"); err == nil {
		s.group, err = openGroup(ctx, s.write, s.dialect)
	}
	if err != nil {
		_ = s.write.Close()
		return nil, err
	}
	s.read, err = sqliteFile(path, url.Values{"_pragma": {"busy_timeout(5000)", "query_only(1)"}})
	if err != nil {
		_ = s.group.close()
		_ = s.write.Close()
		return nil, err
	}
	s.read.SetMaxOpenConns(cfg.MaxConns)
	s.read.SetMaxIdleConns(cfg.MaxConns)
	return s, nil
}

// createFile makes the file when it is absent, readable by its owner only, and makes one
// that is there so, with its side files; SQLite gives new ones the same mode.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, private)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, side := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + side)
		if err != nil || info.Mode().Perm()&^private == 0 {
			continue // SQLite tells what it can't open
		}
		if err := os.Chmod(path+side, private); err != nil {
			return fmt.Errorf("others may read it (mode %04o): run chmod 600 on it: %w", info.Mode().Perm(), err)
		}
	}
	return nil
}

// private is the mode of the database's files.
const private = 0o600

func sqliteFile(path string, options url.Values) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Path: path, RawQuery: options.Encode()}
	c, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}
