package local

import (
	"context"
	"math"
	"time"

	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Forecast is what a job would do, and what that would cost.
type Forecast struct {
	Inputs    []InputForecast    `json:"inputs"`
	Outputs   []OutputForecast   `json:"outputs"`
	Playlists []PlaylistForecast `json:"playlists"`
	// Steps are the runs of programs, each after those that it needs. They take place in a
	// folder that holds the inputs as in0, in1 and so on.
	Steps []StepForecast `json:"steps"`
	Cost  Cost           `json:"cost"`
}

// InputForecast is what an input is. What is not known is 0.
type InputForecast struct {
	File           string  `json:"file"`
	Container      string  `json:"container"`
	VideoCodec     string  `json:"videoCodec"`
	AudioCodec     string  `json:"audioCodec"`
	Width          int     `json:"width"`
	Height         int     `json:"height"`
	FrameRate      float64 `json:"frameRate"`
	DurationMillis int64   `json:"durationMillis"`
	Bytes          int64   `json:"bytes"`
}

// OutputForecast is what an output would be.
type OutputForecast struct {
	Key      string `json:"key"`
	PresetID string `json:"presetId"`
	// Fault is null for an output that can be made.
	Fault *Fault `json:"fault"`
	// Remark is what the service would say of an output that is Complete; "" for nothing.
	Remark string         `json:"remark"`
	Video  *VideoForecast `json:"video"`
	Audio  *AudioForecast `json:"audio"`
	// DurationMillis is 0 when only decoding tells.
	DurationMillis int64 `json:"durationMillis"`
	// Segments is how many there are, of SegmentSeconds; 0 without.
	Segments       int     `json:"segments"`
	SegmentSeconds float64 `json:"segmentSeconds"`
	Thumbnails     int     `json:"thumbnails"`
	// Bytes is an estimate of the media.
	Bytes int64    `json:"bytes"`
	Files []string `json:"files"`
}

// Fault is why an output can't be made.
type Fault struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
	Advice string `json:"advice"`
}

// VideoForecast is the video of an output.
type VideoForecast struct {
	// Codec is as RFC 6381 has it, without constraint flags, where a playlist could name it.
	Codec     string  `json:"codec"`
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	FrameRate float64 `json:"frameRate"`
	// Frames is 0 when only decoding tells.
	Frames int64 `json:"frames"`
	// KilobitsPerSecond is an estimate where Estimated is set, since the preset says auto.
	KilobitsPerSecond int  `json:"kilobitsPerSecond"`
	Estimated         bool `json:"estimated"`
}

// AudioForecast is the audio of an output.
type AudioForecast struct {
	Codec             string `json:"codec"`
	SampleRate        int    `json:"sampleRate"`
	Channels          int    `json:"channels"`
	Tracks            int    `json:"tracks"`
	KilobitsPerSecond int    `json:"kilobitsPerSecond"`
	Estimated         bool   `json:"estimated"`
}

// PlaylistForecast is a playlist.
type PlaylistForecast struct {
	Name   string   `json:"name"`
	Format string   `json:"format"`
	Files  []string `json:"files"`
}

// StepForecast is one run of a program.
type StepForecast struct {
	Name        string   `json:"name"`
	Needs       []string `json:"needs"`
	Threads     int      `json:"threads"`
	MemoryBytes int64    `json:"memoryBytes"`
	Command     []string `json:"command"`
}

// Cost is what a job is expected to take on this machine.
type Cost struct {
	Seconds          float64 `json:"seconds"`
	ProcessorSeconds float64 `json:"processorSeconds"`
	Bytes            int64   `json:"bytes"`
	// Calibrated reports that this machine was measured; else a common one is assumed.
	Calibrated bool `json:"calibrated"`
}

// Add is the cost of both, one after the other.
func (c Cost) Add(d Cost) Cost {
	return Cost{
		Seconds: rounded(c.Seconds + d.Seconds), ProcessorSeconds: rounded(c.ProcessorSeconds + d.ProcessorSeconds),
		Bytes: c.Bytes + d.Bytes, Calibrated: c.Calibrated && d.Calibrated,
	}
}

