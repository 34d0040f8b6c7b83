package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// encoder is a video encoder with every choice made for one output.
type encoder interface {
	// args name the encoder and its settings, pixel format included.
	args(speed string, threads int) []string
	// threads is how many of the step's threads the encoder can use.
	threads(most int) int
	// effort is the processor time for a pixel, in nanoseconds: an estimate.
	effort(speed string) float64
	// memory is what the encoder needs, in bytes, besides its input pictures.
	memory(speed string, threads int) int64
	// alone tells that the output is made faster in a run of its own.
	alone() bool
	// expect fills in what a reader of the stream will find.
	expect(v *Video)
}

// scene is what an encoder is told of the stream that it encodes.
type scene struct {
	size media.Size
	rate media.Rational
	scan transcode.Scan
	// sourceRate is the input's video bit rate, 0 when unknown.
	sourceRate media.BitRate
	// segmentSeconds forces a keyframe at each multiple; "" for none.
	segmentSeconds string
	container      transcode.Container
}

// newEncoder settles the encoder of a preset for a stream.
func newEncoder(spec transcode.VideoSpec, s scene) encoder {
	switch spec.Codec {
	case transcode.VP8:
		return newVP8(spec, s)
	case transcode.VP9:
		return newVP9(spec, s)
	case transcode.MPEG2:
		return newMPEG2(spec, s)
	case transcode.GIFV:
		return gif{scene: s, loops: spec.Loops}
	}
	return newH264(spec, s)
}

// pixelFormat is ffmpeg's name of the pixel format that a preset's stream has.
func pixelFormat(spec transcode.VideoSpec) string {
	switch {
	case spec.Codec == transcode.VP9:
		return vp9Formats[spec.Profile]
	case spec.Codec == transcode.MPEG2 && spec.Chroma == transcode.YUV422:
		return "yuv422p"
	case spec.Codec == transcode.GIFV:
		return "rgb24" // paletteuse makes pal8 of it
	}
	return "yuv420p"
}

// keyframeArgs place the keyframes. A segmented output has one at each multiple
// of the segment's length, whatever its GOP, so that every rendition of a
// ladder cuts at the same instants; the microsecond absorbs the rounding of
// frame times.
func (s scene) keyframeArgs(gop transcode.GOP, fixed ...string) []string {
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
func (s scene) distance(gop transcode.GOP) int {
	most := max(gop.MaxFrames, 1)
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

// bufferFactor is BufferSize over MaxBitRate where only the latter is given (API
// model, VideoParameters:CodecOptions).
const bufferFactor = 10

// given are the rates that a preset states, made to fit each other: a target
// above its own limit is the limit. All are 0 when not given.
func given(spec transcode.VideoSpec) (target, limit, buffer media.BitRate) {
	target, limit, buffer = spec.BitRate, spec.MaxBitRate, spec.BufferSize
	if limit == 0 {
		return target, 0, 0
	}
	if buffer == 0 {
		buffer = bufferFactor * limit
	}
	return min(target, limit), limit, buffer
}

func kilobits(r media.BitRate) string { return strconv.Itoa(int(r)) + "k" }

// encoderNames are ffmpeg's names of the video encoders.
var encoderNames = map[transcode.VideoCodec]string{
	transcode.H264: "libx264", transcode.VP8: "libvpx", transcode.VP9: "libvpx-vp9",
	transcode.MPEG2: "mpeg2video", transcode.GIFV: "gif",
}

// codecNames are ffprobe's names of the codecs of the API.
var (
	codecNames = map[transcode.VideoCodec]string{
		transcode.H264: "h264", transcode.VP8: "vp8", transcode.VP9: "vp9",
		transcode.MPEG2: "mpeg2video", transcode.GIFV: "gif",
	}
	soundNames = map[transcode.AudioCodec]string{
		transcode.AAC: "aac", transcode.MP3Audio: "mp3", transcode.MP2Audio: "mp2", transcode.Vorbis: "vorbis",
		transcode.FLACAudio: "flac",
	}
)
