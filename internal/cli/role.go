package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

type testPipelineRoleCommand struct {
	pipelineID `embed:""`
	remote     `embed:""`
}

// Run tries the role of the pipeline.
func (c *testPipelineRoleCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		p, err := c.readPipeline(ctx, cl, s)
		if err != nil {
			return err
		}
		in := &api.TestRoleRequest{Role: p.Role, InputBucket: p.InputBucket, OutputBucket: p.OutputBucket,
			Topics: []string{}}
		if in.OutputBucket == nil && p.ContentConfig != nil {
			in.OutputBucket = p.ContentConfig.Bucket
		}
		if n := p.Notifications; n != nil {
			for _, topic := range []*string{n.Progressing, n.Completed, n.Warning, n.Error} {
				if textOf(topic) != "" && !slices.Contains(in.Topics, *topic) {
					in.Topics = append(in.Topics, *topic)
				}
			}
		}
		return testRole(ctx, cl, s, in)
	})
}

type roleCommands struct {
	Test testRoleCommand `cmd:"" help:"Try whether a role reaches buckets and topics."`
}

type testRoleCommand struct {
	Role   string   `arg:"" help:"ARN of the role."`
	Input  string   `name:"input-bucket" required:"" placeholder:"BUCKET" help:"Bucket that it must be able to read."`
	Output string   `name:"output-bucket" required:"" placeholder:"BUCKET" help:"Bucket that it must reach."`
	Topics []string `name:"topic" placeholder:"ARN" help:"Topic that gets a test notification. May be repeated."`
	remote `embed:""`
}

// Run tries the role.
func (c *testRoleCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		return testRole(ctx, cl, s, &api.TestRoleRequest{
			Role: &c.Role, InputBucket: &c.Input, OutputBucket: &c.Output, Topics: append([]string{}, c.Topics...),
		})
	})
}

// testRole tries a role and tells what it can't do.
func testRole(ctx context.Context, cl *client.Client, s streams, in *api.TestRoleRequest) error {
	tried, err := cl.TestRole(ctx, in)
	if err != nil {
		return err
	}
	for _, message := range tried.Messages {
		fmt.Fprintln(s.out, inLine(message))
	}
	if textOf(tried.Success) != "true" {
		return errors.New("the role can't do all that is needed")
	}
	fmt.Fprintf(s.out, "the role %s can do what is needed\n", inLine(*in.Role))
	return nil
}
