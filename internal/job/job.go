// Package job does one job, from its inputs to a folder of checked and packaged files: it
// stages the inputs, probes, plans, runs ffmpeg, checks what came out and packages it. It
// knows objects only to read them, and nothing of queues, leases or the database.
package job

import (
	"context"
	"log/slog"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// FFmpeg runs ffmpeg and ffprobe in the folder of a job.
type FFmpeg interface {
	// Ready tries whether programs can be run. Where they can't, or not confined as they must
	// be, its errors and those of all other methods wrap [plan.ErrUnready].
	Ready(context.Context) error
	Caps(context.Context) (media.Caps, error)
	Probe(ctx context.Context, dir, name string, hint media.Hint) (media.Probe, error)
	// CEA reads the cc_data that come with the frames of an input.
	CEA(ctx context.Context, dir, name string, p media.Probe) ([]caption.Frame, error)
	Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error
	// InPlace reports whether Probe and Run can read files that still arrive. Arrives tells of
	// such a file, until end is called.
	InPlace(context.Context) bool
	Arrives(dir, name string, file *folder.Arriving) (end func())
	Inspect(ctx context.Context, dir string, out plan.Output) (media.Inspection, error)
	// GreyShare is the share of even grey frames, 0 to 1, in what a step of
	// [plan.Plan.GreyOutput] or [plan.Plan.GreyInput] looks at.
	GreyShare(ctx context.Context, dir string, step plan.Step) (float64, error)
	// InspectLists is Inspect for outputs that are lists of segments, all at once.
	InspectLists(ctx context.Context, dir string, outs []plan.Output) ([]media.Inspection, error)
}

// Objects reads the objects that a job names. Refusals are [*object.Error].
type Objects interface {
	// Stat looks at an object; NoObject when there is none.
	Stat(ctx context.Context, bucket, key string) (object.Info, error)
	// Fetch makes an object a local file.
	Fetch(ctx context.Context, bucket, key, path string) (object.Info, error)
	// Links reports whether what is fetched into a folder takes no room there, because it is
	// another name of the object's own file.
	Links(dir string) bool
}

// Events is told how a job goes on.
type Events interface {
	// Probed tells what the inputs are, and how the outputs stand. An error ends the job.
	Probed(context.Context, []task.OutputResult, []api.DetectedProperties) error
	// StepFailed tells what ffmpeg said last, oldest line first, when a step failed.
	StepFailed(ctx context.Context, tail []string)
	// EncodeSpeed is seconds of media encoded in a second of time, by one step.
	EncodeSpeed(speed float64)
}

// Config is what the jobs of a worker have in common.
type Config struct {
	FFmpeg    FFmpeg
	Scheduler *Scheduler
	// Threads is how many threads the encoding of a job may use, 1 or more.
	Threads int
	// Speed is x264's preset name where the job asks for none.
	Speed string
	// Limits bound the inputs.
	Limits Limits
	// InPlaceBytes is from how many bytes on inputs are read while they arrive, where that is
	// possible; 0 is never.
	InPlaceBytes int64
	// AACFallback lets an explicit HE-AAC become AAC-LC, with a warning, where no
	// encoder for it is installed; else such an output fails.
	AACFallback bool
}

// Request is what is to be done. All members are required.
type Request struct {
	Spec transcode.JobSpec
	// Order is the job's place among those of the scheduler: lower ones go first.
	Order int64
	// InputBucket is where the objects are that the job names.
	InputBucket string
	// KeyARN names the key that data keys are encrypted with; "" is the service's own.
	KeyARN  string
	Objects Objects
	Keys    Keys
	// Folder is empty and there; the caller removes it. Room is its disk.
	Folder folder.Folder
	Room   Room
	Events Events
	Log    *slog.Logger
}

// Job is one job while it is done. Make one with [New].
type Job struct {
	Config
	Request
	outcome  *Outcome
	progress *Progress
	keys     keyring

	captionBudget captionBudget
	arrivals      arrivals

	inputs   []input
	outputs  []output
	images   []plan.Image
	plan     *plan.Plan
	evened   bool // the probes are those of evened inputs
	packaged *packaging.Package
}

// input is one input of the job.
type input struct {
	spec  transcode.InputSpec
	name  string // of its file in the folder
	probe media.Probe
	// sizeBytes is the object's.
	sizeBytes int64
}

// New makes a job whose outputs fail, or are made, in outcome.
func New(cfg Config, req Request, outcome *Outcome) *Job {
	j := &Job{Config: cfg, Request: req, outcome: outcome, progress: newProgress(req.Spec)}
	j.keys = keyring{service: req.Keys, arn: req.KeyARN, jobID: req.Spec.ID}
	j.inputs = make([]input, len(req.Spec.Inputs))
	for i, spec := range req.Spec.Inputs {
		j.inputs[i] = input{spec: spec, name: inputFile(i)}
	}
	j.outputs = make([]output, len(req.Spec.Outputs))
	for i, spec := range req.Spec.Outputs {
		j.outputs[i].spec = spec
	}
	return j
}

// Progress is where the job stands. It may be asked for at any time.
func (j *Job) Progress() *Progress { return j.progress }

// Probes are what the inputs are, as far as the job has come; those that are not known are zero.
func (j *Job) Probes() []media.Probe { return j.probes() }
