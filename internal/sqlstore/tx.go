package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/wait"
)

// maxTries bounds how often a transaction is tried that met a deadlock, a
// serialization failure or a busy file: about two seconds of waiting in all.
const maxTries = 12

// runner runs statements: a pool, a transaction, or SQLite's writing connection.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// tx runs the statements of one transaction, or of one read. It lives no longer
// than the call that it was made for, and so carries that call's context.
type tx struct {
	ctx     context.Context
	run     runner
	dialect *dialect
}

// exec returns the number of rows that changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	res, err := t.run.ExecContext(t.ctx, t.dialect.words.Replace(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// change is exec for a change that expects a certain state: it returns
// otherwise when no row was in that state.
func (t *tx) change(otherwise error, query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		err = otherwise
	}
	return err
}

func (t *tx) row(query string, args ...any) *sql.Row {
	return t.run.QueryRowContext(t.ctx, t.dialect.words.Replace(query), args...)
}

// get scans one row. No row is [transcode.ErrNotFound].
func (t *tx) get(query string, args []any, into ...any) error {
	err := t.row(query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return transcode.ErrNotFound
	}
	return err
}

// collect reads all rows of a query.
func collect[T any](t *tx, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := t.run.QueryContext(t.ctx, t.dialect.words.Replace(query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// lock reads a counter and locks it to the end of the transaction: those who
// lock the same one run one after the other.
func (t *tx) lock(name string) (turn int64, err error) {
	err = t.get(`select turn from turns where name = $1 for update`, []any{name}, &turn)
	return turn, err
}

// places is "$from, $from+1, …" for n parameters.
func places(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(from+i))
	}
	return b.String()
}

// view runs statements that only read, outside a transaction.
func (s *DB) view(ctx context.Context, what string, fn func(*tx) error) error {
	err := s.retry(ctx, func() error { return fn(&tx{ctx, s.read, s.dialect}) })
	return s.dialect.explain(what, err)
}

// change runs a transaction. fn may run several times; when it or the commit
// fails nothing has changed.
func (s *DB) change(ctx context.Context, what string, fn func(*tx) error) error {
	err := s.retry(ctx, func() error {
		if s.group != nil {
			return s.group.do(ctx, fn)
		}
		return s.transact(ctx, fn)
	})
	return s.dialect.explain(what, err)
}

// transact runs one transaction of PostgreSQL.
func (s *DB) transact(ctx context.Context, fn func(*tx) error) error {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(&tx{ctx, t, s.dialect}); err != nil {
		// The error that is returned says why; a connection that can't roll back is dropped.
		_ = t.Rollback()
		return err
	}
	return t.Commit()
}

// retry calls fn again, at growing intervals, as long as what it meets is transient.
func (s *DB) retry(ctx context.Context, fn func() error) error {
	for try := 1; ; try++ {
		if s.closed.Load() {
			return errClosed
		}
		err := fn()
		if err == nil || !s.dialect.transient(err) || try == maxTries {
			return err
		}
		longest := min(time.Millisecond<<try, 250*time.Millisecond)
		if err := wait.For(ctx, rand.N(longest)); err != nil {
			return err
		}
	}
}
