package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/mattn/go-isatty"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

type jobCommands struct {
	Create     createJobCommand     `cmd:"" help:"Submit a job and, with --wait, show its progress to its end."`
	List       listJobsCommand      `cmd:"" help:"List jobs, the newest first, by words and filters."`
	Show       showJobCommand       `cmd:"" help:"Show a job and what became of its outputs."`
	Watch      watchCommand         `cmd:"" help:"Show a job's progress to its end; exit status 3 unless Complete."`
	Logs       jobLogsCommand       `cmd:"" help:"Show a job's attempts, and what ffmpeg said last when a step failed."`
	Waiting    waitingCommand       `cmd:"" help:"List waiting jobs, and why each waits."`
	Cancel     cancelJobCommand     `cmd:"" help:"Cancel jobs, even running ones."`
	Retry      retryJobCommand      `cmd:"" help:"Submit jobs in Error or Canceled again."`
	Prioritize prioritizeJobCommand `cmd:"" help:"Change the priority of waiting jobs."`
	GivenUp    givenUpCommand       `cmd:"" help:"List jobs that ended with 9999: their attempts are used up."`
}

var jobID = regexp.MustCompile(`^\d{13}-\w{6}$`)

// checkJobID refuses what can't be the id of a job.
func checkJobID(id string) error {
	if jobID.MatchString(id) {
		return nil
	}
	return &usageError{fmt.Errorf("job id %q is not valid: it must be 13 digits, a hyphen and 6 characters", id)}
}

// oneJob is the job that a command is about.
type oneJob struct {
	ID string `arg:"" name:"id" help:"Id of the job."`
}

type watchCommand struct {
	oneJob `embed:""`
	output `embed:""`
	remote `embed:""`
}

// Run shows the job until it ends.
func (c *watchCommand) Run(ctx context.Context, s streams) error {
	if err := checkJobID(c.ID); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error { return follow(ctx, cl, s, c.ID, c.output) })
}

// follow shows the progress of a job until it has ended, then what became of it.
func follow(ctx context.Context, cl *client.Client, s streams, id string, o output) error {
	if err := showProgress(ctx, cl, s.err, id); err != nil {
		return leftAlone(ctx, id, err)
	}
	job, err := cl.WaitJob(ctx, id)
	if _, failed := errors.AsType[*client.JobError](err); err != nil && !failed {
		return leftAlone(ctx, id, err)
	}
	if o.Output == "json" {
		if err := printDocuments(s.out, elements([]*api.Job{job})); err != nil {
			return err
		}
	} else {
		newJobReport(ctx, cl, job).print(s.out)
	}
	if textOf(job.Status) != client.JobComplete {
		return errJobFailed
	}
	return nil
}

// showProgress shows how far a job is until it has ended.
func showProgress(ctx context.Context, cl *client.Client, w io.Writer, id string) error {
	view := newView(w)
	defer view.close()
	for p, err := range cl.Watch(ctx, id) {
		if err != nil {
			return err
		}
		view.show(p)
	}
	return nil
}

// leftAlone says of a watch that was interrupted what becomes of the job.
func leftAlone(ctx context.Context, id string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the job %s goes on", id)
	}
	return err
}

// isTerminal reports whether w shows bars.
func isTerminal(w io.Writer) bool {
	f, ok := rawOf(w).(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
