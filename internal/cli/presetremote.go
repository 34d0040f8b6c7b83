package cli

import (
	"context"
	"fmt"
	"iter"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/transcode"
)

// customPresets are those of a list that do not come with the program, without short names.
func customPresets(all iter.Seq2[*api.Preset, error]) iter.Seq2[shortPreset, error] {
	return func(yield func(shortPreset, error) bool) {
		for p, err := range all {
			if err == nil && textOf(p.Type) != "Custom" {
				continue
			}
			short := shortPreset{Preset: p}
			if err == nil {
				short.spec, err = transcode.PresetSpecOf(p)
			}
			if !yield(short, err) {
				return
			}
		}
	}
}

type createPresetCommand struct {
	Document    document `name:"cli-input-json" required:"" placeholder:"JSON" help:"Request of CreatePreset or answer of ReadPreset: ${document}"`
	Name        *string  `name:"name" help:"Name, 1 to 40 characters."`
	Description *string  `name:"description" help:"Description."`
	output      `embed:""`
	remote      `embed:""`
}

// Run creates the preset and shows it.
func (c *createPresetCommand) Run(ctx context.Context, s streams) error {
	text, err := c.Document.text(s)
	var doc *api.Preset
	if err == nil {
		doc, err = readPreset(text)
	}
	if err != nil {
		return &usageError{fmt.Errorf("--cli-input-json: %w", err)}
	}
	in := creation(doc)
	if c.Name != nil {
		in.Name = c.Name
	}
	if c.Description != nil {
		in.Description = c.Description
	}
	return c.with(func(cl *client.Client) error {
		made, err := cl.CreatePreset(ctx, in)
		if err != nil {
			return err
		}
		if warning := textOf(made.Warning); warning != "" {
			fmt.Fprintf(s.err, "warning: %s\n", inLine(warning))
		}
		return printOne(c.output, s.out, made.Preset, factsOf(made.Preset))
	})
}

type showPresetCommand struct {
	Name         string `arg:"" name:"preset" help:"Name, number or file of the preset."`
	output       `embed:""`
	presetSource `embed:""`
}

// Run shows the preset.
func (c *showPresetCommand) Run(ctx context.Context, s streams) error {
	found, err := c.find(ctx, []string{c.Name})
	if err != nil {
		return err
	}
	return printOne(c.output, s.out, found[0].doc, factsOf(found[0].doc))
}

type deletePresetCommand struct {
	ID           string `arg:"" name:"id" help:"Number of the preset."`
	confirmation `embed:""`
	remote       `embed:""`
}

// Run deletes the preset.
func (c *deletePresetCommand) Run(ctx context.Context, s streams) error {
	if err := c.confirm(s, fmt.Sprintf("Delete the preset %s?", c.ID)); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		_, err := cl.DeletePreset(ctx, &api.DeletePresetRequest{Id: &c.ID})
		return err
	})
}
