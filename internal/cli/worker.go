package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type workerCommands struct {
	Run    workerCommand       `cmd:"" default:"withargs" help:"Run a worker that shares PostgreSQL and NATS with servers. The word run may be left out."`
	List   listWorkersCommand  `cmd:"" help:"List workers and the jobs that each one runs."`
	Drain  drainWorkerCommand  `cmd:"" help:"Stop a worker from taking new jobs."`
	Resume resumeWorkerCommand `cmd:"" help:"Let a drained worker take jobs again."`
}

type listWorkersCommand struct {
	output `embed:""`
	remote `embed:""`
}

// workerColumns are those of the list of workers.
var workerColumns = []column[v1.Worker]{
	{"ID", func(w v1.Worker) string { return w.ID }},
	{"HOST", func(w v1.Worker) string { return w.Host }},
	{"STATE", workerState},
	{"JOBS", func(w v1.Worker) string { return fmt.Sprintf("%d/%d", len(w.Jobs), w.Slots) }},
	{"CORES", func(w v1.Worker) string { return strconv.Itoa(w.Cores) }},
	{"MEMORY", func(w v1.Worker) string { return bytesText(w.MemoryBytes) }},
	{"FFMPEG", func(w v1.Worker) string { return w.FFmpegVersion }},
	{"SANDBOX", func(w v1.Worker) string { return w.Sandbox }},
	{"NOW", workerNow},
}

// Run lists the workers.
func (c *listWorkersCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		all, err := cl.Workers(ctx)
		if err != nil {
			return err
		}
		return printList(c.output, s.out, workerColumns, elements(all))
	})
}

func workerState(w v1.Worker) string {
	switch {
	case w.Refusal != "":
		return "refuses"
	case w.Draining && len(w.Jobs) == 0:
		return "drained"
	case w.Draining:
		return "draining"
	case len(w.Jobs) == 0:
		return "idle"
	}
	return "busy"
}

// workerNow is what a worker does, and why it takes no more.
func workerNow(w v1.Worker) string {
	var jobs []string
	if w.Refusal != "" {
		jobs = append(jobs, w.Refusal)
	}
	for _, j := range w.Jobs {
		jobs = append(jobs, fmt.Sprintf("%s %.0f%%", j.JobID, j.Percent))
	}
	return strings.Join(jobs, ", ")
}

// bytesText shows a number of bytes in the unit that fits.
func bytesText(n int64) string {
	switch {
	case n == 0:
		return ""
	case n < 1<<30:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

type drainWorkerCommand struct {
	ID     string         `arg:"" help:"Id of the worker."`
	Grace  *time.Duration `name:"grace" help:"How long running encodes may continue; default: until they finish."`
	remote `embed:""`
}

// Help says what becomes of the worker's jobs.
func (*drainWorkerCommand) Help() string {
	return "Jobs that have not begun to encode are handed back at once and start on another worker. " +
		"When the worker has no jobs left, its state is drained: it can be stopped without loss."
}

// Run drains the worker.
func (c *drainWorkerCommand) Run(ctx context.Context) error {
	var in v1.DrainWorkerRequest
	if c.Grace != nil {
		if *c.Grace < 0 || *c.Grace%time.Second != 0 {
			return &usageError{fmt.Errorf("--grace %s is not valid: it must be a whole number of seconds", *c.Grace)}
		}
		in.GraceSeconds = new(int64(*c.Grace / time.Second))
	}
	return c.with(func(cl *client.Client) error { return cl.DrainWorker(ctx, c.ID, in) })
}

type resumeWorkerCommand struct {
	ID     string `arg:"" help:"Id of the worker."`
	remote `embed:""`
}

// Run lets the worker take jobs again.
func (c *resumeWorkerCommand) Run(ctx context.Context) error {
	return c.with(func(cl *client.Client) error { return cl.ResumeWorker(ctx, c.ID) })
}
