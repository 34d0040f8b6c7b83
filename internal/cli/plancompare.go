package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

// comparison is what was expected of a job, beside what it took.
type comparison struct {
	JobID   string       `json:"jobId"`
	Seconds comparedPair `json:"seconds"`
	Bytes   comparedPair `json:"bytes"`
}

// comparedPair is an estimate and what was.
type comparedPair struct {
	Expected float64 `json:"expected"`
	Actual   float64 `json:"actual"`
}

// comparePlan reads a job that is Complete, and puts what it took beside the plan.
func comparePlan(ctx context.Context, r remote, id string, result *planResult) error {
	return r.with(func(cl *client.Client) error {
		read, err := cl.ReadJob(ctx, &api.ReadJobRequest{Id: &id})
		if err != nil {
			return err
		}
		j := read.Job
		if textOf(j.Status) != client.JobComplete || j.Timing == nil || j.Timing.StartTimeMillis == nil ||
			j.Timing.FinishTimeMillis == nil {
			return fmt.Errorf("--compare: the job %s is %s; only one that is Complete can be compared", id,
				inLine(textOf(j.Status)))
		}
		took := time.Duration(*j.Timing.FinishTimeMillis-*j.Timing.StartTimeMillis) * time.Millisecond
		bytes := int64(0)
		for _, o := range j.Outputs {
			if o.FileSize != nil {
				bytes += *o.FileSize
			}
		}
		result.Comparison = &comparison{
			JobID:   id,
			Seconds: comparedPair{result.Cost.Seconds, took.Seconds()},
			Bytes:   comparedPair{float64(result.Cost.Bytes), float64(bytes)},
		}
		return nil
	})
}

func (c *comparison) print(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "JOB %s\tEXPECTED\tWAS\tDIFFERENCE\n", c.JobID)
	fmt.Fprintf(table, "time\t%s\t%s\t%s\n", durationText(seconds(c.Seconds.Expected)),
		durationText(seconds(c.Seconds.Actual)), c.Seconds.difference())
	fmt.Fprintf(table, "results\t%s\t%s\t%s\n", sizeText(int64(c.Bytes.Expected)), sizeText(int64(c.Bytes.Actual)),
		c.Bytes.difference())
	_ = table.Flush() // the plan before it would have failed, too
}

// difference is by how much the estimate was off, in percent of what was.
func (p comparedPair) difference() string {
	if p.Actual == 0 {
		return "-"
	}
	return fmt.Sprintf("%+.0f %%", (p.Expected-p.Actual)/p.Actual*100)
}

// errSeveralPlans refuses a comparison with more than one job.
var errSeveralPlans = errors.New("--compare is for one input: a job is compared with one plan")
