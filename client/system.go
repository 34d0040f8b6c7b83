package client

import (
	"context"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// System asks the server what it runs, what it can do, and what limits it.
func (c *Client) System(ctx context.Context) (*v1.System, error) {
	return extend[v1.System](ctx, c, extended{name: "ReadSystem"})
}
