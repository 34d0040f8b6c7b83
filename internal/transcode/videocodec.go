package transcode

import (
	"slices"

	"github.com/reelastic/reelastic/internal/media"
)

// VideoCodec is a codec's name in the exact spelling of the API model.
type VideoCodec string

// The video codecs of the API model.
const (
	H264  VideoCodec = "H.264"
	VP8   VideoCodec = "vp8"
	VP9   VideoCodec = "vp9"
	MPEG2 VideoCodec = "mpeg2"
	GIFV  VideoCodec = "gif"
)

// videoCodec is what presets can say of a video codec.
type videoCodec struct {
	name       VideoCodec
	containers []Container
	// options are the names that CodecOptions can have (original.md 3.2).
	options []string
	// profiles and chromas are the values of two options that depend on the codec.
	profiles, chromas []string
	// largest bounds MaxWidth and MaxHeight.
	largest media.Size
	// displayRatios are the values of DisplayAspectRatio; nil for all.
	displayRatios []string
	// keyless is why there are no keyframes to place; "" where there are.
	keyless string
	// longestFixedGOP bounds KeyframesMaxDist where FixedGOP is true; 0 for no bound.
	longestFixedGOP int
	// capsTarget reports that MaxBitRate can't be less than BitRate.
	capsTarget bool
	// carriesCEA708 are the containers in which the stream carries captions.
	carriesCEA708 []Container
}

// videoCodecs is the table of the codecs, in the order of messages; the containers are the
// original's (original.md 3.1). The three profiles of H.264 have one sampling only (H.264,
// annex A). A stream of MPEG-2 knows two shapes besides square pixels (ISO/IEC 13818-2, table
// 6-3), and its width has 12 bits that are not all 0 (horizontal_size_value).
var videoCodecs = []videoCodec{
	{
		name:       H264,
		containers: []Container{FLV, FMP4, MP4, TS},
		options: []string{"Profile", "Level", "MaxReferenceFrames", "MaxBitRate", "BufferSize",
			"InterlacedMode", "ColorSpaceConversionMode", "ChromaSubsampling"},
		profiles:      []string{"baseline", "main", "high"},
		chromas:       []string{string(YUV420)},
		largest:       largestSize,
		carriesCEA708: []Container{MP4, TS},
	},
	{
		name:       VP8,
		containers: []Container{WebM},
		options:    []string{"Profile", "MaxBitRate", "BufferSize"},
		profiles:   []string{"0", "1", "2", "3"},
		largest:    largestSize,
	},
	{
		name:       VP9,
		containers: []Container{WebM},
		options:    []string{"Profile", "MaxBitRate", "BufferSize"},
		profiles:   []string{"0", "1", "2", "3"},
		largest:    largestSize,
	},
	{
		name:       MPEG2,
		containers: []Container{MPG, MXF},
		options: []string{"MaxBitRate", "BufferSize",
			"InterlacedMode", "ColorSpaceConversionMode", "ChromaSubsampling"},
		chromas:         []string{string(YUV420), string(YUV422)},
		largest:         media.Size{Width: 4094, Height: 3072},
		displayRatios:   []string{"auto", "4:3", "16:9"},
		longestFixedGOP: 600, // ffmpeg's encoder shortens longer ones
		capsTarget:      true,
	},
	{
		name:          GIFV,
		containers:    []Container{GIF},
		options:       []string{loopCount},
		largest:       largestSize,
		displayRatios: []string{"auto"}, // pixels are square
		keyless:       "a gif has no keyframes",
	},
}

// rules are the codec's, which must be one of the table.
func (c VideoCodec) rules() videoCodec {
	i := slices.IndexFunc(videoCodecs, func(v videoCodec) bool { return v.name == c })
	return videoCodecs[i]
}

// videoIn are the codecs that a container holds.
func videoIn(container Container) (codecs []VideoCodec) {
	for _, c := range videoCodecs {
		if slices.Contains(c.containers, container) {
			codecs = append(codecs, c.name)
		}
	}
	return codecs
}
