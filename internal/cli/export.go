package cli

import (
	"context"
	"fmt"
	"iter"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/migrate"
)

type exportCommand struct {
	Form   string `name:"form" default:"aws" enum:"aws,terraform,cloudformation,json" help:"Form: ${enum}."`
	Only   string `name:"only" default:"" enum:",pipelines,presets" help:"Only pipelines, or only presets."`
	remote `embed:""`
}

// Help describes the forms.
func (*exportCommand) Help() string {
	return "It prints all pipelines and custom presets, with their ids, in a form that import reads: aws, what " +
		"\"aws elastictranscoder list-pipelines\" and list-presets print; terraform, a configuration with import " +
		"blocks; cloudformation, a template with custom resources; json, one document on each line."
}

// Run prints the documents.
func (c *exportCommand) Run(ctx context.Context, s streams) error {
	var pipelines []*api.Pipeline
	var presets []*api.Preset
	err := c.with(func(cl *client.Client) (err error) {
		if c.Only != "presets" {
			if pipelines, err = collected(cl.Pipelines(ctx)); err != nil {
				return err
			}
		}
		if c.Only != "pipelines" {
			presets, err = collected(cl.Presets(ctx))
		}
		return err
	})
	if err != nil {
		return err
	}
	text, lost, err := migrate.Write(migrate.Form(c.Form), pipelines, customOf(presets))
	if err != nil {
		return err
	}
	for _, what := range lost {
		fmt.Fprintf(s.err, "reelastic: %s\n", inLine(what))
	}
	_, err = s.out.Write(text)
	return err
}

// customOf are the presets that do not come with the program.
func customOf(presets []*api.Preset) (custom []*api.Preset) {
	for _, p := range presets {
		if p.Type == nil || *p.Type != "System" {
			custom = append(custom, p)
		}
	}
	return custom
}

// collected is a list that is read to its end.
func collected[T any](all iter.Seq2[T, error]) (list []T, err error) {
	for element, err := range all {
		if err != nil {
			return nil, err
		}
		list = append(list, element)
	}
	return list, nil
}
