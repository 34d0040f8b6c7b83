package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/app"
	"github.com/reelastic/reelastic/internal/transcode"
)

// planCommand shows what would be done.
type planCommand struct {
	jobOptions `embed:""`
	Job        string  `name:"job" placeholder:"FILE" help:"Plan a request of CreateJob in JSON; presets of its own are given with --preset."`
	Bucket     string  `name:"bucket" placeholder:"DIR" default:"." help:"Folder in which the keys of --job are files."`
	Folder     string  `name:"folder" aliases:"output" short:"o" placeholder:"DIR" default:"." help:"Folder of the results."`
	CorePrice  float64 `name:"price-core-hour" help:"What an hour of a processor core costs."`
	BytePrice  float64 `name:"price-gb" help:"What a gigabyte of results costs."`
	Compare    string  `name:"compare" placeholder:"JOB" help:"Put the time and bytes that this job of a server took beside the estimate."`
	JSON       bool    `name:"json" help:"Print the plan as a JSON document."`
	Verbose    bool    `name:"verbose" short:"v" help:"Print what the program logs."`

	app.FiguresConfig `embed:""`
	app.LocalConfig   `embed:""`
	remote            `embed:""`
}

// Help says what the figures are worth.
func (*planCommand) Help() string {
	return "The inputs are read, and nothing is made. Times and bytes are estimates: they are those of this machine " +
		"when reelastic bench has measured it, and films differ by a factor of two. Inputs and options are those of " +
		"transcode."
}

// Run plans.
func (c *planCommand) Run(ctx context.Context, s streams) error {
	if err := c.Check(); err != nil {
		return &usageError{err}
	}
	if c.CorePrice < 0 || c.BytePrice < 0 {
		return &usageError{errors.New("--price-core-hour and --price-gb must be 0 or more")}
	}
	jobs, err := c.planned()
	if err != nil {
		return &usageError{err}
	}
	if err := c.checkCompare(jobs); err != nil {
		return err
	}
	figures, err := c.FiguresConfig.Read()
	if err != nil {
		return &usageError{err}
	}
	var files []string
	for _, job := range jobs {
		files = append(files, job.inputs...)
	}
	planner, err := app.OpenPlanner(ctx, c.LocalConfig, files, newLog(s.err, c.Verbose))
	if err != nil {
		return interrupted(ctx, err)
	}
	result := planResult{Jobs: []plannedJob{}}
	for _, job := range jobs {
		forecast, failed := planner.Plan(ctx, job.LocalJob, figures)
		if err = failed; err != nil {
			break
		}
		result.add(job, forecast)
	}
	if err := errors.Join(interrupted(ctx, err), planner.Close()); err != nil {
		return err
	}
	if c.Compare != "" {
		if err := comparePlan(ctx, c.remote, c.Compare, &result); err != nil {
			return err
		}
	}
	return c.tell(&result, s)
}

// checkCompare refuses a comparison that can't be made.
func (c *planCommand) checkCompare(jobs []localJob) error {
	if c.Compare == "" {
		return nil
	}
	if len(jobs) > 1 {
		return &usageError{errSeveralPlans}
	}
	return checkJobID(c.Compare)
}

// tell prints the plan. One in which something can't be made has a status of its own.
func (c *planCommand) tell(result *planResult, s streams) error {
	result.price(c.CorePrice, c.BytePrice)
	if c.JSON {
		if err := writeDocument(s.out, result); err != nil {
			return err
		}
	} else {
		result.print(s.out)
	}
	if result.faulty() {
		return errJobFailed
	}
	return nil
}

// planned are the jobs to plan: those of the options, or that of a file.
func (c *planCommand) planned() ([]localJob, error) {
	if c.Job == "" {
		return c.jobs(c.Folder)
	}
	if len(c.jobOptions.Inputs) > 0 {
		return nil, errors.New("--job names its inputs itself: give none beside it")
	}
	text, err := os.ReadFile(c.Job)
	if err != nil {
		return nil, fmt.Errorf("--job: %w", err)
	}
	var request api.CreateJobRequest
	if err := decodeStrictly(text, &request); err != nil {
		return nil, fmt.Errorf("--job %q: %w", c.Job, err)
	}
	presets, err := c.requestPresets(&request)
	if err != nil {
		return nil, err
	}
	job, err := newLocalJob(&request, presets)
	if err != nil {
		return nil, fmt.Errorf("--job %q: %w", c.Job, err)
	}
	return []localJob{job}, c.locate(&job)
}

// requestPresets are the presets that a request names: system presets, and those of files by
// the ids in them.
func (c *planCommand) requestPresets(request *api.CreateJobRequest) ([]namedPreset, error) {
	own, err := findPresets(c.Preset)
	if err != nil {
		return nil, err
	}
	var all []namedPreset
	for _, id := range transcode.PresetIDs(request) {
		named := func(p namedPreset) bool { return *p.doc.Id == id }
		if slices.ContainsFunc(all, named) {
			continue
		}
		if at := slices.IndexFunc(own, named); at >= 0 {
			all = append(all, own[at])
			continue
		}
		p, err := findPreset(id, id)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// locate says which files the keys of a job are.
func (c *planCommand) locate(job *localJob) error {
	job.Folder, job.Sources = c.Folder, map[string]string{}
	add := func(key string) { job.Sources[key] = filepath.Join(c.Bucket, filepath.FromSlash(key)) }
	for _, in := range job.Spec.Inputs {
		add(in.Key)
		job.inputs = append(job.inputs, job.Sources[in.Key])
		if err := readable("input", job.Sources[in.Key]); err != nil {
			return err
		}
	}
	for _, image := range job.Spec.Images {
		add(image.Key)
	}
	for _, file := range job.Spec.CaptionFiles {
		add(file.Key)
	}
	return nil
}
