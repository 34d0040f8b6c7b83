package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/recent"
	"github.com/reelastic/reelastic/internal/transcode"
)

// maxGroup bounds the transactions of one commit, and so the wait of the first.
const maxGroup = 128

// group commits the transactions of several callers together. SQLite has one
// writer and a durable commit costs a sync of the disk; each transaction runs in a
// savepoint of its own, so that one that fails takes back only its own changes.
type group struct {
	queue   chan *request
	stop    chan struct{}
	stopped chan struct{}
	conn    *preparedConn
	dialect *dialect
}

// request is one caller's transaction. Whoever moves taken from false owns it:
// the group, which runs it to its end, or the caller, who gives it up.
type request struct {
	fn    func(*tx) error
	taken atomic.Bool
	done  chan error
}

var errClosed = fmt.Errorf("%w: it is closed", transcode.ErrUnavailable)

func openGroup(ctx context.Context, db *sql.DB, d *dialect) (*group, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	g := &group{queue: make(chan *request), stop: make(chan struct{}), stopped: make(chan struct{}),
		conn: &preparedConn{conn: conn, stmts: recent.New[string, *sql.Stmt](mostStatements)}, dialect: d}
	go g.loop()
	return g, nil
}

// close waits for the commit under way.
func (g *group) close() error {
	close(g.stop)
	<-g.stopped
	return g.conn.close()
}

// do runs fn in a transaction and returns when it is durable. A caller whose
// context ends before its turn leaves nothing; later it gets the outcome.
func (g *group) do(ctx context.Context, fn func(*tx) error) error {
	r := &request{fn: fn, done: make(chan error, 1)}
	select {
	case g.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.stop:
		return errClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-r.done
	}
}

func (g *group) loop() {
	defer close(g.stopped)
	for {
		select {
		case <-g.stop:
			return
		case first := <-g.queue:
			g.commit(g.gather(first))
		}
	}
}

// gather adds those who wait already.
func (g *group) gather(first *request) []*request {
	batch := []*request{first}
	for len(batch) < maxGroup {
		select {
		case r := <-g.queue:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch. The context of a caller must not reach its statements: to
// interrupt one would roll the others back as well.
func (g *group) commit(batch []*request) {
	t := &tx{context.Background(), g.conn, g.dialect}
	errs := make([]error, len(batch))
	err := func() error {
		if _, err := t.exec(`begin immediate`); err != nil {
			return err
		}
		for i, r := range batch {
			if !r.taken.CompareAndSwap(false, true) {
				continue
			}
			var broken error
			if errs[i], broken = g.savepoint(t, r.fn); broken != nil {
				return broken
			}
		}
		_, err := t.exec(`commit`)
		return err
	}()
	if err != nil {
		// After some errors SQLite has rolled back by itself; then this one fails, rightly.
		_, _ = t.exec(`rollback`)
	}
	for i, r := range batch {
		r.done <- errors.Join(errs[i], err)
	}
}

// savepoint runs fn, whose panic is an error: nobody would catch it in this goroutine. Broken
// tells that the whole transaction is lost.
func (g *group) savepoint(t *tx, fn func(*tx) error) (err, broken error) {
	if _, err := t.exec(`savepoint one`); err != nil {
		return nil, err
	}
	err = parallel.Guard(func() error { return fn(t) })
	if caught, ok := errors.AsType[*parallel.Panic](err); ok {
		err = fmt.Errorf("%w\n%s", caught, caught.Stack) // whoever logs it has nothing else
	}
	if err != nil {
		if _, broken := t.exec(`rollback to one`); broken != nil {
			return err, broken
		}
	}
	_, broken = t.exec(`release one`)
	return err, broken
}

// preparedConn is a connection that keeps its statements prepared. Only the
// group's goroutine uses it.
type preparedConn struct {
	conn  *sql.Conn
	stmts *recent.Map[string, *sql.Stmt]
}

// mostStatements stay prepared: more than there are, but for those whose text depends on how
// much a client asks for.
const mostStatements = 256

func (c *preparedConn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := c.stmts.Get(query); ok {
		return stmt, nil
	}
	stmt, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if _, gone, full := c.stmts.Put(query, stmt); full {
		_ = gone.Close() // its rows have been read: every statement is done before the next one
	}
	return stmt, nil
}

func (c *preparedConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := c.prepare(ctx, query) //nolint:sqlclosecheck // it stays prepared until close
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (c *preparedConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := c.prepare(ctx, query) //nolint:sqlclosecheck // it stays prepared until close
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (c *preparedConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := c.prepare(ctx, query) //nolint:sqlclosecheck // it stays prepared until close
	if err != nil {
		return c.conn.QueryRowContext(ctx, query, args...) // carries the error
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (c *preparedConn) close() error {
	var errs []error
	for _, stmt := range c.stmts.All {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.conn.Close())...)
}
