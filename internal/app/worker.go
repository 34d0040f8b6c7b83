package app

import (
	"crypto/rand"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/worker"
)

// WorkerConfig is how jobs are done in this process.
type WorkerConfig struct {
	Workers  int           `name:"workers" default:"-1" help:"Jobs to run at a time; 0: API only; -1: one per two cores."`
	Scratch  string        `name:"scratch" help:"Folder for work in progress; default: DATA/scratch."`
	Attempts int           `name:"max-attempts" default:"5" help:"Attempts at a job before it ends with error 9999."`
	Grace    time.Duration `name:"grace" default:"30s" help:"How long running jobs may go on after SIGTERM."`
}

func (c WorkerConfig) check(r *refusals) {
	if c.Attempts < 1 {
		r.refuse("max-attempts", c.Attempts, "must be at least 1")
	}
	r.under("grace", c.Grace, 0)
}

// threads is how many threads one job's encoding may use, so that all slots
// together fit the cores.
func (c WorkerConfig) threads() int {
	return max(1, runtime.NumCPU()/max(1, c.Workers))
}

// InputConfig bounds the inputs of jobs.
type InputConfig struct {
	MaxBytes    int64         `name:"max-input-bytes" default:"549755813888" help:"Maximum input size; 0: no limit."`
	MaxPixels   int64         `name:"max-input-pixels" default:"35389440" help:"Maximum pixels in a frame of an input."`
	MaxStreams  int           `name:"max-input-streams" default:"128" help:"Maximum streams of an input; 0: no limit."`
	MaxDuration time.Duration `name:"max-input-duration" default:"48h" help:"Maximum duration of an input; 0: no limit."`
	InPlace     int64         `name:"in-place-bytes" default:"67108864" help:"Size to read S3 inputs in place from; 0: never."`
}

func (c InputConfig) check(r *refusals) {
	r.negative("max-input-bytes", c.MaxBytes)
	r.negative("in-place-bytes", c.InPlace)
	if c.MaxPixels < 1 || c.MaxPixels > plan.MaxPixels {
		r.refuse("max-input-pixels", c.MaxPixels, fmt.Sprintf("must be from 1 to %d", plan.MaxPixels))
	}
	r.negative("max-input-streams", int64(c.MaxStreams))
	r.under("max-input-duration", c.MaxDuration, 0)
}

func (c InputConfig) limits() job.Limits {
	return job.Limits{Bytes: c.MaxBytes, Pixels: c.MaxPixels, Streams: c.MaxStreams, Duration: c.MaxDuration}
}

// encodingLimits are what bounds the worker, as the API tells it.
func (c Config) encodingLimits() *v1.EncodingLimits {
	limits := &v1.EncodingLimits{
		Jobs:             c.Worker.Workers,
		Attempts:         c.Worker.Attempts,
		InputPixels:      c.Inputs.MaxPixels,
		StepMemoryBytes:  c.FFmpeg.StepMemory,
		StepStallSeconds: c.FFmpeg.StepStall.Seconds(),
		StepResultBytes:  c.FFmpeg.StepResults,
	}
	if c.Inputs.MaxBytes > 0 {
		limits.InputBytes = &c.Inputs.MaxBytes
	}
	if c.Inputs.MaxStreams > 0 {
		limits.InputStreams = &c.Inputs.MaxStreams
	}
	if c.Inputs.MaxDuration > 0 {
		limits.InputSeconds = new(c.Inputs.MaxDuration.Seconds())
	}
	return limits
}

// newWorker makes the worker of this process.
func (p *parts) newWorker(keys worker.KeyService) *worker.Worker {
	c := p.cfg.Worker
	cfg := worker.Config{
		ID:           workerID(),
		Machine:      machine(),
		Slots:        c.Workers,
		Threads:      c.threads(),
		MemoryBytes:  encodingMemory(),
		Scratch:      c.Scratch,
		MaxAttempts:  c.Attempts,
		Grace:        c.Grace,
		Speed:        p.cfg.FFmpeg.Speed,
		AACFallback:  p.cfg.FFmpeg.AAC,
		Limits:       p.cfg.Inputs.limits(),
		InPlaceBytes: p.cfg.Inputs.InPlace,
		Log:          p.log,
	}
	return worker.New(cfg, p.store, p.queue, p.storage.as, p.ffmpeg, keys, p.metrics)
}

// machine is where this process runs.
func machine() task.WorkerMachine {
	host, err := os.Hostname()
	if err != nil { // /proc is not there; the id still tells workers apart
		host = ""
	}
	return task.WorkerMachine{Host: host, Cores: runtime.NumCPU(), Version: Version()}
}

// workerID is unique for each start and fit for a file name and a subject.
func workerID() string { return "w-" + strings.ToLower(rand.Text()[:12]) }
