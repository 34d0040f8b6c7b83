package cli

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/app"
)

// planResult is the document of plan --json.
type planResult struct {
	Jobs []plannedJob `json:"jobs"`
	// Cost is that of all jobs, one after the other.
	Cost app.LocalCost `json:"cost"`
	// Price is null without prices.
	Price *price `json:"price"`
	// Comparison is null without a job to compare with.
	Comparison *comparison `json:"comparison"`
}

// plannedJob is what one job would do.
type plannedJob struct {
	Folder string            `json:"folder"`
	Plan   app.LocalForecast `json:"plan"`

	presets map[string]string // labels by id
}

// price is what all jobs would cost, in the unit of the prices.
type price struct {
	Processor float64 `json:"processor"`
	Results   float64 `json:"results"`
	Total     float64 `json:"total"`
}

func (r *planResult) add(job localJob, forecast *app.LocalForecast) {
	planned := plannedJob{Folder: job.Folder, Plan: *forecast, presets: map[string]string{}}
	for _, p := range job.presets {
		planned.presets[*p.doc.Id] = p.label
	}
	if len(r.Jobs) == 0 {
		r.Cost = forecast.Cost
	} else {
		r.Cost = r.Cost.Add(forecast.Cost)
	}
	r.Jobs = append(r.Jobs, planned)
}

// price adds what it costs, where there are prices.
func (r *planResult) price(coreHour, gigabyte float64) {
	if coreHour == 0 && gigabyte == 0 {
		return
	}
	p := &price{
		Processor: r.Cost.ProcessorSeconds / 3600 * coreHour, Results: float64(r.Cost.Bytes) / 1e9 * gigabyte,
	}
	p.Total = p.Processor + p.Results
	for _, sum := range []*float64{&p.Processor, &p.Results, &p.Total} {
		const millionths = 1e6
		*sum = math.Round(*sum*millionths) / millionths
	}
	r.Price = p
}

// faulty reports whether something can't be made.
func (r *planResult) faulty() bool {
	for _, j := range r.Jobs {
		for _, o := range j.Plan.Outputs {
			if o.Fault != nil {
				return true
			}
		}
	}
	return false
}

// print tells the plan to people.
func (r *planResult) print(w io.Writer) {
	for _, j := range r.Jobs {
		j.print(w)
	}
	c := r.Cost
	fmt.Fprintf(w, "Expected: %s, %s of processor time, %s\n", durationText(seconds(c.Seconds)),
		durationText(seconds(c.ProcessorSeconds)), sizeText(c.Bytes))
	if r.Price != nil {
		fmt.Fprintf(w, "Price: %.4g for processors, %.4g for results, %.4g in all\n", r.Price.Processor,
			r.Price.Results, r.Price.Total)
	}
	if r.Comparison != nil {
		r.Comparison.print(w)
	}
	if !c.Calibrated {
		fmt.Fprintln(w, "This machine was not measured: \"reelastic bench\" does it in a minute.")
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (j plannedJob) print(w io.Writer) {
	for i, in := range j.Plan.Inputs {
		fmt.Fprintf(w, "Input in%d: %s\n    %s\n", i, inLine(in.File), inLine(described(
			in.Container, sizeAndRate(in.Width, in.Height, in.FrameRate), in.VideoCodec, in.AudioCodec,
			length(in.DurationMillis), sizeText(in.Bytes))))
	}
	for i := range j.Plan.Outputs {
		j.printOutput(w, &j.Plan.Outputs[i])
	}
	for _, p := range j.Plan.Playlists {
		fmt.Fprintf(w, "Playlist %s (%s)\n    files  %s\n", inLine(p.Name), p.Format, inLine(fileNames(p.Files)))
	}
	for _, s := range j.Plan.Steps {
		needs := ""
		if len(s.Needs) > 0 {
			needs = ", after " + strings.Join(s.Needs, ", ")
		}
		fmt.Fprintf(w, "Step %s: %s, %s%s\n    %s\n", s.Name, counted(s.Threads, "thread"), sizeText(s.MemoryBytes),
			needs, inLine(shellLine(s.Command)))
	}
}

func (j plannedJob) printOutput(w io.Writer, o *app.OutputForecast) {
	fmt.Fprintf(w, "Output %s (%s)\n", inLine(o.Key), inLine(j.presets[o.PresetID]))
	if o.Fault != nil {
		fmt.Fprintf(w, "    error %d: %s\n    %s\n", o.Fault.Code, inLine(o.Fault.Reason), inLine(o.Fault.Advice))
		return
	}
	line := func(name string, facts ...string) {
		if text := described(facts...); text != "" {
			fmt.Fprintf(w, "    %-6s %s\n", name, inLine(text))
		}
	}
	if v := o.Video; v != nil {
		line("video", v.Codec, sizeAndRate(v.Width, v.Height, v.FrameRate), kilobits(v.KilobitsPerSecond, v.Estimated))
	}
	if a := o.Audio; a != nil {
		line("audio", a.Codec, fmt.Sprintf("%d Hz", a.SampleRate), counted(a.Channels, "channel"),
			kilobits(a.KilobitsPerSecond, a.Estimated))
	}
	segments, thumbnails := "", ""
	if o.Segments > 0 {
		segments = fmt.Sprintf("%s of %g s", counted(o.Segments, "segment"), o.SegmentSeconds)
	}
	if o.Thumbnails > 0 {
		thumbnails = counted(o.Thumbnails, "thumbnail")
	}
	line("length", length(o.DurationMillis), "about "+sizeText(o.Bytes), segments, thumbnails)
	line("note", o.Remark)
	line("files", fileNames(o.Files))
}

// described are facts with commas between them; what is "" is left out.
func described(facts ...string) string {
	var all []string
	for _, f := range facts {
		if f != "" {
			all = append(all, f)
		}
	}
	return strings.Join(all, ", ")
}

func sizeAndRate(width, height int, rate float64) string {
	if width == 0 {
		return ""
	}
	return fmt.Sprintf("%dx%d, %.4g fps", width, height, rate)
}

func length(millis int64) string {
	if millis == 0 {
		return "unknown length"
	}
	return durationText(time.Duration(millis) * time.Millisecond)
}

func kilobits(rate int, estimated bool) string {
	if estimated {
		return fmt.Sprintf("about %d kb/s", rate)
	}
	return fmt.Sprintf("%d kb/s", rate)
}

// fileNames are the names of files, of which many are told by the first and the last.
func fileNames(paths []string) string {
	const most = 6
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	if n := len(names); n > most {
		names = []string{names[0], names[1], "...", names[n-2], names[n-1], fmt.Sprintf("(%d)", n)}
		return strings.Join(names, " ")
	}
	return strings.Join(names, " ")
}

// plainWords are what a shell takes as it is.
const plainWords = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./%@"

// shellLine is a command line as a shell reads it.
func shellLine(words []string) string {
	var quoted []string
	for _, word := range words {
		if word == "" || strings.Trim(word, plainWords) != "" {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		quoted = append(quoted, word)
	}
	return strings.Join(quoted, " ")
}
