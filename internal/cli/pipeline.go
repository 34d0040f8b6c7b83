package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

type pipelineCommands struct {
	Create   createPipelineCommand   `cmd:"" help:"Create a pipeline."`
	List     listPipelinesCommand    `cmd:"" help:"List pipelines, the newest first."`
	Show     showPipelineCommand     `cmd:"" help:"Show a pipeline."`
	Update   updatePipelineCommand   `cmd:"" help:"Change the settings of a pipeline, for jobs that have not started."`
	Delete   deletePipelineCommand   `cmd:"" help:"Delete a pipeline without active jobs."`
	Pause    pausePipelineCommand    `cmd:"" help:"Let jobs of pipelines wait. Those that run go on."`
	Activate activatePipelineCommand `cmd:"" help:"Let jobs of paused pipelines start again."`
	TestRole testPipelineRoleCommand `cmd:"" help:"Try whether a pipeline's role reaches its buckets and topics."`
}

// pipelineSettings are the members of pipelines, named as for the aws tool. What is not given
// is that of the document.
type pipelineSettings struct {
	Name       *string  `name:"name" help:"Name, 1 to 40 characters."`
	Input      *string  `name:"input-bucket" placeholder:"BUCKET" help:"Bucket of inputs."`
	Role       *string  `name:"role" placeholder:"ARN" help:"Role that reaches buckets and topics."`
	Key        *string  `name:"aws-kms-key-arn" placeholder:"ARN" help:"Key that encrypts the keys of files."`
	Topics     document `name:"notifications" placeholder:"JSON" help:"Topics of events: ${document}"`
	Content    document `name:"content-config" placeholder:"JSON" help:"Where media and playlists go: ${document}"`
	Thumbnails document `name:"thumbnail-config" placeholder:"JSON" help:"Where thumbnails go: ${document}"`
}

// pipelineMembers are the members of a request that settings are for.
type pipelineMembers struct {
	name, input, role, key **string
	topics                 **api.Notifications
	content, thumbnails    **api.PipelineOutputConfig
}

// set puts what is given into a request.
func (p pipelineSettings) set(s streams, into pipelineMembers) error {
	for member, value := range map[**string]*string{
		into.name: p.Name, into.input: p.Input, into.role: p.Role, into.key: p.Key,
	} {
		if value != nil {
			*member = value
		}
	}
	return errors.Join(
		replace(s, "--notifications", p.Topics, into.topics),
		replace(s, "--content-config", p.Content, into.content),
		replace(s, "--thumbnail-config", p.Thumbnails, into.thumbnails),
	)
}

// replace puts the document of a flag in the place of a member, unless there is none.
func replace[T any](s streams, flag string, d document, member **T) error {
	if d == "" {
		return nil
	}
	*member = new(T)
	return d.read(s, flag, *member)
}

type createPipelineCommand struct {
	Document         document `name:"cli-input-json" placeholder:"JSON" help:"Request of CreatePipeline: ${document}"`
	OutputBucket     *string  `name:"output-bucket" placeholder:"BUCKET" help:"Bucket of all results."`
	pipelineSettings `embed:""`
	output           `embed:""`
	remote           `embed:""`
}

// Run creates the pipeline and shows it.
func (c *createPipelineCommand) Run(ctx context.Context, s streams) error {
	var in api.CreatePipelineRequest
	if err := c.Document.read(s, "--cli-input-json", &in); err != nil {
		return err
	}
	if err := c.set(s, pipelineMembers{
		&in.Name, &in.InputBucket, &in.Role, &in.AwsKmsKeyArn,
		&in.Notifications, &in.ContentConfig, &in.ThumbnailConfig,
	}); err != nil {
		return err
	}
	if c.OutputBucket != nil {
		in.OutputBucket = c.OutputBucket
	}
	return c.with(func(cl *client.Client) error {
		made, err := cl.CreatePipeline(ctx, &in)
		if err != nil {
			return err
		}
		warn(s.err, made.Warnings)
		return printOne(c.output, s.out, made.Pipeline, factsOf(made.Pipeline))
	})
}

// warn tells of what stands in the way of a pipeline.
func warn(w io.Writer, warnings []api.Warning) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning %s: %s\n", inLine(*warning.Code), inLine(*warning.Message))
	}
}

type listPipelinesCommand struct {
	output `embed:""`
	remote `embed:""`
}

