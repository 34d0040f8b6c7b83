package cli

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/reelastic/reelastic/internal/app"
)

// doctorCommand looks at an installation.
type doctorCommand struct {
	JSON             bool `name:"json" help:"Print what is found as a JSON document."`
	Verbose          bool `name:"verbose" short:"v" help:"Print what the program logs."`
	app.DoctorConfig `embed:""`
	app.Config       `embed:""`
}

// Help says what it is for.
func (*doctorCommand) Help() string {
	return "Looks at the settings, ffmpeg, the sandbox, disks, database, queue, buckets, the public address and the " +
		"clock, with the settings of the server: give it the same flags, environment and --config. Each line says " +
		"what was found, and what to do. Nothing is changed; an object is put into each bucket and removed again. " +
		"The exit status is 1 when something is wrong."
}

// diagnosis is the document of doctor --json.
type diagnosis struct {
	// OK is false when a finding is a fault.
	OK       bool          `json:"ok"`
	Findings []app.Finding `json:"findings"`
}

// Run looks, and prints what is found at once.
func (c *doctorCommand) Run(ctx context.Context, s streams) error {
	found := diagnosis{OK: true}
	faults := 0
	app.Examine(ctx, c.Config, c.DoctorConfig, newLog(s.err, c.Verbose), func(f app.Finding) {
		found.Findings = append(found.Findings, f)
		if f.State == app.FindingFault {
			faults++
		}
		if !c.JSON {
			printFinding(s, f)
		}
	})
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	found.OK = faults == 0
	if c.JSON {
		if err := writeDocument(s.out, found); err != nil {
			return err
		}
	}
	if faults > 0 {
		return fmt.Errorf("%s: see the lines that begin with %s", counted(faults, "fault"), app.FindingFault)
	}
	return nil
}

func printFinding(s streams, f app.Finding) {
	head := fmt.Sprintf("%-5s  %-10s  ", f.State, inLine(f.Check))
	text := inLine(f.Detail)
	if f.Advice != "" {
		text += ". " + inLine(f.Advice)
	}
	fmt.Fprintln(s.out, head+wrapped(text, utf8.RuneCountInString(head), columnsOf(s)))
}
