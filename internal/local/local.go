// Package local does jobs on this machine alone, from files to files: without a server, a
// queue and a database. A job goes the way of any other ([job.Job]); only where its files
// come from, and where they go, is different. Results are made in a scratch folder inside
// the folder that they are for, and moved when all is done.
package local

import (
	"context"
	"log/slog"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Bucket is the bucket that the objects of local jobs are said to be in.
const Bucket = "local"

// Job is what is to be done.
type Job struct {
	Spec transcode.JobSpec
	// Sources are the files behind the keys of inputs, captions and images.
	Sources map[string]string
	// Folder is where the results go. It is made where it is absent.
	Folder string
}

// Result is what became of a job.
type Result struct {
	task.Result
	// Failures has one element for each output: nil for one that was made.
	Failures []*transcode.Failure
	// Inputs are what was found in the inputs; none where that is not known.
	Inputs []api.DetectedProperties
	// Files are the files of each output, Playlists those of each playlist.
	Files, Playlists [][]string
}

// Runner does jobs, one after the other. Make one with [Open], and close it.
type Runner struct {
	// CommandLine is the command line of a step, for [Runner.Plan].
	CommandLine func(plan.Step) []string

	config  job.Config
	scratch *scratch
	log     *slog.Logger
}

// Open makes the scratch folder in the folder that results are for, which is made where it
// is absent.
func Open(results string, config job.Config, log *slog.Logger) (*Runner, error) {
	s, err := openScratch(results)
	if err != nil {
		return nil, err
	}
	return &Runner{config: config, scratch: s, log: log}, nil
}

// Close removes the scratch folder, and folders that were made and are empty.
func (r *Runner) Close() error { return r.scratch.close() }

// followEvery is how often progress is told.
const followEvery = 200 * time.Millisecond

// Run does a job and moves its results to their places. Follow, if not nil, is told how far
// it is, from one goroutine. A failure of an output is in the result. An error is another
// fault, or the cause of the context's end, and leaves no results: an [*ExistsError] for a
// file that is in the way.
func (r *Runner) Run(ctx context.Context, wanted Job, follow func(task.Progress)) (*Result, error) {
	if err := refuseTaken(knownFiles(wanted), wanted); err != nil {
		return nil, err
	}
	dir, err := r.scratch.attempt()
	if err != nil {
		return nil, err
	}
	outcome := job.NewOutcome(wanted.Spec, r.log)
	heard := &listener{}
	j := job.New(r.config, r.request(wanted, dir, heard), outcome)
	stop := tell(j.Progress(), follow)
	made, err := j.Run(ctx)
	stop()
	if err != nil {
		return nil, err
	}
	result := &Result{
		Files: make([][]string, len(wanted.Spec.Outputs)), Playlists: make([][]string, len(wanted.Spec.Playlists)),
	}
	if made != nil {
		if err := r.place(wanted, made, dir, outcome, result); err != nil {
			return nil, err
		}
	}
	result.Result, result.Inputs = outcome.Result(), heard.detected
	for i := range wanted.Spec.Outputs {
		result.Failures = append(result.Failures, outcome.Failure(i))
	}
	return result, nil
}

func (r *Runner) request(wanted Job, dir folder.Folder, events job.Events) job.Request {
	return job.Request{
		Spec: wanted.Spec, InputBucket: Bucket, Objects: sources(wanted.Sources), Keys: noKeys{},
		Folder: dir, Room: room(r.scratch.dir), Events: events, Log: r.log,
	}
}

// tell tells how far a job is until the returned function is called, which waits for the
// last word.
func tell(p *job.Progress, follow func(task.Progress)) (stop func()) {
	if follow == nil {
		return func() {}
	}
	ended, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for {
			follow(p.Snapshot())
			select {
			case <-ended:
				follow(p.Snapshot())
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(ended); <-told }
}

// listener keeps what the inputs are.
type listener struct{ detected []api.DetectedProperties }

// Probed keeps it.
func (l *listener) Probed(_ context.Context, _ []task.OutputResult, detected []api.DetectedProperties) error {
	l.detected = detected
	return nil
}

// StepFailed does nothing: the log has it.
func (l *listener) StepFailed(context.Context, []string) {}

// EncodeSpeed does nothing: progress has it.
func (l *listener) EncodeSpeed(float64) {}

// noKeys refuses keys, of which a machine alone has none.
type noKeys struct{}

const whyNoKeys = "keys are kept by a server, and this job is done without one"

// DecryptKey refuses.
func (noKeys) DecryptKey(context.Context, string, []byte) ([]byte, error) {
	return nil, &transcode.KeyError{Problem: transcode.InvalidCiphertext, Why: whyNoKeys}
}

// GenerateKey refuses.
func (noKeys) GenerateKey(context.Context, string, int) (plain, ciphertext []byte, err error) {
	return nil, nil, &transcode.KeyError{Problem: transcode.InvalidCiphertext, Why: whyNoKeys}
}