// Plan looks at the inputs of a job and says what would be done; figures are those of this
// machine, nil where it was not measured. Errors are as those of [Runner.Run]; files that are
// in the way are none.
func (r *Runner) Plan(ctx context.Context, wanted Job, figures *Figures) (*Forecast, error) {
	dir, err := r.scratch.attempt()
	if err != nil {
		return nil, err
	}
	outcome := job.NewOutcome(wanted.Spec, r.log)
	j := job.New(r.config, r.request(wanted, dir, &listener{}), outcome)
	planned, err := j.Plan(ctx)
	if err != nil {
		return nil, err
	}
	f := &Forecast{
		Inputs: []InputForecast{}, Outputs: []OutputForecast{}, Playlists: []PlaylistForecast{},
		Steps: []StepForecast{},
	}
	for i, p := range j.Probes() {
		f.Inputs = append(f.Inputs, inputForecast(wanted.Sources[wanted.Spec.Inputs[i].Key], p))
	}
	f.addOutputs(wanted, planned, outcome)
	for _, p := range wanted.Spec.Playlists {
		told := PlaylistForecast{Name: p.Name, Format: string(p.Format)}
		for _, key := range wanted.Spec.MasterKeys(p) {
			told.Files = append(told.Files, wanted.file(key))
		}
		f.Playlists = append(f.Playlists, told)
	}
	if planned != nil {
		r.addSteps(f, planned, outcome)
		processor, elapsed := figures.expect(planned, r.config.Threads)
		f.Cost.ProcessorSeconds, f.Cost.Seconds = rounded(processor), rounded(elapsed)
	}
	f.Cost.Calibrated = figures != nil
	return f, nil
}

func inputForecast(file string, p media.Probe) InputForecast {
	f := InputForecast{
		File: file, Container: p.Demuxer, DurationMillis: p.Duration.Milliseconds(), Bytes: p.SizeBytes,
	}
	if v, ok := p.MainVideo(); ok {
		f.VideoCodec, f.Width, f.Height, f.FrameRate = v.Codec, v.Coded.Width, v.Coded.Height, v.FrameRate.Float()
	}
	if a, ok := p.MainAudio(); ok {
		f.AudioCodec = a.Codec
	}
	return f
}

// addOutputs adds what the outputs would be, and their bytes.
func (f *Forecast) addOutputs(wanted Job, planned *plan.Plan, outcome *job.Outcome) {
	for i, spec := range wanted.Spec.Outputs {
		told := OutputForecast{Key: wanted.Spec.MediaKey(spec), PresetID: spec.Preset.ID, Files: []string{}}
		if failure := outcome.Failure(i); failure != nil {
			told.Fault = &Fault{failure.Code, failure.Text, failure.Advice}
		} else {
			told.fill(wanted, spec, planned.Outputs[i])
		}
		f.Cost.Bytes += told.Bytes
		f.Outputs = append(f.Outputs, told)
	}
}

// fill says what an output would be that can be made.
func (o *OutputForecast) fill(wanted Job, spec transcode.OutputSpec, p plan.Output) {
	o.Remark, o.DurationMillis = p.Warning, p.Duration.Milliseconds()
	o.Video, o.Audio = videoForecast(spec, p), audioForecast(spec, p)
	rate := 0
	if o.Video != nil {
		rate += o.Video.KilobitsPerSecond
	}
	if o.Audio != nil {
		rate += o.Audio.KilobitsPerSecond
	}
	o.Bytes = int64(p.Duration.Seconds() * float64(rate) * 1000 / 8 * overhead(spec.Preset.Container))
	if spec.Segmented() {
		o.SegmentSeconds = spec.SegmentDuration.Seconds()
		o.Segments = max(1, counted(p.Duration, spec.SegmentDuration))
	}
	if p.Thumbnails != nil {
		o.Thumbnails = max(1, counted(p.Duration, spec.Preset.Thumbnails.Interval))
	}
	o.addFiles(wanted, spec, p)
}

// counted is how many parts of a length a duration has, the last of which may be shorter.
func counted(all, part time.Duration) int { return int((all + part - 1) / part) }

