// Package plan decides what ffmpeg will be asked: from a job, its presets and
// the probes of its inputs to steps with exact arguments. It is pure: no clock,
// file, environment or random number; the same request gives the same plan,
// byte for byte. All files have fixed names inside the step's folder (inputs
// in0, in1, ...; results o1.mp4, o2.ts, t1_%05d.png, ... numbered by
// output from 1), so that no name of a client ever reaches an argument.
package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Request is everything a plan depends on.
type Request struct {
	Job transcode.JobSpec
	// Probes has one element for each input of the job, in order.
	Probes []media.Probe
	// Graphics has one element for each of the job's, in order.
	Graphics []Graphic
	// Captions has one element for each output of the job, or none when no output
	// has captions.
	Captions []Captions
	Caps     media.Caps
	// Threads is how many threads a heavy step may use, 1 or more.
	Threads int
	// Speed is x264's preset name ("veryfast", "medium").
	Speed string
	// AACFallback lets an explicit HE-AAC or HE-AACv2 become AAC-LC, with a
	// warning, where no encoder for it is installed; else such an output fails.
	AACFallback bool
}

// Plan is what a job's attempt will do. Every output of the job has an element
// in Outputs, at its index.
type Plan struct {
	Outputs []Output
	// Steps are the runs, each after those that it needs.
	Steps []Step
	// request and renditions are kept so that an output can be planned alone.
	request    Request
	renditions []rendition
	batches    map[string]int // the number of each step that joins a batch
}

// New decides how to make every output of a job. An output that can't be made
// has its Failure set; the error is for a request that makes no sense: no input, or
// one without a probe.
func New(req Request) (*Plan, error) {
	if len(req.Graphics) != len(req.Job.Graphics) {
		return nil, fmt.Errorf("plan job %s: %d graphics; %d are needed", req.Job.ID, len(req.Graphics), len(req.Job.Graphics))
	}
	if len(req.Job.Inputs) == 0 || len(req.Job.Inputs) != len(req.Probes) {
		return nil, fmt.Errorf("plan job %s: %d inputs and %d probes", req.Job.ID, len(req.Job.Inputs), len(req.Probes))
	}
	if n := len(req.Captions); n != len(req.Job.Outputs) && slices.ContainsFunc(req.Job.Outputs, hasCaptions) {
		return nil, fmt.Errorf("plan job %s: captions of %d outputs; %d are needed", req.Job.ID, n, len(req.Job.Outputs))
	}
	req.Threads = max(req.Threads, 1)
	p := &Plan{request: req, batches: map[string]int{}}
	mixed := alike(req)
	for i := range req.Job.Outputs {
		r, failure := newRendition(req, i)
		if mixed != nil {
			failure = mixed
		}
		if failure != nil {
			p.Outputs = append(p.Outputs, Output{Index: i, Failure: failure})
			continue
		}
		p.Outputs = append(p.Outputs, r.Output)
		p.renditions = append(p.renditions, r)
	}
	decideLeads(p.renditions, p.Outputs, req.Speed)
	p.addSteps(grouped(p.renditions, req.Caps.ParallelEncoders()))
	return p, nil
}

// addSteps makes a run of each group, and divides the threads between them.
func (p *Plan) addSteps(groups [][]rendition) {
	efforts, most := make([]float64, len(groups)), make([]int, len(groups))
	for i, group := range groups {
		efforts[i], most[i] = effort(p.request, group), 1
		for _, r := range group {
			most[i] = max(most[i], r.threads(p.request.Threads))
		}
	}
	threads := shared(efforts, most, p.request.Threads)
	groups, threads = joinedGroups(p.request, groups, threads)
	for i, group := range groups {
		req := p.request
		if len(groups) > 1 {
			req.Threads = threads[i]
		}
		for _, step := range p.stepsOf(fmt.Sprintf("encode-%d", i+1), req, group) {
			step.Effort = effort(p.request, group)
			p.Steps = append(p.Steps, step)
		}
	}
}

// grouped puts renditions that one run makes together: decoding is then paid
// once. Outputs of different parts of the source have runs of their own. So
// does an encoder that would hold the others up, unless encoders work side by side:
// before 7.0 ffmpeg works for all outputs of a run in one thread, one after the
// other. What would be more than [mostPictures] in one run is divided.
func grouped(all []rendition, parallel bool) (groups [][]rendition) {
	var alone [][]rendition
	shared := map[string]int{} // where in groups
	for _, r := range all {
		at, ok := shared[r.reading()]
		switch {
		case r.encoder != nil && r.encoder.alone() && (!parallel || len(r.preparations) > 0):
			alone = append(alone, []rendition{r})
		case ok && pictureStreams(groups[at])+pictureStreams([]rendition{r}) <= mostPictures:
			groups[at] = append(groups[at], r)
		default: // the first, or the first of the next part
			shared[r.reading()] = len(groups)
			groups = append(groups, []rendition{r})
		}
	}
	return append(groups, alone...)
}

// mostPictures is how many streams of pictures a run may write. ffmpeg 5.1 cuts its
// blocks of progress off after 1000 bytes, in which each such stream has a line
// before the counts; 45 of them hid the end of the run.
const mostPictures = 36

// pictureStreams counts the videos, series of thumbnails and covers of renditions.
func pictureStreams(all []rendition) (n int) {
	for _, r := range all {
		n += len(r.covers)
		if r.Video != nil {
			n++
		}
		if r.Thumbnails != nil {
			n++
		}
	}
	return n
}

