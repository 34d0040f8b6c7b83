package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// benchCase is a job that is measured: a sample of a size and length, and what is made of it.
type benchCase struct {
	codec  string
	preset string // by its short name
	size   media.Size
	length time.Duration
}

var (
	size360  = media.Size{Width: 640, Height: 360}
	size720  = media.Size{Width: 1280, Height: 720}
	size1080 = media.Size{Width: 1920, Height: 1080}
)

// benchCases are in the order of what most jobs are made of.
var benchCases = []benchCase{
	{string(transcode.H264), "generic-720p", size720, 3 * time.Second},
	{plan.AudioWork, "aac-160k", media.Size{}, 30 * time.Second},
	{string(transcode.H264), "generic-360p", size360, 5 * time.Second},
	{string(transcode.H264), "generic-1080p", size1080, 2 * time.Second},
	{string(transcode.VP8), "webm-720p", size720, time.Second},
	{string(transcode.VP9), "webm-vp9-720p", size720, time.Second},
	{string(transcode.MPEG2), "mpg-pal", size720, 2 * time.Second},
	{string(transcode.GIFV), "gif", size360, time.Second},
	{string(transcode.VP9), "webm-vp9-360p", size360, 2 * time.Second},
}

// fixedCase is a job in which next to nothing is encoded.
var fixedCase = benchCase{"", "generic-240p", media.Size{Width: 128, Height: 96}, 200 * time.Millisecond}

// BenchCodecs are what [Runner.Bench] measures.
func BenchCodecs() (all []string) {
	for _, c := range benchCases {
		if !slices.Contains(all, c.codec) {
			all = append(all, c.codec)
		}
	}
	return all
}

// Bench measures how fast this machine is with some codecs, with all where none is named, in
// about as much time as limit at the most: a case that would take longer than what is left is
// left out. Tell, if not nil, is told what is measured next.
func (r *Runner) Bench(ctx context.Context, codecs []string, limit time.Duration, tell func(string)) (*Figures,
	error) {
	began := time.Now()
	caps, err := r.config.FFmpeg.Caps(ctx)
	if err != nil {
		return nil, err
	}
	f := &Figures{Measured: began.UTC().Truncate(time.Second), FFmpeg: caps.Version, Speed: r.config.Speed,
		Threads: r.config.Threads, Figures: []Figure{}}
	fixed, err := r.measure(ctx, fixedCase)
	if err != nil {
		return nil, err
	}
	f.FixedSeconds, f.FixedProcessorSeconds = rounded(fixed.seconds), rounded(fixed.processor)
	for _, c := range benchCases {
		if len(codecs) > 0 && !slices.Contains(codecs, c.codec) {
			continue
		}
		if tell != nil {
			tell(c.name())
		}
		left := limit - time.Since(began)
		m, err := r.measureWithin(ctx, c, left)
		if errors.Is(err, errTooLong) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name(), err)
		}
		f.Figures = append(f.Figures, m.figure(c, fixed))
	}
	if len(f.Figures) == 0 {
		return nil, fmt.Errorf("nothing could be measured in %s: allow more time", limit)
	}
	return f, nil
}

// name is what a case is told of by.
func (c benchCase) name() string {
	if c.size == (media.Size{}) {
		return c.codec
	}
	return c.codec + " " + c.size.String()
}

// errTooLong tells that a case would take longer than it may.
var errTooLong = errors.New("too long")

// measureWithin measures a case as long as there is time.
func (r *Runner) measureWithin(ctx context.Context, c benchCase, left time.Duration) (measured, error) {
	if left <= 0 {
		return measured{}, errTooLong
	}
	ctx, cancel := context.WithTimeoutCause(ctx, left, errTooLong)
	defer cancel()
	return r.measure(ctx, c)
}

// measured is what a job took.
type measured struct{ seconds, processor, assumed float64 }

// figure is the result of a case, without what every job takes.
func (m measured) figure(c benchCase, fixed measured) Figure {
	const least = 0.05 // of what is assumed: a fixed part that was too high must not come to nothing
	processor := max(m.processor-fixed.processor, least*m.assumed)
	return Figure{
		Codec: c.codec, Width: c.size.Width, Height: c.size.Height, MediaSeconds: c.length.Seconds(),
		Seconds: rounded(max(m.seconds-fixed.seconds, 0)), ProcessorSeconds: rounded(processor),
		Ratio: rounded(processor / m.assumed),
	}
}

// rounded keeps three decimals.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

// measure makes a sample and transcodes it.
func (r *Runner) measure(ctx context.Context, c benchCase) (m measured, err error) {
	dir, err := r.scratch.attempt()
	if err != nil {
		return m, err
	}
	const sample = "sample.mp4"
	if err := r.config.FFmpeg.Run(ctx, dir.Path(""), plan.SampleStep(c.size, c.length, sample), nil); err != nil {
		return m, err
	}
	results := dir.Path("results")
	wanted, err := benchJob(c, dir.Path(sample), results)
	if err != nil {
		return m, err
	}
	expected, err := r.expected(ctx, wanted)
	if err != nil {
		return m, err
	}
	before, began := processorTime(), time.Now()
	done, err := r.Run(ctx, wanted, nil)
	if err != nil {
		return m, err
	}
	m = measured{time.Since(began).Seconds(), (processorTime() - before).Seconds(), expected}
	if done.Status() != transcode.Complete {
		return m, fmt.Errorf("the sample could not be transcoded: %s", done.Outputs[0].Detail)
	}
	return m, os.RemoveAll(filepath.Dir(results))
}

// expected is the processor time of a job on the machine that plans assume.
func (r *Runner) expected(ctx context.Context, wanted Job) (float64, error) {
	forecast, err := r.Plan(ctx, wanted, nil)
	if err != nil {
		return 0, err
	}
	return forecast.Cost.ProcessorSeconds - assumedProcessor, nil
}

// benchJob is the job of a case.
func benchJob(c benchCase, sample, results string) (Job, error) {
	id := transcode.SystemPresetNamed(c.preset)
	preset, _ := transcode.SystemPreset(id)
	doc := &api.Job{
		Id: new("bench"), Inputs: []api.JobInput{{Key: new("sample.mp4")}},
		Outputs: []api.JobOutput{{Id: new("1"), Key: new("result"), PresetId: &id}},
	}
	spec, err := transcode.JobSpecOf(doc, map[string]*api.Preset{id: preset})
	return Job{Spec: spec, Sources: map[string]string{"sample.mp4": sample}, Folder: results}, err
}

// processorTime is what this process and those that it has waited for have used.
func processorTime() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}