// overhead is by how much a container makes media larger.
func overhead(c transcode.Container) float64 {
	switch c {
	case transcode.TS, transcode.MPG:
		return 1.05
	case transcode.MP4, transcode.FMP4, transcode.WebM, transcode.FLV:
		return 1.01
	}
	return 1
}

// addFiles adds the names of the files, as far as they are known before the work.
func (o *OutputForecast) addFiles(wanted Job, spec transcode.OutputSpec, p plan.Output) {
	first := ""
	if spec.Segmented() && spec.Preset.Container == transcode.TS && spec.For(transcode.HLSv3) {
		first = wanted.Spec.SegmentKey(spec, 0)
	}
	for _, k := range wanted.Spec.FixedKeys(spec) {
		if k.Key != first {
			o.Files = append(o.Files, wanted.file(k.Key))
			continue
		}
		for n := range o.Segments {
			o.Files = append(o.Files, wanted.file(wanted.Spec.SegmentKey(spec, n)))
		}
	}
	for n := range o.Thumbnails {
		o.Files = append(o.Files, wanted.file(wanted.Spec.ThumbnailKey(spec, n+1, p.Thumbnails.Size)))
	}
}

// automaticBits are how many bits a pixel is expected to take where a preset leaves the rate
// to the encoder.
var automaticBits = map[transcode.VideoCodec]float64{
	transcode.H264: 0.08, transcode.VP8: 0.1, transcode.VP9: 0.06, transcode.MPEG2: 0.25, transcode.GIFV: 3,
}

func videoForecast(spec transcode.OutputSpec, p plan.Output) *VideoForecast {
	if p.Video == nil {
		return nil
	}
	v, asked := p.Video, spec.Preset.Video
	f := &VideoForecast{
		Codec: v.RFC6381, Width: v.Size.Width, Height: v.Size.Height, FrameRate: v.FrameRate.Float(), Frames: v.Frames,
		KilobitsPerSecond: int(asked.BitRate),
	}
	if f.Codec == "" {
		f.Codec = string(v.Codec)
	}
	if asked.BitRate == 0 || v.Codec == transcode.GIFV {
		bits := automaticBits[v.Codec] * float64(v.Size.Width*v.Size.Height) * v.FrameRate.Float()
		f.KilobitsPerSecond, f.Estimated = int(math.Round(bits/1000)), true
		if limit := int(asked.MaxBitRate); limit > 0 {
			f.KilobitsPerSecond = min(f.KilobitsPerSecond, limit)
		}
	}
	return f
}

// flacShare is how much of plain audio flac keeps.
const flacShare = 0.6

func audioForecast(spec transcode.OutputSpec, p plan.Output) *AudioForecast {
	if p.Audio == nil {
		return nil
	}
	a := p.Audio
	f := &AudioForecast{
		Codec: a.RFC6381, SampleRate: a.SampleRate, Channels: a.Channels, Tracks: a.Tracks,
		KilobitsPerSecond: int(spec.Preset.Audio.BitRate),
	}
	if f.Codec == "" {
		f.Codec = string(a.Codec)
	}
	if a.BitDepth > 0 { // the samples as they are, or what flac keeps of them
		f.KilobitsPerSecond = a.SampleRate * a.Channels * max(1, a.Tracks) * a.BitDepth / 1000
		if a.Codec == transcode.FLACAudio {
			f.KilobitsPerSecond, f.Estimated = int(float64(f.KilobitsPerSecond)*flacShare), true
		}
	}
	if f.KilobitsPerSecond == 0 {
		f.KilobitsPerSecond, f.Estimated = 64*a.Channels, true
	}
	return f
}

// addSteps adds the steps that make outputs which can be made.
func (r *Runner) addSteps(f *Forecast, planned *plan.Plan, outcome *job.Outcome) {
	for _, s := range planned.Steps {
		made := false
		for _, i := range s.Outputs {
			made = made || outcome.Open(i)
		}
		if !made {
			continue
		}
		f.Steps = append(f.Steps, StepForecast{
			Name: s.Name, Needs: append([]string{}, s.Needs...), Threads: s.Threads, MemoryBytes: s.MemoryBytes,
			Command: r.CommandLine(s),
		})
	}
}
