package plan

import (
	"fmt"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// videoEncoder is a video encoder with every choice made for one output.
type videoEncoder interface {
	// args name the encoder and its settings, pixel format included.
	args(speed string, threads int) []string
	// threads is how many of the step's threads the encoder can use.
	threads(most int) int
	// effort is the processor time for a pixel, in nanoseconds, with one thread: an
	// estimate, whose scale is that of h264 (docs/decisions/0019).
	effort(speed string) float64
	// memory is what the encoder needs, in bytes, besides its input frames.
	memory(speed string, threads int) int64
	// alone reports that the output is made faster in a run of its own.
	alone() bool
	// reordered is how many frames earlier than it is shown a frame is decoded at the most.
	reordered(speed string) int
	// palette is how the colours of the output are found; "" for what needs no palette.
	palette() paletteMode
	// expect fills in what a reader of the stream will find.
	expect(v *Video)
}

// paletteMode is how the palette of an output is found.
type paletteMode int

// A palette is found while all frames wait for it, or by decoding the source twice.
const (
	noPalette paletteMode = iota
	paletteInOnePass
	paletteInTwoPasses
)

// videoScene is what an encoder is told of the stream that it encodes.
type videoScene struct {
	size media.Size
	rate media.Rational
	scan transcode.Scan
	// sourceRate is the input's video bit rate, 0 when unknown.
	sourceRate media.BitRate
	// segmentSeconds forces a keyframe at each multiple; "" for none.
	segmentSeconds string
	container      transcode.Container
	// length is that of the output, 0 when it is not known.
	length time.Duration
	// captions reports that captions come with the frames.
	captions bool
}

func (s videoScene) reordered(string) int { return 0 }

func (s videoScene) palette() paletteMode { return noPalette }

// keyframeArgs place the keyframes. A segmented output has one at each multiple
// of the segment's length, whatever its GOP, so that every rendition of a
// ladder cuts at the same instants; the microsecond absorbs the rounding of
// frame times.
func (s videoScene) keyframeArgs(gop transcode.GOP, fixed ...string) []string {
	frames := strconv.Itoa(s.distance(gop))
	args := []string{"-g", frames}
	if gop.Fixed {
		args = append(args, "-keyint_min", frames)
		args = append(args, fixed...)
	}
	if s.segmentSeconds != "" {
		args = append(args, "-force_key_frames", fmt.Sprintf("expr:gte(t+0.000001,n_forced*%s)", s.segmentSeconds))
	}
	return args
}

// distance is the longest distance of keyframes, in frames. Where the last one of a
// segment would come less than a quarter of a GOP before the next segment, which has
// one of its own, the GOPs of a segment are as much longer as leaves it out, unless the
// preset fixes their length: for so short a time it would cost a good part of the bits.
func (s videoScene) distance(gop transcode.GOP) int {
	most := gop.MaxFrames
	seconds, err := media.ParseRational(s.segmentSeconds)
	if err != nil || gop.Fixed {
		return most
	}
	frames := seconds.Mul(s.rate)
	segment := int((frames.Num + frames.Den - 1) / frames.Den)
	inside := (segment - 1) / most // keyframes after the first
	if inside == 0 || segment-inside*most > most/4 {
		return most
	}
	return (segment + inside - 1) / inside
}

// givenRates are the rates that a preset states, made to fit each other: a target
// above its own limit is the limit. All are 0 when not given.
func givenRates(spec transcode.VideoSpec) (target, limit, buffer media.BitRate) {
	target, limit, buffer = spec.BitRate, spec.MaxBitRate, spec.BufferSize
	if limit > 0 {
		target = min(target, limit)
	}
	return target, limit, buffer
}

// maxBufferKilobits is the most that fits the encoders' 32-bit count of bits.
const maxBufferKilobits media.BitRate = 2147483

// slower is by how much an encoder's effort grows from veryfast on.
func slower(speed string) float64 {
	switch speed {
	case "ultrafast":
		return 0.6
	case "superfast":
		return 0.85
	case "veryfast":
		return 1
	case "faster":
		return 1.4
	case "fast":
		return 1.6
	case "slow":
		return 3
	case "slower", "veryslow", "placebo":
		return 6
	}
	return 2
}
