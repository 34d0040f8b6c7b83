package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/reelastic/reelastic/internal/app"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// The statuses of jobs and their parts.
const (
	statusComplete = string(transcode.Complete)
	statusError    = string(transcode.Errored)
)

// transcodeResult is the document of transcode --json.
type transcodeResult struct {
	// Status is Complete when all jobs are, else Error.
	Status string      `json:"status"`
	Jobs   []jobResult `json:"jobs"`
}

// jobResult is what became of one job.
type jobResult struct {
	Inputs    []string         `json:"inputs"`
	Folder    string           `json:"folder"`
	Status    string           `json:"status"`
	Seconds   float64          `json:"seconds"`
	Outputs   []outputResult   `json:"outputs"`
	Playlists []playlistResult `json:"playlists"`
}

// outputResult is what became of one output.
type outputResult struct {
	Preset   string `json:"preset"`
	PresetID string `json:"presetId"`
	Key      string `json:"key"`
	Status   string `json:"status"`
	// Fault is null for an output that is Complete.
	Fault *fault `json:"fault"`
	// Remark is what the service says of an output that is Complete all the same; "" for nothing.
	Remark         string  `json:"remark"`
	Width          int     `json:"width"`
	Height         int     `json:"height"`
	FrameRate      float64 `json:"frameRate"`
	DurationMillis int64   `json:"durationMillis"`
	// Bytes are those of the media, without thumbnails, captions and playlists.
	Bytes int64    `json:"bytes"`
	Files []string `json:"files"`
}

// playlistResult is what became of one playlist.
type playlistResult struct {
	Name   string   `json:"name"`
	Format string   `json:"format"`
	Status string   `json:"status"`
	Detail string   `json:"detail"`
	Files  []string `json:"files"`
}

// fault is why an output was not made.
type fault struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
	Advice string `json:"advice"`
}

// title is what a job is told of by.
func (j localJob) title() string {
	return strings.Join(j.inputs, " + ")
}

func jobResultOf(job localJob, done *app.LocalResult, took time.Duration) jobResult {
	r := jobResult{
		Inputs: job.inputs, Folder: job.Folder, Status: string(done.Status()),
		Seconds: took.Round(time.Millisecond).Seconds(),
		Outputs: []outputResult{}, Playlists: []playlistResult{},
	}
	for i, o := range done.Outputs {
		r.Outputs = append(r.Outputs, outputResultOf(job, done, i, o))
	}
	for i, p := range done.Playlists {
		spec := job.Spec.Playlists[i]
		r.Playlists = append(r.Playlists, playlistResult{
			Name: spec.Name, Format: string(spec.Format), Status: string(done.Result.Playlists[i].Status),
			Detail: done.Result.Playlists[i].Detail, Files: append([]string{}, p...),
		})
	}
	return r
}

func outputResultOf(job localJob, done *app.LocalResult, i int, o task.OutputResult) outputResult {
	spec := job.Spec.Outputs[i]
	told := outputResult{
		Preset: job.label(spec.Preset.ID), PresetID: spec.Preset.ID, Key: spec.Key, Status: string(o.Status),
		Width: o.Size.Width, Height: o.Size.Height, FrameRate: rateOf(o.FrameRate),
		DurationMillis: o.Duration.Round(time.Millisecond).Milliseconds(), Bytes: o.FileSizeBytes,
		Files: append([]string{}, done.Files[i]...),
	}
	if f := done.Failures[i]; f != nil {
		told.Fault = &fault{Code: f.Code, Reason: f.Text, Advice: f.Advice}
	} else {
		told.Remark = o.Detail
	}
	return told
}

// label is what a preset of the job was called by.
func (j localJob) label(id string) string {
	at := slices.IndexFunc(j.presets, func(p namedPreset) bool { return *p.doc.Id == id })
	return j.presets[at].label
}

// rateOf is a frame rate as a number; 0 without.
func rateOf(r media.Rational) float64 {
	if r.IsZero() {
		return 0
	}
	return r.Float()
}

// add takes in the result of a job.
func (t *transcodeResult) add(j jobResult) {
	t.Jobs = append(t.Jobs, j)
	if j.Status != statusComplete {
		t.Status = statusError
	}
}

func (t *transcodeResult) write(w io.Writer) error { return writeDocument(w, t) }

// print tells people what a job has made, and where it is.
func (j jobResult) print(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	files, bytes := 0, int64(0)
	for _, o := range j.Outputs {
		for _, path := range o.Files {
			if info, err := os.Stat(path); err == nil {
				files, bytes = files+1, bytes+info.Size()
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", inLine(o.Key), inLine(o.Status), o.figures())
	}
	for _, p := range j.Playlists {
		name := p.Name
		if len(p.Files) > 0 {
			name = filepath.Base(p.Files[len(p.Files)-1])
		}
		fmt.Fprintf(table, "%s\t%s\t%s playlist\n", inLine(name), p.Status, p.Format)
		files += len(p.Files)
	}
	_ = table.Flush() // the last line would fail, too
	if files > 0 {
		fmt.Fprintf(w, "%s, %s, in %s after %s\n", counted(files, "file"), sizeText(bytes), inLine(j.Folder),
			durationText(seconds(j.Seconds)))
	}
}

// figures are what people want to know of an output, in one cell.
func (o outputResult) figures() string {
	if o.Fault != nil {
		return fmt.Sprintf("error %d", o.Fault.Code)
	}
	var all []string
	if o.Width > 0 {
		all = append(all, fmt.Sprintf("%dx%d", o.Width, o.Height), fmt.Sprintf("%.4g fps", o.FrameRate))
	}
	all = append(all, durationText(time.Duration(o.DurationMillis)*time.Millisecond), sizeText(o.Bytes))
	if n := len(o.Files); n > 1 {
		all = append(all, counted(n, "file"))
	}
	if o.Remark != "" {
		all = append(all, inLine(o.Remark))
	}
	return strings.Join(all, ", ")
}

// printFaults tells last why something was not made, and what to do.
func (t *transcodeResult) printFaults(w io.Writer) {
	for _, j := range t.Jobs {
		for _, o := range j.Outputs {
			if o.Fault != nil {
				fmt.Fprintf(w, "\n%s: error %d: %s\n%s\n", inLine(o.Key), o.Fault.Code, inLine(o.Fault.Reason),
					inLine(o.Fault.Advice))
			}
		}
		for _, p := range j.Playlists {
			if p.Status != statusComplete {
				fmt.Fprintf(w, "\nplaylist %s: %s\n", inLine(p.Name), inLine(p.Detail))
			}
		}
	}
}

// counted is a number of things of that name.
func counted(n int, name string) string {
	if n == 1 {
		return "1 " + name
	}
	return fmt.Sprintf("%d %ss", n, name)
}

// sizeText is a number of bytes for people.
func sizeText(bytes int64) string {
	value, units := float64(bytes), []string{"B", "kB", "MB", "GB", "TB"}
	for value >= 999.5 && len(units) > 1 {
		value, units = value/1000, units[1:]
	}
	if value >= 99.5 || units[0] == "B" {
		return fmt.Sprintf("%.0f %s", value, units[0])
	}
	return fmt.Sprintf("%.1f %s", value, units[0])
}

// durationText is a length for people.
func durationText(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60)
}
