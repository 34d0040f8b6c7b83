package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/reelastic/reelastic/api/v1"
)

const bulkPath = "/v1/bulk-actions"

// CreateBulkAction lets the server do something with each job that a filter selects.
func (c *Client) CreateBulkAction(ctx context.Context, in v1.CreateBulkActionRequest) (*v1.BulkAction, error) {
	return c.bulkCall(ctx, http.MethodPost, bulkPath, in)
}

// BulkAction tells how far a bulk action is.
func (c *Client) BulkAction(ctx context.Context, id string) (*v1.BulkAction, error) {
	return c.bulkCall(ctx, http.MethodGet, bulkPath+"/"+url.PathEscape(id), nil)
}

// StopBulkAction ends a bulk action; what it has done by then stays.
func (c *Client) StopBulkAction(ctx context.Context, id string) (*v1.BulkAction, error) {
	return c.bulkCall(ctx, http.MethodPost, bulkPath+"/"+url.PathEscape(id)+"/stop", nil, RequestRepeatable())
}

func (c *Client) bulkCall(ctx context.Context, method, path string, in any, opts ...RequestOption) (*v1.BulkAction,
	error) {
	var out v1.BulkActionResponse
	err := c.extension(ctx, method, path, in, &out, opts...)
	return &out.BulkAction, err
}

// BulkActions lists bulk actions, the newest first.
func (c *Client) BulkActions(ctx context.Context) iter.Seq2[v1.BulkAction, error] {
	return func(yield func(v1.BulkAction, error) bool) {
		query := url.Values{}
		for {
			var out v1.ListBulkActionsResponse
			if err := c.extension(ctx, http.MethodGet, bulkPath, nil, &out, RequestQuery(query)); err != nil {
				yield(v1.BulkAction{}, err)
				return
			}
			for _, a := range out.BulkActions {
				if !yield(a, nil) {
					return
				}
			}
			if out.Next == 0 {
				return
			}
			query.Set("before", strconv.FormatInt(out.Next, 10))
		}
	}
}
