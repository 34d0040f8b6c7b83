package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/transcode"
)

type createJobCommand struct {
	Document document          `name:"cli-input-json" placeholder:"JSON" help:"Request of CreateJob: ${document}"`
	Pipeline *string           `name:"pipeline" placeholder:"ID" help:"Pipeline to submit to."`
	Inputs   []string          `name:"input" sep:"none" placeholder:"KEY" help:"Input; several are joined in this order. May be repeated."`
	Presets  []string          `name:"preset" short:"p" placeholder:"NAME" help:"Make an output with this preset: a name of \"reelastic preset list\" or a number. May be repeated."`
	Prefix   *string           `name:"output-key-prefix" help:"What all keys of results begin with."`
	Metadata map[string]string `name:"metadata" placeholder:"KEY=VALUE" help:"User metadata. May be repeated."`
	Wait     bool              `name:"wait" help:"Show the progress to its end; exit status 3 unless the job is Complete."`
	output   `embed:""`
	remote   `embed:""`
}

// Help says how flags and document go together.
func (*createJobCommand) Help() string {
	return "Flags go before members of the document. An output of --preset is called after the first input and the " +
		"preset, as transcode does it: film-web.mp4.\n\nExamples:\n\n" +
		"  reelastic job create --pipeline ID --input film.mov -p web,mp3-192k --wait\n\n" +
		"  reelastic job create --cli-input-json file://job.json --wait"
}

// Run submits the job.
func (c *createJobCommand) Run(ctx context.Context, s streams) error {
	var in api.CreateJobRequest
	if err := c.Document.read(s, "--cli-input-json", &in); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		if err := c.complete(ctx, cl, &in); err != nil {
			return err
		}
		made, err := cl.CreateJob(ctx, &in)
		if err != nil {
			return err
		}
		if !c.Wait {
			return printOne(c.output, s.out, made.Job, jobFacts(made.Job))
		}
		fmt.Fprintf(s.err, "job %s\n", textOf(made.Job.Id))
		return follow(ctx, cl, s, *made.Job.Id, c.output)
	})
}

// complete puts what flags say into the request.
func (c *createJobCommand) complete(ctx context.Context, cl *client.Client, in *api.CreateJobRequest) error {
	if c.Pipeline != nil {
		in.PipelineId = c.Pipeline
	}
	if c.Prefix != nil {
		in.OutputKeyPrefix = c.Prefix
	}
	if c.Metadata != nil {
		in.UserMetadata = c.Metadata
	}
	if c.Inputs != nil {
		in.Input, in.Inputs = nil, nil
		for _, key := range c.Inputs {
			in.Inputs = append(in.Inputs, api.JobInput{Key: &key})
		}
	}
	if c.Presets == nil {
		return nil
	}
	base, err := baseName(in)
	if err != nil {
		return &usageError{err}
	}
	in.Output, in.Outputs = nil, nil
	for _, name := range c.Presets {
		p, err := presetOf(ctx, cl, name)
		if err != nil {
			return err
		}
		in.Outputs = append(in.Outputs, api.CreateJobOutput{
			PresetId: p.doc.Id, Key: new(base + "-" + p.label + p.extension()),
		})
	}
	return nil
}

// baseName is what names of results begin with: the name of the first input.
func baseName(in *api.CreateJobRequest) (string, error) {
	first := in.Input
	if first == nil && len(in.Inputs) > 0 {
		first = &in.Inputs[0]
	}
	if first == nil || textOf(first.Key) == "" {
		return "", errors.New("--preset needs an input, after which results are called")
	}
	base := path.Base(*first.Key)
	if name := strings.TrimSuffix(base, path.Ext(base)); name != "" {
		return name, nil
	}
	return base, nil
}

// presetOf is a system preset by its name, or any that the server has by its number.
func presetOf(ctx context.Context, cl *client.Client, name string) (namedPreset, error) {
	if transcode.SystemPresetNamed(name) != "" {
		return findPreset(name, name)
	}
	if !presetNumber.MatchString(name) {
		return namedPreset{}, &usageError{unknownPreset(name)}
	}
	answer, err := cl.ReadPreset(ctx, &api.ReadPresetRequest{Id: &name})
	if err != nil {
		return namedPreset{}, err
	}
	spec, err := transcode.PresetSpecOf(answer.Preset)
	return namedPreset{name, answer.Preset, spec}, err
}
