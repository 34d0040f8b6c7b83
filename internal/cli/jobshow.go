package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type showJobCommand struct {
	oneJob `embed:""`
	output `embed:""`
	remote `embed:""`
}

// Help says what the document is.
func (*showJobCommand) Help() string {
	return "With --output json it is the document of ReadJob, on one line."
}

// Run shows the job.
func (c *showJobCommand) Run(ctx context.Context, s streams) error {
	if err := checkJobID(c.ID); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		read, err := cl.ReadJob(ctx, &api.ReadJobRequest{Id: &c.ID})
		if err != nil {
			return err
		}
		if err := printOne(c.output, s.out, read.Job, jobFacts(read.Job)); err != nil || c.Output == "json" {
			return err
		}
		fmt.Fprintln(s.out)
		newJobReport(ctx, cl, read.Job).print(s.out)
		return nil
	})
}

// jobFacts are the lines of a job, without its outputs.
func jobFacts(j *api.Job) []fact {
	all := []fact{{"ID", textOf(j.Id)}, {"pipeline", textOf(j.PipelineId)}, {"status", textOf(j.Status)}}
	if t := j.Timing; t != nil {
		for _, at := range []struct {
			name   string
			millis *int64
		}{{"submitted", t.SubmitTimeMillis}, {"started", t.StartTimeMillis}, {"finished", t.FinishTimeMillis}} {
			if at.millis != nil {
				all = append(all, fact{at.name, moment(time.UnixMilli(*at.millis))})
			}
		}
	}
	for _, in := range j.Inputs {
		all = append(all, fact{"input", textOf(in.Key)})
	}
	if prefix := textOf(j.OutputKeyPrefix); prefix != "" {
		all = append(all, fact{"output key prefix", prefix})
	}
	for _, pair := range factsOf(j.UserMetadata) {
		all = append(all, fact{"metadata " + pair.name, pair.value})
	}
	return all
}

type jobLogsCommand struct {
	oneJob `embed:""`
	output `embed:""`
	remote `embed:""`
}

// Run shows what is kept of the job's attempts.
func (c *jobLogsCommand) Run(ctx context.Context, s streams) error {
	if err := checkJobID(c.ID); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		log, err := cl.JobLog(ctx, c.ID)
		if err != nil {
			return err
		}
		return printOne(c.output, s.out, log, logFacts(log))
	})
}

// logFacts are the lines of a job's log.
func logFacts(l *v1.JobLog) []fact {
	all := []fact{
		{"job", l.JobID}, {"status", l.Status}, {"attempts", strconv.Itoa(l.Attempts)},
		{"workers", strings.Join(l.Workers, ", ")}, {"last error", l.LastError},
	}
	for _, line := range l.FFmpegTail {
		all = append(all, fact{"ffmpeg", line})
	}
	return all
}
