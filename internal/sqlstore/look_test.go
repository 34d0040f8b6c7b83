package sqlstore_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sqlstore"
)

// TestLook asks databases what they are, one that was never used too, and makes none.
func TestLook(t *testing.T) {
	t.Parallel()
	seen, err := sqlstore.Look(t.Context(), postgres.Database(t))
	if err != nil || !strings.HasPrefix(seen.Server, "PostgreSQL 1") || seen.ClockAhead.Abs() > time.Minute {
		t.Errorf("PostgreSQL: %+v, %v", seen, err)
	}
	if _, err := sqlstore.Look(t.Context(), "postgres://someone:hidden@127.0.0.1:1/nothing"); err == nil ||
		strings.Contains(err.Error(), "hidden") ||
		!strings.HasPrefix(err.Error(), "the database nothing on 127.0.0.1 does not answer: ") {
		t.Errorf("nothing: %v", err)
	}
	file := filepath.Join(t.TempDir(), "state.db")
	if _, err := sqlstore.Look(t.Context(), file); err == nil ||
		!strings.Contains(err.Error(), file+" can't be read: ") {
		t.Errorf("no file: %v", err)
	}
	db, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: file})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	seen, err = sqlstore.Look(t.Context(), file)
	if err != nil || !strings.HasPrefix(seen.Server, "SQLite 3.") || seen.ClockAhead != 0 {
		t.Errorf("SQLite: %+v, %v", seen, err)
	}
}
