package cli

import (
	"context"
	"encoding/json"

	"github.com/reelastic/reelastic/client"
)

type givenUpCommand struct {
	remote `embed:""`
}

// Run prints the jobs that were given up, the newest first.
func (c *givenUpCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		out := json.NewEncoder(s.out)
		for j, err := range cl.GivenUpJobs(ctx) {
			if err != nil {
				return err
			}
			if err := out.Encode(j); err != nil {
				return err
			}
		}
		return nil
	})
}