// Alone is a step's work for one of its outputs only, for the retry after the
// step has failed: a bad output then fails alone. It is nil when the step has
// just this one, or does not make it.
func (p *Plan) Alone(step Step, output int) []Step {
	if len(step.Outputs) < 2 || !slices.Contains(step.Outputs, output) {
		return nil
	}
	for _, r := range p.renditions {
		if r.Index != output {
			continue
		}
		if k, ok := p.batches[step.Name]; ok {
			alone := batchStep(fmt.Sprintf("%s-output-%d", step.Name, output+1), p.request, []rendition{r}, k, batchesOf(r.pieces)[k])
			alone.Share, alone.Effort = step.Share, step.Effort
			return []Step{alone}
		}
		return newSteps(fmt.Sprintf("%s-output-%d", step.Name, output+1), p.request, []rendition{r})
	}
	return nil
}

// Output is what one output of the job will be. The worker checks the results
// against it before anyone sees them.
type Output struct {
	// Index is the output's place in the job, from 0.
	Index int
	// Failure is set when the output can't be made from these inputs; the other
	// members are then zero.
	Failure *transcode.Failure
	// Warning is a StatusDetail for an output that will be Complete all the
	// same; "" for none.
	Warning string
	// Video and Audio are nil when the output has no such stream.
	Video *Video
	Audio *Audio
	// Parts are what is shown of each input, in order.
	Parts []Part
	// Subtitles is how many tracks of mov-text the file has, which come from the
	// files of [Output.SubtitleFile]; Carrier is what brings cea-708, nil without.
	Subtitles int
	Carrier   *Carrier
	// Duration is the expected length; 0 when it is not known in advance.
	Duration time.Duration
	// Estimated tells that Duration is only computed from a bit rate, Measured that it is
	// that of the packets of every input.
	Estimated, Measured bool
	// SourceFrames is about how many frames of the inputs are shown.
	SourceFrames float64
	// File is the media file.
	File string
	// List is ffmpeg's own list of a segmented ts output ("o1.m3u8"), never published,
	// which names the one File. "" otherwise.
	List string
	// Lead is how many seconds before it is shown the first picture of a segmented
	// output is decoded: the same for all outputs of the job. In fragmented mp4 it is
	// [Output.LeadFrames] at first, which may be a little longer.
	Lead media.Rational
	// Thumbnails is nil when none are asked for.
	Thumbnails *Thumbnails
	// Covers is how many pictures an audio file carries.
	Covers int
}

// Video is the expected video stream.
type Video struct {
	Codec     transcode.VideoCodec
	Size      media.Size
	FrameRate media.Rational
	// Profile and Level are the H.264 profile_idc and level_idc (77, 31), for
	// playlists; zero for other codecs.
	Profile, Level int
	// Duration is the length of the source's video stream; 0 when it is not known.
	Duration time.Duration
	// Frames is how many frames there are; 0 when only decoding tells.
	Frames int64
	// Conversion is what was done to the colour matrix: [transcode.ConvertNone],
	// To601 or To709; "" when the preset does not ask.
	Conversion transcode.ColorConversion
	// Scan is [transcode.Progressive], TopFirst or BottomFirst.
	Scan transcode.Scan
	// probed is ffprobe's name of the codec; pixelFormat and profiles are what it may say of
	// the stream, "" and none where it says nothing of use.
	probed      string
	pixelFormat string
	profiles    []string
	rfc6381     string
	// colours are what the stream must say of its colours; zero where it can't.
	colours colours
}

// RFC6381 names the codec as playlists do, with no constraint flags; "" for what no
// playlist holds.
func (v Video) RFC6381() string { return v.rfc6381 }

// Audio is the expected sound.
type Audio struct {
	Codec transcode.AudioCodec
	// Profile is AAC's, in the API's spelling; "" for other codecs.
	Profile    string
	SampleRate int
	// Channels is how many each track has.
	Channels int
	// Tracks is 1 but for packings with a track for each channel.
	Tracks int
	// BitDepth is bits per sample, of flac and pcm; 0 for other codecs.
	BitDepth int
	// Duration is how long the inputs' audio is; 0 when that is not known.
	Duration time.Duration
	// probed is ffprobe's name of the codec; looksStereo tells that it may take the one
	// channel for two.
	probed      string
	looksStereo bool
	rfc6381     string
}

// RFC6381 names the codec as playlists do; "" for what no playlist holds.
func (a Audio) RFC6381() string { return a.rfc6381 }

// Thumbnails are the expected pictures.
type Thumbnails struct {
	// File is the pattern of the files, numbered from 1 ("t1_%05d.png").
	File string
	Size media.Size
	// Format is "jpg" or "png".
	Format string
}

// Step is one run of a program, in a folder of its own that holds the inputs.
type Step struct {
	// Name is unique in the plan and fit for a file name ("encode-1").
	Name string
	// Program is "" for ffmpeg, or [FDKAAC].
	Program string
	// Needs are the names of the steps that must have ended well before.
	Needs []string
	// Outputs are the indexes of the outputs that the step makes.
	Outputs []int
	// Args are the program's arguments; ffmpeg's after the runner's own global ones.
	Args []string
	// Duration is how far -progress will count; 0 when it is not known.
	Duration time.Duration
	// Threads is how many cores the step keeps busy, 1 or more.
	Threads int
	// Effort is the estimated processor time of the step and of those that wait for
	// it, in seconds: good for comparing the steps of a plan.
	Effort float64
	// Share is the part of its outputs' work, above 0, that the step does: 1, or
	// less where they need several steps.
	Share float64
	// MemoryBytes is what the step is expected to need at the most.
	MemoryBytes int64
}
