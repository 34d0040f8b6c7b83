package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// extended is a call of the extension API.
type extended struct {
	// name is that of the [v1.Operation].
	name string
	// id stands in the path where the operation's has {id}.
	id    string
	query url.Values
	// body is sent as JSON; nil sends none.
	body any
	// repeatable says that a POST gives the same result when it happens twice.
	repeatable bool
}

// request is the call as it is sent.
func (e extended) request() (*call, error) {
	i := slices.IndexFunc(v1.Operations, func(op v1.Operation) bool { return op.Name == e.name })
	op := v1.Operations[i]
	r := &call{name: op.Name, method: op.Method, path: op.Path, query: encodeQuery(e.query),
		once: op.Method == http.MethodPost && !e.repeatable}
	if collection, suffix, ok := strings.Cut(op.Path, "/{id}"); ok {
		r.path = collection
		if err := r.below("id", &e.id, suffix); err != nil {
			return nil, err
		}
	}
	if e.body != nil {
		var err error
		if r.body, err = json.Marshal(e.body); err != nil {
			return nil, fmt.Errorf("%s: %w", op.Name, err)
		}
	}
	return r, nil
}

// extend makes a call of the extension API.
func extend[Out any](ctx context.Context, c *Client, e extended) (*Out, error) {
	r, err := e.request()
	if err != nil {
		return nil, err
	}
	return send[Out](ctx, c, r)
}

// listed goes through all pages of a list of the extension API. Cursor names the parameter
// that takes a page's next cursor; of gives the elements of a page and that cursor, "" for
// the end. An error ends the list and comes with a zero element.
func listed[Page, T any](ctx context.Context, c *Client, e extended, cursor string,
	of func(*Page) (elements []T, next string)) iter.Seq2[T, error] {
	all := pages(e.name, func(token *string) ([]T, *string, error) {
		page := e
		if token != nil {
			page.query = url.Values{cursor: {*token}}
			maps.Copy(page.query, e.query)
		}
		out, err := extend[Page](ctx, c, page)
		elements, next := of(orEmpty(out))
		return elements, &next, err
	})
	return func(yield func(T, error) bool) {
		for element, err := range all {
			if !yield(*orEmpty(element), err) {
				return
			}
		}
	}
}

// numbered is a cursor that is a number, 0 for the end.
func numbered(next int64) string {
	if next == 0 {
		return ""
	}
	return strconv.FormatInt(next, 10)
}

// queryOf are the parameters of a query that have a value.
func queryOf(params map[string]string) url.Values {
	query := url.Values{}
	for name, value := range params {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}
