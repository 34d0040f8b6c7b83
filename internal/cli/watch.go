package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/mattn/go-isatty"

	"github.com/reelastic/reelastic/client"
)

type jobCommands struct {
	Watch      watchCommand         `cmd:"" help:"Show a job's progress to its end; exit status 3 unless Complete."`
	Search     searchJobsCommand    `cmd:"" help:"List jobs, the newest first."`
	Waiting    waitingCommand       `cmd:"" help:"List waiting jobs, and why each waits."`
	Cancel     cancelJobCommand     `cmd:"" help:"Cancel jobs, even running ones."`
	Retry      retryJobCommand      `cmd:"" help:"Submit jobs in Error or Canceled again."`
	Prioritize prioritizeJobCommand `cmd:"" help:"Change the priority of waiting jobs."`
	GivenUp    givenUpCommand       `cmd:"" help:"List jobs that ended with 9999: their attempts are used up."`
}

type watchCommand struct {
	ID     string `arg:"" help:"Id of the job."`
	remote `embed:""`
}

var jobID = regexp.MustCompile(`^\d{13}-\w{6}$`)

// checkJobID refuses what can't be the id of a job.
func checkJobID(id string) error {
	if jobID.MatchString(id) {
		return nil
	}
	return &usageError{fmt.Errorf("job id %q is not valid: it must be 13 digits, a hyphen and 6 characters", id)}
}

// Run shows the job until it ends.
func (c *watchCommand) Run(ctx context.Context, s streams) error {
	if err := checkJobID(c.ID); err != nil {
		return err
	}
	cl, err := c.open()
	if err != nil {
		return err
	}
	defer cl.CloseIdleConnections()
	view := newView(s.out)
	for p, err := range cl.Watch(ctx, c.ID) {
		if err != nil {
			view.close()
			return err
		}
		view.show(p)
	}
	view.close()
	return c.report(ctx, cl, s)
}

// report says how the job ended, and why where it failed.
func (c *watchCommand) report(ctx context.Context, cl *client.Client, s streams) error {
	job, err := cl.WaitJob(ctx, c.ID)
	failed, ok := errors.AsType[*client.JobError](err)
	if err != nil && !ok {
		return err
	}
	fmt.Fprintf(s.out, "job %s: %s\n", c.ID, inLine(*job.Status))
	if !ok {
		return nil
	}
	for _, o := range failed.Outputs {
		if o.Detail != "" {
			fmt.Fprintf(s.out, "output %s (%s): %s: %s\n", inLine(o.ID), inLine(o.Key), inLine(o.Status),
				inLine(o.Detail))
		}
	}
	return errJobFailed
}

// isTerminal reports whether w shows bars.
func isTerminal(w io.Writer) bool {
	f, ok := rawOf(w).(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
