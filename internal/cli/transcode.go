package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/app"
	"github.com/reelastic/reelastic/internal/task"
)

// transcodeCommand does jobs on this machine.
type transcodeCommand struct {
	jobOptions `embed:""`
	Folder     string `name:"folder" aliases:"output" short:"o" required:"" placeholder:"DIR" help:"Folder of the results."`
	JSON       bool   `name:"json" help:"Print the result as a JSON document."`
	Verbose    bool   `name:"verbose" short:"v" help:"Print what the program logs."`

	app.LocalConfig `embed:""`
}

// Help says what happens where.
func (*transcodeCommand) Help() string {
	return "The files of an input go to DIR, and are called after it and the preset: film-web.mp4. Of several " +
		"inputs, each has a folder of its own in DIR. Nothing is in DIR before all of an input is done. No server " +
		"is needed.\n\nExamples:\n\n" +
		"  reelastic transcode film.mov -p web -p mp3-192k -o out\n\n" +
		"  reelastic transcode film.mov -p hls-2m,hls-1m,hls-400k --playlist hls -o out\n\n" +
		"  reelastic transcode 'a.mov#t=10,20' b.mov --join -p web -o out"
}

// Run transcodes.
func (c *transcodeCommand) Run(ctx context.Context, s streams) error {
	if err := c.Check(); err != nil {
		return &usageError{err}
	}
	jobs, err := c.jobs(c.Folder)
	if err != nil {
		return &usageError{err}
	}
	runner, err := app.OpenLocal(ctx, c.LocalConfig, c.Folder, newLog(s.err, c.Verbose))
	if err != nil {
		return interrupted(ctx, err)
	}
	var result transcodeResult
	err = c.runAll(ctx, runner, jobs, &result, s)
	if err := errors.Join(interrupted(ctx, err), runner.Close()); err != nil {
		return err
	}
	if result.Status != statusComplete {
		return errJobFailed
	}
	return nil
}

// newLog writes to w, or nowhere.
func newLog(w io.Writer, verbose bool) *slog.Logger {
	if verbose {
		return slog.New(slog.NewTextHandler(w, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// interrupted says so in plain words where an error is the end of the context.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted; no file is half-written")
	}
	return err
}

// runAll does one job after the other, and tells what came of each. Results of jobs before
// an error stay, and are told.
func (c *transcodeCommand) runAll(ctx context.Context, runner *app.LocalRunner, jobs []localJob,
	result *transcodeResult, s streams) error {
	result.Status = statusComplete
	for i, job := range jobs {
		if len(jobs) > 1 {
			fmt.Fprintf(s.err, "%s (%d of %d)\n", inLine(job.title()), i+1, len(jobs))
		}
		began, view := time.Now(), newView(s.err)
		done, err := runner.Run(ctx, job.LocalJob, func(p task.Progress) { view.show(progressOf(p)) })
		view.close()
		if err != nil {
			if c.JSON && i > 0 {
				result.Status = statusError
				err = errors.Join(err, result.write(s.out))
			}
			return err
		}
		told := jobResultOf(job, done, time.Since(began))
		result.add(told)
		if !c.JSON {
			told.print(s.out)
		}
	}
	if c.JSON {
		return result.write(s.out)
	}
	result.printFaults(s.out)
	return nil
}

// progressOf is progress as the views show it.
func progressOf(p task.Progress) v1.Progress {
	shown := v1.Progress{
		JobID: p.JobID, Status: string(p.Status), Percent: p.Percent, Speed: p.Speed, SecondsLeft: p.SecondsLeft,
	}
	for _, o := range p.Outputs {
		shown.Outputs = append(shown.Outputs, v1.OutputProgress{
			ID: o.ID, Key: o.Key, Status: string(o.Status), Percent: o.Percent, Speed: o.Speed,
			SecondsLeft: o.SecondsLeft,
		})
	}
	return shown
}

// writeDocument writes JSON for programs, indented for people.
func writeDocument(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}
