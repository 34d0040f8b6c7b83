package plan

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Captions are an output's, as far as a plan depends on them.
type Captions struct {
	// Failure is why there are none, nil otherwise.
	Failure *transcode.Failure
	// Tracks are in the order in which the output has them.
	Tracks []CaptionTrack
}

// CaptionTrack is what a file says of a track.
type CaptionTrack struct{ Language, Label string }

// Part is what an output shows of an input: from Start, counted from the input's
// first timestamp, for Length; 0 when that is not known.
type Part struct{ Start, Length time.Duration }

// Carrier is a stream of small pictures that brings cea-708 captions into an
// output, one for each of its pictures.
type Carrier struct {
	// File is what the output's step reads: the stream that [Carrier.Step] writes,
	// with the captions in it.
	File string
	Rate media.Rational
	// Frames is how many pictures there are: more than the output is expected to
	// have, since it ends with them.
	Frames int
	output int
}

// carrierSize is the height and width of a carrier's pictures.
const carrierSize = 32

// Step writes the carrier without captions into [Carrier.Blank].
func (c Carrier) Step() Step {
	picture := fmt.Sprintf("color=black:s=%[1]dx%[1]d:r=%[2]s", carrierSize, c.Rate)
	return Step{Name: fmt.Sprintf("carrier-%d", c.output+1), Outputs: []int{c.output}, Threads: 1, MemoryBytes: 64 << 20,
		Duration: framesLength(c.Frames, c.Rate), Share: 1,
		Args: []string{"-f", "lavfi", "-i", picture, "-frames:v", strconv.Itoa(c.Frames), "-c:v", "libx264", "-preset", "ultrafast",
			"-bf", "0", "-threads", "1", "-f", "h264", c.Blank()}}
}

// Blank is the file without captions.
func (c Carrier) Blank() string { return "blank-" + c.File }

func framesLength(frames int, rate media.Rational) time.Duration {
	return time.Duration(float64(frames) / rate.Float() * float64(time.Second))
}

func hasCaptions(spec transcode.OutputSpec) bool { return len(spec.CaptionFormats) > 0 }

// carriesCaptions reports whether an output has captions that come with its frames.
func carriesCaptions(req Request, spec transcode.OutputSpec, index int) bool {
	isCEA708 := func(f transcode.CaptionFormatSpec) bool { return f.Format == transcode.CEA708 }
	return slices.ContainsFunc(spec.CaptionFormats, isCEA708) && len(req.Captions[index].Tracks) > 0
}

// decideCaptions settles the captions inside the file. Those beside it are not
// ffmpeg's work.
func (r *rendition) decideCaptions(req Request, spec transcode.OutputSpec) *transcode.Failure {
	if !hasCaptions(spec) {
		return nil
	}
	captions := req.Captions[r.Index]
	if captions.Failure != nil {
		return captions.Failure
	}
	for _, f := range spec.CaptionFormats {
		switch {
		case f.Format == transcode.MovText:
			r.tracks, r.Subtitles = captions.Tracks, len(captions.Tracks)
		case f.Format == transcode.CEA708 && len(captions.Tracks) > 0:
			return r.decideCarrier(spec)
		}
	}
	return nil
}

// decideCarrier lays the pictures over those of a carrier.
func (r *rendition) decideCarrier(spec transcode.OutputSpec) *transcode.Failure {
	if rate := r.Video.FrameRate; rate != (media.Rational{Num: 30000, Den: 1001}) && rate != whole(30) {
		return transcode.UnsupportedCaptionRate(rate)
	}
	const longest = 6 * time.Hour // where nobody knows
	length := longest
	if r.Duration > 0 {
		length = r.Duration + r.Duration/20 + 10*time.Second
	}
	r.Carrier = &Carrier{File: fmt.Sprintf("cc%d.h264", r.Index+1), Rate: r.Video.FrameRate, output: r.Index,
		Frames: int(math.Ceil(length.Seconds() * r.Video.FrameRate.Float()))}
	shape := "setsar=1"
	if dar := spec.Preset.Video.DisplayAspectRatio; !dar.IsZero() {
		shape = "setdar=" + dar.String()
	}
	rate := r.Video.FrameRate // on the clock of the pictures, or the last of them is lost
	r.ground = fmt.Sprintf("scale=%d:%d:flags=neighbor,%s,format=%s,settb=%d/%d", r.Video.Size.Width, r.Video.Size.Height, shape, r.pixelFormat, rate.Den, rate.Num)
	return nil
}

