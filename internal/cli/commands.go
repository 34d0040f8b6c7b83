package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/reelastic/reelastic/internal/app"
	"github.com/reelastic/reelastic/internal/media"
)

type serveCommand struct {
	app.Config `embed:""`
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, s streams, file *settings) error {
	if err := c.Check(); err != nil {
		return &usageError{file.explain(err)}
	}
	return app.Serve(ctx, c.Config, c.Monitoring.Logger(s.err))
}

type workerCommand struct {
	app.Config `embed:""`
}

// Run works until ctx ends.
func (c *workerCommand) Run(ctx context.Context, s streams, file *settings) error {
	if err := c.CheckFleet(); err != nil {
		return &usageError{file.explain(err)}
	}
	return app.Work(ctx, c.Config, c.Monitoring.Logger(s.err))
}

type configCommand struct {
	app.Config `embed:""`
}

// Run prints the settings as a configuration file.
func (c *configCommand) Run(s streams, file *settings) error {
	if err := c.Check(); err != nil {
		return &usageError{file.explain(err)}
	}
	doc := yaml.Node{Kind: yaml.MappingNode}
	for _, setting := range c.Settings() {
		var key, value yaml.Node
		key.SetString(setting.Name)
		if err := value.Encode(setting.Value); err != nil {
			return err
		}
		doc.Content = append(doc.Content, &key, &value)
	}
	enc := yaml.NewEncoder(s.out)
	defer enc.Close()
	return enc.Encode(&doc)
}

type versionCommand struct {
	Caps   bool   `help:"Also print the capabilities of the installed ffmpeg."`
	FFmpeg string `name:"ffmpeg" default:"ffmpeg" help:"ffmpeg program."`
}

// Run prints the version.
func (c *versionCommand) Run(ctx context.Context, s streams) error {
	fmt.Fprintf(s.out, "reelastic %s\n", app.Version())
	if !c.Caps {
		return nil
	}
	caps, err := app.Caps(ctx, c.FFmpeg)
	if err != nil {
		return err
	}
	printCaps(s, caps)
	return nil
}

// printCaps prints a line for each thing that is there, and for each that is not
// what is done instead.
func printCaps(s streams, caps media.Caps) {
	fmt.Fprintf(s.out, "ffmpeg %s\nrelease %s\nsandbox %s\n", caps.Version, caps.Release, caps.Sandbox)
	for _, c := range caps.Codecs() {
		fmt.Fprintf(s.out, "encoder %-8s %s %s\n", c.Name, c.Encoder, yesNo(c.Here))
	}
	fmt.Fprintf(s.out, "filters HDR     zscale, tonemap %s\n", yesNo(caps.HDR()))
	fmt.Fprintf(s.out, "demuxers %s\n", strings.Join(slices.Sorted(maps.Keys(caps.Demuxers)), " "))
	for _, lack := range caps.Missing() {
		fmt.Fprintf(s.out, "missing %s: %s\n", lack.Name, lack.Instead)
	}
	if why := caps.Refusal(); why != "" {
		fmt.Fprintf(s.out, "refused %s\n", why)
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
