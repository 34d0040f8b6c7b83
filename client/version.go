package client

import (
	"context"
	"net/http"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// Version asks the server what it runs, and what its ffmpeg lacks.
func (c *Client) Version(ctx context.Context) (*v1.Version, error) {
	out := new(v1.Version)
	return out, c.extension(ctx, http.MethodGet, "/v1/version", nil, out)
}
