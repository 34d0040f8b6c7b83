package transcode

import "github.com/reelastic/reelastic/internal/media"

// Container is a preset's container in the spelling of the API model.
type Container string

// VideoCodec and AudioCodec are codec names in the exact spelling of the API model.
type (
	VideoCodec string
	AudioCodec string
)

// The containers and codecs of the API model.
const (
	MP4  Container = "mp4"
	TS   Container = "ts"
	WebM Container = "webm"
	MP3  Container = "mp3"
	FLAC Container = "flac"
	OGA  Container = "oga"
	OGG  Container = "ogg"
	FMP4 Container = "fmp4"
	MPG  Container = "mpg"
	FLV  Container = "flv"
	GIF  Container = "gif"
	MXF  Container = "mxf"
	WAV  Container = "wav"
	MP2  Container = "mp2"

	H264  VideoCodec = "H.264"
	VP8   VideoCodec = "vp8"
	VP9   VideoCodec = "vp9"
	MPEG2 VideoCodec = "mpeg2"
	GIFV  VideoCodec = "gif"

	AAC       AudioCodec = "AAC"
	Vorbis    AudioCodec = "vorbis"
	MP3Audio  AudioCodec = "mp3"
	MP2Audio  AudioCodec = "mp2"
	PCM       AudioCodec = "pcm"
	FLACAudio AudioCodec = "flac"
)

// VideoSpec says how to encode the pictures.
type VideoSpec struct {
	Codec VideoCodec
	// Profile is "baseline", "main" or "high" for H.264, "0" to "3" for vp8 and vp9, "" when not given.
	Profile string
	// Level is the H.264 level as written in the API ("3.1", "1b"), "" when not given.
	Level string
	// ReferenceFrames is 0 to 16; -1 when the preset does not say.
	ReferenceFrames int
	// BitRate is the target; 0 is "auto".
	BitRate media.BitRate
	// MaxBitRate caps the rate over BufferSize; both 0 when not given. A given
	// MaxBitRate without BufferSize has BufferSize = 10 × MaxBitRate (API model).
	MaxBitRate, BufferSize media.BitRate
	GOP                    GOP
	// FrameRate is exact (23.97 is 24000/1001); the zero value is "auto".
	FrameRate media.Rational
	// MaxFrameRate bounds an automatic rate; zero with a fixed FrameRate.
	MaxFrameRate media.Rational
	Sizing       Sizing
	// DisplayAspectRatio is written as metadata; zero is "auto": square pixels.
	DisplayAspectRatio media.Rational
	// Scan is how frames are made of fields; "" is [Progressive].
	Scan Scan
	// Conversion is the mode of colour conversion; "" when the preset does not
	// say, and then AppliedColorSpaceConversion stays null.
	Conversion ColorConversion
	// Chroma is the sampling of the colours; "" is [YUV420].
	Chroma Chroma
	// Loops is how often a gif plays again after the first time; -1 is without end.
	Loops int
	// Watermarks are the places that outputs may put graphics into.
	Watermarks []Watermark
}

// Scan is the order of the fields in the frames of an output (API model,
// CodecOptions InterlacedMode, whose Auto is TopFirst).
type Scan string

// The scans of the API model.
const (
	Progressive Scan = "Progressive"
	TopFirst    Scan = "TopFirst"
	BottomFirst Scan = "BottomFirst"
)

// Interlaced tells whether a frame holds two fields of different times.
func (s Scan) Interlaced() bool { return s == TopFirst || s == BottomFirst }

// ColorConversion is a change of the colour matrix (API model, CodecOptions
// ColorSpaceConversionMode, in one of its two spellings).
type ColorConversion string

// The conversions of the API model. ConvertAuto is decided when the source is
// known; what was applied is one of the other three.
const (
	ConvertNone  ColorConversion = "None"
	ConvertTo601 ColorConversion = "Bt709ToBt601"
	ConvertTo709 ColorConversion = "Bt601ToBt709"
	ConvertAuto  ColorConversion = "Auto"
)

// Chroma is the sampling of the colours (API model, CodecOptions ChromaSubsampling).
type Chroma string

// The samplings of the API model.
const (
	YUV420 Chroma = "yuv420p"
	YUV422 Chroma = "yuv422p"
)

// GOP places the keyframes of a rendition.
type GOP struct {
	// MaxFrames is the longest distance between keyframes, in frames (1 to 100000).
	MaxFrames int
	// Fixed makes every GOP exactly MaxFrames long, so that all rungs of a
	// ladder cut at the same frames and a player can switch at any segment.
	Fixed bool
}

// SizingPolicy is how a picture meets its limits (API model, SizingPolicy).
type SizingPolicy string

// The sizing policies of the API model.
const (
	Fit          SizingPolicy = "Fit"
	Fill         SizingPolicy = "Fill"
	Stretch      SizingPolicy = "Stretch"
	Keep         SizingPolicy = "Keep"
	ShrinkToFit  SizingPolicy = "ShrinkToFit"
	ShrinkToFill SizingPolicy = "ShrinkToFill"
)

// Sizing is what a preset says about the size of video or thumbnails, either
// in the MaxWidth form or in the older Resolution form, which is mapped onto
// the same members.
type Sizing struct {
	// Max is the limit; "auto" is already 1920x1080 (600x600 for album art).
	Max    media.Size
	Policy SizingPolicy
	// Pad adds bars up to exactly Max where the policy leaves room.
	Pad bool
	// KeepSource is Resolution "auto": the source's own size, at most Max.
	KeepSource bool
	// Aspect is the older form's AspectRatio when it is not "auto": the picture
	// is letterboxed or pillarboxed to this shape. Zero otherwise.
	Aspect media.Rational
}

// AudioSpec says how to encode the sound.
type AudioSpec struct {
	Codec AudioCodec
	// SampleRate is in Hz; 0 is "auto".
	SampleRate int
	// BitRate is 0 when not given.
	BitRate media.BitRate
	// Channels is 0 (none), 1 or 2; -1 is "auto".
	Channels int
	// Profile is the AAC profile: "auto", "AAC-LC", "HE-AAC" or "HE-AACv2"; AAC without one is "AAC-LC".
	Profile string
	// BitDepth is bits per sample: 16 or 24 for flac, 8, 16, 24 or 32 for pcm; 0 for other codecs.
	BitDepth int
	// Packing is how channels are laid into tracks; "" is [SingleTrack].
	Packing Packing
}

// Packing is how the channels of an mxf file are laid into tracks (API model,
// AudioPackingMode).
type Packing string

// The packings of the API model. MosTo8Tracks adds silent tracks up to eight.
const (
	SingleTrack        Packing = "SingleTrack"
	OneChannelPerTrack Packing = "OneChannelPerTrack"
	MosTo8Tracks       Packing = "OneChannelPerTrackWithMosTo8Tracks"
)
