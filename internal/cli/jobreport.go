package cli

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

// jobReport is a job as people are told of it.
type jobReport struct {
	job *api.Job
	// bucket is where the results are; "" where that is not known.
	bucket string
}

// newJobReport asks for the pipeline of a job, too, which not everybody may read.
func newJobReport(ctx context.Context, cl *client.Client, job *api.Job) jobReport {
	r := jobReport{job: job}
	found, err := cl.ReadPipeline(ctx, &api.ReadPipelineRequest{Id: job.PipelineId})
	if err != nil || found.Pipeline == nil {
		return r
	}
	r.bucket = textOf(found.Pipeline.OutputBucket)
	if c := found.Pipeline.ContentConfig; r.bucket == "" && c != nil {
		r.bucket = textOf(c.Bucket)
	}
	return r
}

// print tells what became of a job, and last why something was not made, and what to do.
func (r jobReport) print(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	made, bytes := 0, int64(0)
	for _, o := range r.job.Outputs {
		fmt.Fprintf(table, "%s\t%s\t%s\n", inLine(textOf(o.Key)), textOf(o.Status), cell(outputFigures(o)))
		if textOf(o.Status) == client.JobComplete && o.FileSize != nil {
			made, bytes = made+1, bytes+*o.FileSize
		}
	}
	for _, p := range r.job.Playlists {
		fmt.Fprintf(table, "%s\t%s\t%s playlist\n", inLine(textOf(p.Name)), textOf(p.Status), textOf(p.Format))
	}
	_ = table.Flush() // the last line would fail, too
	fmt.Fprintf(w, "job %s: %s\n", textOf(r.job.Id), textOf(r.job.Status))
	if made > 0 {
		fmt.Fprintf(w, "%s, %s%s\n", counted(made, "output"), sizeText(bytes), r.place())
	}
	r.printFaults(w)
}

// place says where the results are.
func (r jobReport) place() string {
	if r.bucket == "" {
		return ""
	}
	return ", in " + inLine("s3://"+r.bucket+"/"+textOf(r.job.OutputKeyPrefix))
}

func (r jobReport) printFaults(w io.Writer) {
	for _, o := range r.job.Outputs {
		if textOf(o.Status) == client.JobFailed {
			printFault(w, textOf(o.Key), textOf(o.StatusDetail))
		}
	}
	for _, p := range r.job.Playlists {
		if textOf(p.Status) == client.JobFailed {
			printFault(w, "playlist "+textOf(p.Name), textOf(p.StatusDetail))
		}
	}
}

// statusDetail is a detail with a code: "4000 REFERENCE: SENTENCE. ADVICE".
var statusDetail = regexp.MustCompile(`^(\d{4})(?: [0-9a-f-]{36})?:? (.*)$`)

// printFault tells why something was not made, and on a line of its own what to do.
func printFault(w io.Writer, name, detail string) {
	found := statusDetail.FindStringSubmatch(detail)
	if found == nil {
		fmt.Fprintf(w, "\n%s: %s\n", inLine(name), inLine(detail))
		return
	}
	reason, advice, advised := strings.Cut(found[2], ". ")
	if advised {
		reason, advice = reason+".", inLine(advice)+"\n"
	}
	fmt.Fprintf(w, "\n%s: error %s: %s\n%s", inLine(name), found[1], inLine(reason), advice)
}

// outputFigures are what people want to know of an output, in one cell.
func outputFigures(o api.JobOutput) string {
	if textOf(o.Status) == client.JobFailed {
		if found := statusDetail.FindStringSubmatch(textOf(o.StatusDetail)); found != nil {
			return "error " + found[1]
		}
	}
	var all []string
	if o.Width != nil && o.Height != nil {
		all = append(all, fmt.Sprintf("%dx%d", *o.Width, *o.Height))
	}
	if rate, err := strconv.ParseFloat(textOf(o.FrameRate), 64); err == nil {
		all = append(all, fmt.Sprintf("%.4g fps", rate))
	}
	if o.DurationMillis != nil {
		all = append(all, durationText(time.Duration(*o.DurationMillis)*time.Millisecond))
	}
	if o.FileSize != nil {
		all = append(all, sizeText(*o.FileSize))
	}
	if detail := textOf(o.StatusDetail); detail != "" {
		all = append(all, detail)
	}
	return strings.Join(all, ", ")
}
