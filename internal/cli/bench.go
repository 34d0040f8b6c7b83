package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/reelastic/reelastic/internal/app"
)

// benchCommand measures this machine.
type benchCommand struct {
	Time    time.Duration `name:"time" default:"60s" help:"How long it may take; what there is no time for is left out."`
	Codec   []string      `name:"codec" placeholder:"NAME" help:"Measure only these: H.264, vp8, vp9, mpeg2, gif, audio."`
	JSON    bool          `name:"json" help:"Print the figures as a JSON document."`
	Verbose bool          `name:"verbose" short:"v" help:"Print what the program logs."`

	app.FiguresConfig `embed:""`
	app.LocalConfig   `embed:""`
}

// Help says what is measured.
func (*benchCommand) Help() string {
	return "Samples of several sizes are transcoded to the usual codecs, as jobs are but without a sandbox. The " +
		"figures are kept, and plan uses them. Run it on an idle machine, with the --speed and --threads of the " +
		"jobs to come."
}

// Run measures.
func (c *benchCommand) Run(ctx context.Context, s streams) error {
	if err := c.Check(); err != nil {
		return &usageError{err}
	}
	if c.Time < time.Second {
		return &usageError{fmt.Errorf("--time %s must be at least 1s", c.Time)}
	}
	for _, codec := range c.Codec {
		if all := app.BenchCodecs(); !slices.Contains(all, codec) {
			return &usageError{fmt.Errorf("--codec %q must be one of %s", codec, strings.Join(all, ", "))}
		}
	}
	runner, err := app.OpenBench(ctx, c.LocalConfig, newLog(s.err, c.Verbose))
	if err != nil {
		return interrupted(ctx, err)
	}
	figures, err := runner.Bench(ctx, c.Codec, c.Time, func(name string) { fmt.Fprintf(s.err, "measuring %s\n", name) })
	if err := errors.Join(interrupted(ctx, err), runner.Close()); err != nil {
		return err
	}
	path, err := c.FiguresConfig.Write(figures)
	if err != nil {
		return fmt.Errorf("the figures can't be kept: %w", err)
	}
	if c.JSON {
		return writeDocument(s.out, figures)
	}
	printFigures(s.out, figures)
	fmt.Fprintf(s.out, "kept in %s\n", inLine(path))
	return nil
}

// printFigures prints them as a table.
func printFigures(w io.Writer, figures *app.LocalFigures) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CODEC\tSIZE\tSPEED\tPROCESSOR\tRATIO")
	for _, f := range figures.Figures {
		size, speed := "-", "-"
		if f.Width > 0 {
			size = fmt.Sprintf("%dx%d", f.Width, f.Height)
		}
		if f.Seconds > 0 {
			speed = fmt.Sprintf("%.3gx", f.MediaSeconds/f.Seconds)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.3g s for 1 s\t%.2f\n", f.Codec, size, speed,
			f.ProcessorSeconds/f.MediaSeconds, f.Ratio)
	}
	_ = table.Flush() // the next line would fail, too
	fmt.Fprintf(w, "each job takes %.2g s (%.2g s of processor time) besides\n", figures.FixedSeconds,
		figures.FixedProcessorSeconds)
}
