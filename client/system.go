package client

import (
	"context"
	"net/http"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// System asks the server what it runs, what it can do, and what limits it.
func (c *Client) System(ctx context.Context) (*v1.System, error) {
	out := new(v1.System)
	return out, c.extension(ctx, http.MethodGet, "/v1/system", nil, out)
}
