package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/reelastic/reelastic/internal/transcode"
)

// list selects a page of a table's rows in the order of their sequence. A page
// continues after the row that page.After names; when that row is gone, where its
// id would stand among the others.
type list[T any] struct {
	what, table, columns string
	// where filters; its parameters are args.
	where string
	args  []any
	// oldest selects the seq of the first row that age, its parameter, leaves in
	// the list, so that the rows before it need not be read; "" for no such bound.
	oldest string
	age    int64
	// pipeline is the column that page.Pipelines bounds; "" where no pipeline is named.
	pipeline string
	scan     func(*sql.Rows) (T, error)
	id       func(T) string
}

func (l list[T]) page(ctx context.Context, s *DB, page transcode.Page) (all []T, next string, err error) {
	err = s.view(ctx, l.what, func(t *tx) error {
		from, to, err := t.bounds(l.table, page)
		if err != nil {
			return err
		}
		if l.oldest != "" {
			var oldest int64
			err := t.get(l.oldest, []any{l.age}, &oldest)
			if errors.Is(err, transcode.ErrNotFound) {
				all = nil
				return nil
			}
			if err != nil {
				return err
			}
			from = max(from, oldest-1)
		}
		order := "desc"
		if page.Ascending {
			order = "asc"
		}
		where, args, err := l.filter(page)
		if err != nil {
			return err
		}
		n := len(args)
		all, err = collect(t, l.scan,
			fmt.Sprintf(`select %s from %s where %s and seq > $%d and seq < $%d order by seq %s limit $%d`,
				l.columns, l.table, where, n+1, n+2, order, n+3), append(args, from, to, page.Limit+1)...)
		return err
	})
	if err == nil && len(all) > page.Limit {
		all = all[:page.Limit]
		next = l.id(all[page.Limit-1])
	}
	return all, next, err
}

// filter is the condition of the list's rows, with its parameters.
func (l list[T]) filter(page transcode.Page) (where string, args []any, err error) {
	args = slices.Clone(l.args)
	if page.Pipelines == nil || l.pipeline == "" {
		return l.where, args, nil
	}
	ids, err := json.Marshal(page.Pipelines)
	return fmt.Sprintf(`%s and %s`, l.where, among(l.pipeline, len(args)+1)), append(args, string(ids)), err
}

// among is the condition that a column has one of the texts in parameter n, a JSON list.
func among(column string, n int) string {
	return fmt.Sprintf(`%s in (select value from elements($%d))`, column, n)
}

// bounds returns the open interval of sequence numbers in which a page lies.
func (t *tx) bounds(table string, page transcode.Page) (from, to int64, err error) {
	from, to = 0, math.MaxInt64
	if page.After == "" {
		return from, to, nil
	}
	var id string
	var seq int64
	err = t.get(`select id, seq from `+table+` where id <= $1 order by id desc limit 1`, []any{page.After}, &id, &seq)
	switch {
	case errors.Is(err, transcode.ErrNotFound):
		if !page.Ascending {
			to = 0
		}
		return from, to, nil
	case page.Ascending:
		return seq, to, err
	case id == page.After:
		return from, seq, err
	}
	return from, seq + 1, err
}
