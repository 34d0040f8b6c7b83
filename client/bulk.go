package client

import (
	"context"
	"iter"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// CreateBulkAction lets the server do something with each job that a filter selects.
func (c *Client) CreateBulkAction(ctx context.Context, in v1.CreateBulkActionRequest) (*v1.BulkAction, error) {
	return c.bulkAction(ctx, extended{name: "CreateBulkAction", body: in})
}

// BulkAction tells how far a bulk action is.
func (c *Client) BulkAction(ctx context.Context, id string) (*v1.BulkAction, error) {
	return c.bulkAction(ctx, extended{name: "ReadBulkAction", id: id})
}

// StopBulkAction ends a bulk action; what it has done by then stays.
func (c *Client) StopBulkAction(ctx context.Context, id string) (*v1.BulkAction, error) {
	return c.bulkAction(ctx, extended{name: "StopBulkAction", id: id, repeatable: true})
}

func (c *Client) bulkAction(ctx context.Context, e extended) (*v1.BulkAction, error) {
	out, err := extend[v1.BulkActionResponse](ctx, c, e)
	if err != nil {
		return nil, err
	}
	return &out.BulkAction, nil
}

// BulkActions lists bulk actions, the newest first. An error ends the list.
func (c *Client) BulkActions(ctx context.Context) iter.Seq2[v1.BulkAction, error] {
	return listed(ctx, c, extended{name: "ListBulkActions"}, "before",
		func(page *v1.ListBulkActionsResponse) ([]v1.BulkAction, string) {
			return page.BulkActions, numbered(page.Next)
		})
}
