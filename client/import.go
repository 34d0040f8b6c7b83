package client

import (
	"context"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// ImportResources stores pipelines and presets with ids that the caller has chosen, all of
// them or none, and says what became of each. Doing it again changes nothing.
func (c *Client) ImportResources(ctx context.Context, in v1.ImportResourcesRequest) ([]v1.ImportedResource, error) {
	out, err := extend[v1.ImportResourcesResponse](ctx, c,
		extended{name: "ImportResources", body: in, repeatable: true})
	return orEmpty(out).Results, err
}
