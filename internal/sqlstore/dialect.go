package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/reelastic/reelastic/internal/transcode"
)

// dialect is what the two databases do not share.
type dialect struct {
	// words replaces the words that statements use for what the dialects write
	// differently: now_millis(), elements() for the rows of a JSON list, number_of(j) for
	// the seq of a job j that is looked up by it, and the locks
	// of select that SQLite neither has nor needs.
	words *strings.Replacer
	// transient tells an error after which the transaction may simply be tried again.
	transient func(error) bool
	// unreachable reports that the database did not answer or could not work.
	unreachable func(error) bool
	// duplicate tells a violated unique constraint.
	duplicate func(error) bool
}

func sqliteDialect() *dialect {
	return &dialect{
		words: strings.NewReplacer(
			"now_millis()", "cast(unixepoch('subsec') * 1000 as integer)", "elements(", "json_each(",
			" for no key update", "", " for key share", "", " for update", "", " least(", " min(",
			"number_of(j)", "j.seq"),
		transient: func(err error) bool {
			c := sqliteCode(err) & 0xff
			return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
		},
		unreachable: func(err error) bool {
			switch sqliteCode(err) & 0xff {
			case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
				sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
				return true
			}
			return false
		},
		duplicate: func(err error) bool {
			c := sqliteCode(err)
			return c == sqlite3.SQLITE_CONSTRAINT_UNIQUE || c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
		},
	}
}

// sqliteCode is SQLite's extended result code; 0 for other errors.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

func postgresDialect() *dialect {
	return &dialect{
		words: strings.NewReplacer(
			"now_millis()", "(extract(epoch from clock_timestamp()) * 1000)::bigint",
			"elements(", "jsonb_array_elements_text(", "number_of(j)", "(j.seq + 0)"),
		transient: func(err error) bool {
			switch postgresCode(err) {
			// serialization failure, deadlock, lock not available, see idleTimeout
			case "40001", "40P01", "55P03", "25P03":
				return true
			}
			return false
		},
		unreachable: func(err error) bool {
			c := postgresCode(err)
			switch c {
			case "40001", "40P01", "55P03", "25P03", "25006": // see transient; a standby that was not promoted yet
				return true
			}
			// connection exception, insufficient resources, operator intervention, system error
			for _, class := range []string{"08", "53", "57P", "58"} {
				if strings.HasPrefix(c, class) {
					return true
				}
			}
			_, network := errors.AsType[net.Error](err)
			_, connecting := errors.AsType[*pgconn.ConnectError](err)
			return network || connecting || pgconn.SafeToRetry(err) ||
				errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		},
		duplicate: func(err error) bool { return postgresCode(err) == "23505" },
	}
}

// postgresCode is the SQLSTATE; "" for other errors.
func postgresCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// explain wraps what the driver said: the sentinels of package transcode where
// one fits, and what was being done.
func (d *dialect) explain(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, transcode.ErrUnavailable):
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), d.unreachable(err):
		return fmt.Errorf("%s: %w: %w", what, transcode.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
