package plan

import (
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// encoder is a video encoder with every choice made for one output.
type encoder interface {
	// args name the encoder and its settings, pixel format included.
	args(speed string, threads int) []string
	// threads is how many of the step's threads the encoder can use.
	threads(most int) int
	// lookahead is how many pictures the encoder holds back besides its references.
	lookahead(speed string) int
	// alone tells that the output is made faster in a run of its own.
	alone() bool
}

// scene is what an encoder is told of the stream that it encodes.
type scene struct {
	size media.Size
	rate media.Rational
	// sourceRate is the input's video bit rate, 0 when unknown.
	sourceRate media.BitRate
	// segmentSeconds forces a keyframe at each multiple; "" for none.
	segmentSeconds string
	container      transcode.Container
}

// newEncoder settles the encoder of a preset for a stream.
func newEncoder(spec transcode.VideoSpec, s scene) encoder {
	return newH264(spec, s)
}

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
