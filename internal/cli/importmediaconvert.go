package cli

import (
	"context"
	"errors"

	"github.com/reelastic/reelastic/internal/migrate"
)

type importMediaConvertCommand struct {
	Files     []string `arg:"" name:"file" help:"Files or folders; - is standard input."`
	importing `embed:""`
}

// Help says what becomes of templates.
func (*importMediaConvertCommand) Help() string {
	return "It reads what \"aws mediaconvert\" prints (get-preset, list-presets, get-job-template and " +
		"list-job-templates), or what the console saves, and makes a preset of each output as far as presets go. " +
		"What is lost is told for each of them. The id of a preset is made of names, so that importing again " +
		"changes nothing."
}

// Run makes presets.
func (c *importMediaConvertCommand) Run(ctx context.Context, s streams) error {
	files, err := readFiles(s.in, c.Files)
	if err != nil {
		return err
	}
	dump, err := migrate.ReadMediaConvert(files)
	if faults, ok := errors.AsType[migrate.Faults](err); ok {
		return c.refuse(s.out, faults)
	}
	return c.store(ctx, s, dump)
}
