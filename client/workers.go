package client

import (
	"context"
	"net/http"
	"net/url"

	v1 "github.com/reelastic/reelastic/api/v1"
)

const workersPath = "/v1/workers"

// Workers lists the workers of the installation, by host and then by their start.
func (c *Client) Workers(ctx context.Context) ([]v1.Worker, error) {
	var out v1.ListWorkersResponse
	err := c.extension(ctx, http.MethodGet, workersPath, nil, &out)
	return out.Workers, err
}

// DrainWorker lets a worker take no more jobs, and hand back those of which nothing is
// encoded. It returns when the worker has begun to.
func (c *Client) DrainWorker(ctx context.Context, id string, in v1.DrainWorkerRequest) error {
	return c.extension(ctx, http.MethodPost, workersPath+"/"+url.PathEscape(id)+"/drain", in, &v1.Empty{},
		RequestRepeatable())
}

// ResumeWorker lets a worker that drains take jobs again.
func (c *Client) ResumeWorker(ctx context.Context, id string) error {
	return c.extension(ctx, http.MethodPost, workersPath+"/"+url.PathEscape(id)+"/resume", nil, &v1.Empty{},
		RequestRepeatable())
}
