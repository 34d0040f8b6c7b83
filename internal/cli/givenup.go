package cli

import (
	"context"
	"strconv"
	"strings"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type givenUpCommand struct {
	output `embed:""`
	remote `embed:""`
}

// givenUpColumns are those of the list of given-up jobs.
var givenUpColumns = []column[v1.GivenUpJob]{
	{"JOB", func(j v1.GivenUpJob) string { return j.JobID }},
	{"PIPELINE", func(j v1.GivenUpJob) string { return j.PipelineID }},
	{"GIVEN UP", func(j v1.GivenUpJob) string { return moment(j.GivenUp) }},
	{"ATTEMPTS", func(j v1.GivenUpJob) string { return strconv.Itoa(j.Attempts) }},
	{"WORKERS", func(j v1.GivenUpJob) string { return strings.Join(j.Workers, ", ") }},
	{"LAST ERROR", func(j v1.GivenUpJob) string { return j.LastError }},
	{"FFMPEG", func(j v1.GivenUpJob) string { return strings.Join(j.FFmpegTail[max(0, len(j.FFmpegTail)-1):], "") }},
}

// Help says what the table leaves out.
func (*givenUpCommand) Help() string {
	return "The table has the last line of ffmpeg. With --output json a job has all of its last lines."
}

// Run prints the jobs that were given up, the newest first.
func (c *givenUpCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		return printList(c.output, s.out, givenUpColumns, cl.GivenUpJobs(ctx))
	})
}