// pipelineColumns are those of the list of pipelines.
var pipelineColumns = []column[*api.Pipeline]{
	{"ID", func(p *api.Pipeline) string { return textOf(p.Id) }},
	{"NAME", func(p *api.Pipeline) string { return textOf(p.Name) }},
	{"STATUS", func(p *api.Pipeline) string { return textOf(p.Status) }},
	{"INPUT", func(p *api.Pipeline) string { return textOf(p.InputBucket) }},
	{"OUTPUT", func(p *api.Pipeline) string {
		if p.OutputBucket == nil && p.ContentConfig != nil {
			return textOf(p.ContentConfig.Bucket)
		}
		return textOf(p.OutputBucket)
	}},
	{"ROLE", func(p *api.Pipeline) string { return textOf(p.Role) }},
}

// textOf is the value of a member, "" for null.
func textOf(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// Run lists the pipelines.
func (c *listPipelinesCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		return printList(c.output, s.out, pipelineColumns, cl.Pipelines(ctx))
	})
}

// pipelineID is the pipeline that a command is about.
type pipelineID struct {
	ID string `arg:"" name:"id" help:"Id of the pipeline."`
}

// readPipeline reads the pipeline, and tells of warnings.
func (p pipelineID) readPipeline(ctx context.Context, cl *client.Client, s streams) (*api.Pipeline, error) {
	found, err := cl.ReadPipeline(ctx, &api.ReadPipelineRequest{Id: &p.ID})
	if err != nil {
		return nil, err
	}
	warn(s.err, found.Warnings)
	return found.Pipeline, nil
}

type showPipelineCommand struct {
	pipelineID `embed:""`
	output     `embed:""`
	remote     `embed:""`
}

// Run shows the pipeline.
func (c *showPipelineCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		p, err := c.readPipeline(ctx, cl, s)
		if err != nil {
			return err
		}
		return printOne(c.output, s.out, p, factsOf(p))
	})
}

type updatePipelineCommand struct {
	pipelineID       `embed:""`
	Document         document `name:"cli-input-json" placeholder:"JSON" help:"Request of UpdatePipeline: ${document}"`
	pipelineSettings `embed:""`
	output           `embed:""`
	remote           `embed:""`
}

// Help says what is left alone.
func (*updatePipelineCommand) Help() string {
	return "What is not given stays. An empty text removes a key or a topic."
}

// updateDocument is a request of UpdatePipeline as the aws tool takes it, with the id in it.
type updateDocument struct {
	Id *string `json:"Id"`
	api.UpdatePipelineRequest
}

// Run changes the pipeline and shows it.
func (c *updatePipelineCommand) Run(ctx context.Context, s streams) error {
	var given updateDocument
	if err := c.Document.read(s, "--cli-input-json", &given); err != nil {
		return err
	}
	if given.Id != nil && *given.Id != c.ID {
		return &usageError{fmt.Errorf("--cli-input-json: Id %q must be %q, or left out", *given.Id, c.ID)}
	}
	in := &given.UpdatePipelineRequest
	in.Id = &c.ID
	if err := c.set(s, pipelineMembers{
		&in.Name, &in.InputBucket, &in.Role, &in.AwsKmsKeyArn,
		&in.Notifications, &in.ContentConfig, &in.ThumbnailConfig,
	}); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		changed, err := cl.UpdatePipeline(ctx, in)
		if err != nil {
			return err
		}
		warn(s.err, changed.Warnings)
		return printOne(c.output, s.out, changed.Pipeline, factsOf(changed.Pipeline))
	})
}

type deletePipelineCommand struct {
	pipelineID   `embed:""`
	confirmation `embed:""`
	remote       `embed:""`
}

// Run deletes the pipeline.
func (c *deletePipelineCommand) Run(ctx context.Context, s streams) error {
	if err := c.confirm(s, fmt.Sprintf("Delete the pipeline %s?", c.ID)); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		_, err := cl.DeletePipeline(ctx, &api.DeletePipelineRequest{Id: &c.ID})
		return err
	})
}

// pipelineIDs are the pipelines that a command is about.
type pipelineIDs struct {
	IDs    []string `arg:"" name:"id" help:"Ids of pipelines."`
	remote `embed:""`
}

// change gives the pipelines a status.
func (p pipelineIDs) change(ctx context.Context, s streams, status string) error {
	return p.with(func(cl *client.Client) error {
		for _, id := range p.IDs {
			changed, err := cl.UpdatePipelineStatus(ctx, &api.UpdatePipelineStatusRequest{Id: &id, Status: &status})
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "pipeline %s: %s\n", id, textOf(changed.Pipeline.Status))
		}
		return nil
	})
}

type pausePipelineCommand struct {
	pipelineIDs `embed:""`
}

// Run pauses the pipelines.
func (c *pausePipelineCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, "Paused")
}

type activatePipelineCommand struct {
	pipelineIDs `embed:""`
}

// Run activates the pipelines.
func (c *activatePipelineCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, "Active")
}
