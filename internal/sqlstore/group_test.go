package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/internal/transcode"
)

// insert is a transaction that leaves a row.
func insert(name string) func(*tx) error {
	return func(t *tx) error {
		_, err := t.exec(`insert into turns (name, turn) values ($1, 1)`, name)
		return err
	}
}

func rows(t *testing.T, s *DB) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	if err := s.view(t.Context(), "read", func(x *tx) error {
		all, err := collect(x, scanText, `select name from turns`)
		for _, name := range all {
			names[name] = true
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}

// held opens a store whose writer stands in the middle of a transaction until
// release is called.
func held(t *testing.T) (s *DB, release func()) {
	t.Helper()
	s, err := Open(t.Context(), Config{DSN: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	began, end := make(chan struct{}), make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		if err := s.change(context.Background(), "hold", func(*tx) error {
			close(began)
			<-end
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	<-began
	return s, func() {
		close(end)
		writer.Wait()
	}
}

// TestGroupFailsAlone gathers transactions of which some fail in their midst.
func TestGroupFailsAlone(t *testing.T) {
	t.Parallel()
	s, release := held(t)
	no := errors.New("no")
	var clients sync.WaitGroup
	for i := range 20 {
		clients.Go(func() {
			err := s.change(t.Context(), "insert", func(x *tx) error {
				if err := insert(fmt.Sprint(i))(x); err != nil {
					return err
				}
				if i%3 == 0 {
					return no
				}
				return nil
			})
			if failed := errors.Is(err, no); failed != (i%3 == 0) || err != nil && !failed {
				t.Errorf("transaction %d: %v", i, err)
			}
		})
	}
	release()
	clients.Wait()
	names := rows(t, s)
	for i := range 20 {
		if names[fmt.Sprint(i)] != (i%3 != 0) {
			t.Errorf("row %d is there: %t", i, names[fmt.Sprint(i)])
		}
	}
}

// TestGroupGivesUp cancels a caller whose turn has not come, and one whose has.
func TestGroupGivesUp(t *testing.T) {
	t.Parallel()
	s, release := held(t)
	if !rows(t, s)["admission"] {
		t.Error("a reader waits for the writer, or reads nothing")
	}
	waiting, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() { gaveUp <- s.change(waiting, "insert", insert("late")) }()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want Canceled", err)
	}
	release()

	begun, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := s.change(begun, "insert", func(x *tx) error {
		cancel()
		return insert("begun")(x)
	}); err != nil {
		t.Errorf("a transaction that had begun: %v", err)
	}
	if names := rows(t, s); names["late"] || !names["begun"] {
		t.Errorf("rows %v, want begun and not late", names)
	}
}

// TestGroupLosesTransaction ends the transaction under its group: all of them
// learn it, nothing is stored, and the next one works.
func TestGroupLosesTransaction(t *testing.T) {
	t.Parallel()
	s, release := held(t)
	var clients sync.WaitGroup
	clients.Go(func() {
		if err := s.change(t.Context(), "break", func(x *tx) error {
			if err := insert("broken")(x); err != nil {
				return err
			}
			_, err := x.exec(`rollback`) // as SQLite does by itself when the disk is full
			return err
		}); err == nil {
			t.Error("a lost transaction was reported as stored")
		}
	})
	release()
	clients.Wait()
	if err := s.change(t.Context(), "insert", insert("next")); err != nil {
		t.Fatal(err)
	}
	if names := rows(t, s); names["broken"] || !names["next"] {
		t.Errorf("rows %v, want next and not broken", names)
	}
}

func TestGroupClosed(t *testing.T) {
	t.Parallel()
	s, release := held(t)
	refused := make(chan error)
	go func() { refused <- s.group.do(context.Background(), insert("late")) }()
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	if err := <-refused; !errors.Is(err, transcode.ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
	release()
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if err := s.change(t.Context(), "insert", insert("late")); !errors.Is(err, transcode.ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
}

// TestGroupCatchesPanics wants a transaction that panics to fail alone: nobody else would
// catch it in the goroutine of the group.
func TestGroupCatchesPanics(t *testing.T) {
	t.Parallel()
	s, release := held(t)
	var clients sync.WaitGroup
	clients.Go(func() {
		err := s.change(t.Context(), "break", func(x *tx) error {
			if err := insert("broken")(x); err != nil {
				return err
			}
			var none []int
			return fmt.Errorf("%d", none[1])
		})
		if err == nil || !strings.Contains(err.Error(), "out of range") ||
			!strings.Contains(err.Error(), "group_test.go") {
			t.Errorf("error %v, want where it panicked", err)
		}
	})
	clients.Go(func() {
		if err := s.change(t.Context(), "insert", insert("beside")); err != nil {
			t.Error(err)
		}
	})
	release()
	clients.Wait()
	if names := rows(t, s); names["broken"] || !names["beside"] {
		t.Errorf("rows %v, want beside and not broken", names)
	}
}

// TestNamesAreBounded floods what is kept of pipelines, and by the text of statements, which
// may depend on how much a client asks for.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	s, release := held(t)
	release()
	for i := range 100_000 {
		s.quota.counted(fmt.Sprint("pipeline-", i), 1600)
	}
	if n := s.quota.left.Len(); n > mostQuotas {
		t.Errorf("the quotas of %d pipelines are kept, more than %d", n, mostQuotas)
	}
	if !s.quota.use("pipeline-99999") || s.quota.use("pipeline-0") {
		t.Error("not those that were used last are kept")
	}
	err := s.change(t.Context(), "read", func(x *tx) error {
		for i := range 4 * mostStatements {
			var n int
			if err := x.row(fmt.Sprint("select ", i)).Scan(&n); err != nil || n != i {
				return fmt.Errorf("%d: %w", n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n := s.group.conn.stmts.Len(); n > mostStatements {
		t.Errorf("%d statements are kept, more than %d", n, mostStatements)
	}
}
