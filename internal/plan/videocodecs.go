package plan

import (
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// videoCodec is what a codec can do, whatever the preset.
type videoCodec struct {
	// encoder is ffmpeg's name of the encoder, probed ffprobe's of the codec.
	encoder, probed string
	// frameRates are those that the stream can state, lowest first; nil for any.
	frameRates []media.Rational
	// highestRate is the highest frame rate; zero for any.
	highestRate media.Rational
	// widest is the largest width, in pixels; 0 for any.
	widest int
	// matrix is the colour matrix that all streams have; "" for any.
	matrix string
	// matrices are those that the headers can name; nil for any.
	matrices []string
	// pixelFormat is ffmpeg's name of the pixel format that a preset's frames have.
	pixelFormat func(transcode.VideoSpec) string
	// settle makes the encoder of a preset for a stream.
	settle func(transcode.VideoSpec, videoScene) videoEncoder
}

// videoCodecs are the codecs of the API.
var videoCodecs = map[transcode.VideoCodec]videoCodec{
	transcode.H264:  h264Codec,
	transcode.VP8:   vp8Codec,
	transcode.VP9:   vp9Codec,
	transcode.MPEG2: mpeg2Codec,
	transcode.GIFV:  gifCodec,
}

// fixedFormat is the pixel format of a codec that has but one.
func fixedFormat(format string) func(transcode.VideoSpec) string {
	return func(transcode.VideoSpec) string { return format }
}
