package client

import (
	"context"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// Workers lists the workers of the installation, by host and then by their start.
func (c *Client) Workers(ctx context.Context) ([]v1.Worker, error) {
	out, err := extend[v1.ListWorkersResponse](ctx, c, extended{name: "ListWorkers"})
	return orEmpty(out).Workers, err
}

// DrainWorker lets a worker take no more jobs, and hand back those of which nothing is
// encoded. It returns when the worker has begun to.
func (c *Client) DrainWorker(ctx context.Context, id string, in v1.DrainWorkerRequest) error {
	_, err := extend[v1.Empty](ctx, c, extended{name: "DrainWorker", id: id, body: in, repeatable: true})
	return err
}

// ResumeWorker lets a worker that drains take jobs again.
func (c *Client) ResumeWorker(ctx context.Context, id string) error {
	_, err := extend[v1.Empty](ctx, c, extended{name: "ResumeWorker", id: id, repeatable: true})
	return err
}