// captionInputs are the inputs that the captions inside the file come from.
func (r *rendition) captionInputs() (args []string) {
	if r.Carrier != nil {
		return []string{"-protocol_whitelist", "file", "-format_whitelist", "h264", "-framerate", r.Carrier.Rate.String(),
			"-f", "h264", "-i", "file:" + r.Carrier.File}
	}
	for i := range r.tracks {
		args = append(args, "-protocol_whitelist", "file", "-format_whitelist", "srt", "-f", "srt", "-i", "file:"+r.SubtitleFile(i))
	}
	return args
}

// SubtitleFile is the SRT file that the output's step reads for its track i of
// mov-text.
func (o Output) SubtitleFile(i int) string { return fmt.Sprintf("c%d_%d.srt", o.Index+1, i+1) }

// captionCount is how many inputs these are.
func (r *rendition) captionCount() int {
	if r.Carrier != nil {
		return 1
	}
	return len(r.tracks)
}

// joinCarrier lays the pictures that are ready over those of the carrier, which is
// the first of the two: the filter keeps what comes with its pictures, and only that.
func (r *rendition) joinCarrier(g *graph, all stream) {
	n := r.Index + 1
	g.add("split", all.video, all.pictures(r.finish), fmt.Sprintf("u%d", n))
	chain := fmt.Sprintf("[%[2]d:0]%[3]s[g%[1]d];[g%[1]d][u%[1]d]overlay=shortest=1", n, r.firstCaption, r.ground)
	if text := marked(append(fieldMark(r.Video.Scan), r.colours.tags()...)...); text != "" {
		chain += "," + text
	}
	g.also(chain + bracket(fmt.Sprintf("v%d", n)))
}

// captionArgs map the tracks of mov-text. The label becomes the handler's name,
// which players show; the muxer keeps no title.
func (r *rendition) captionArgs() (args []string) {
	for i := range r.tracks {
		args = append(args, "-map", fmt.Sprintf("%d:0", r.firstCaption+i))
	}
	for i, t := range r.tracks {
		stream := fmt.Sprintf("-metadata:s:s:%d", i)
		args = append(args, stream, "language="+media.Alpha3(t.Language))
		if t.Label != "" {
			args = append(args, stream, "handler_name="+t.Label)
		}
	}
	if len(args) > 0 {
		args = append(args, "-c:s", "mov_text")
	}
	if len(args) > 0 && r.Video != nil { // else the track would have no room for a letter
		args = append(args, "-s:s", r.Video.Size.String())
	}
	return args
}

// CaptionStep copies the tracks of mov-text of input in into SRT files, each named
// by [CaptionFile]. A track without a word leaves no file. A track that can't be
// read fails the step.
func CaptionStep(probe media.Probe, in int) Step {
	args := append(SafetyArgs(), "-xerror", "-f", probe.Demuxer, "-i", fmt.Sprintf("file:in%d", in))
	for _, track := range probe.Captions {
		args = append(args, "-map", fmt.Sprintf("0:%d", track.Index), "-c:s", "srt", "-f", "srt", CaptionFile(in, track))
	}
	return Step{Name: fmt.Sprintf("captions-%d", in+1), Threads: 1, MemoryBytes: 100 << 20, Share: 1,
		Duration: probe.Duration, Args: args}
}

// CaptionFile is where [CaptionStep] writes a track of input in.
func CaptionFile(in int, track media.CaptionStream) string {
	return fmt.Sprintf("e%d_%d.srt", in, track.Index)
}
