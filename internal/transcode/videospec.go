package transcode

import (
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// VideoSpec says how to encode the video.
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
	// Watermarks are the places that outputs may put images into.
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

// Interlaced reports whether a frame holds two fields of different times.
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

const (
	defaultKeyframeDistance = 90   // that of every system preset for H.264 files and HLS
	defaultMaxFrameRate     = "30" // API model, MaxFrameRate
	longestGOP              = 100000
)

var (
	frameRates       = []string{"10", "15", "23.97", "24", "25", "29.97", "30", "50", "60"}
	aspectRatios     = []string{"1:1", "4:3", "3:2", "16:9"}
	fractionalRates  = map[string]media.Rational{"23.97": {Num: 24000, Den: 1001}, "29.97": {Num: 30000, Den: 1001}}
	maxWatermarks    = 4
	watermarkSizings = []string{"Fit", "Stretch", "ShrinkToFit"}
	// mxfFrameRates are those of content packages (SMPTE 326M).
	mxfFrameRates = []string{"23.97", "24", "25", "29.97", "30", "50", "60"}
	// gifFrameRates end at a delay of two hundredths of a second; viewers slow shorter ones down.
	gifFrameRates = []string{"10", "15", "23.97", "24", "25", "29.97", "30", "50"}
)

// videoSpec reads the video of a preset.
func videoSpec(r *reader, v *api.VideoParameters, container Container) *VideoSpec {
	spec := &VideoSpec{Codec: VideoCodec(text(v.Codec)), ReferenceFrames: -1}
	spec.BitRate = videoBitRate(r, v)
	spec.GOP = gop(r, v, spec.Codec, container)
	videoFrameRate(r, v, spec, container)
	codecSettings(r, givenOptions(v.CodecOptions), spec)
	spec.Sizing = videoSizing(r, v, spec)
	spec.DisplayAspectRatio = displayAspectRatio(r, v.DisplayAspectRatio, spec.Codec)
	spec.Watermarks = watermarks(r, v.Watermarks, spec.Sizing.Max)
	return spec
}

func videoBitRate(r *reader, v *api.VideoParameters) media.BitRate {
	const member = "Video:BitRate"
	s := text(v.BitRate)
	if s == "" || s == "auto" {
		return 0
	}
	n, ok := wholeNumber(s, 10, 99999)
	if !ok {
		r.fail(invalid(member, s, "it must be auto or a whole number from 10 to 99999"))
	}
	return media.BitRate(n)
}

// gop reads where keyframes stand. The GOP of a codec that has none is zero.
func gop(r *reader, v *api.VideoParameters, codec VideoCodec, container Container) GOP {
	const distance, fixed = "Video:KeyframesMaxDist", "Video:FixedGOP"
	rules := codec.rules()
	if rules.keyless != "" {
		refuseGiven(r, distance, v.KeyframesMaxDist, rules.keyless)
		refuseGiven(r, fixed, v.FixedGOP, rules.keyless)
		return GOP{}
	}
	g := GOP{
		MaxFrames: r.whole(distance, v.KeyframesMaxDist, 1, longestGOP, defaultKeyframeDistance),
		Fixed:     r.oneOf(fixed, v.FixedGOP, "true", "false") == "true",
	}
	switch {
	case container == FMP4 && text(v.FixedGOP) == "":
		r.fail(invalidf("%s is not allowed to be null with the container fmp4: it must be true.", fixed))
	case container == FMP4 && !g.Fixed:
		r.fail(invalid(fixed, *v.FixedGOP, "with the container fmp4 it must be true"))
	case rules.longestFixedGOP > 0 && g.Fixed && g.MaxFrames > rules.longestFixedGOP:
		r.fail(invalid(distance, *v.KeyframesMaxDist,
			fmt.Sprintf("with %s and FixedGOP true it must be a whole number from 1 to %d", codec,
				rules.longestFixedGOP)))
	}
	return g
}

// refuseGiven refuses a member that the codec does not have.
func refuseGiven(r *reader, member string, value *string, why string) {
	if s := text(value); s != "" {
		r.fail(invalid(member, s, why))
	}
}

func videoFrameRate(r *reader, v *api.VideoParameters, spec *VideoSpec, container Container) {
	rate, limit := text(v.FrameRate), v.MaxFrameRate
	if limit != nil && rate != "auto" {
		r.fail(invalidf("When you specify a value for MaxFrameRate, you must also specify 'FrameRate':'Auto'." +
			" Either change the value of FrameRate or remove the MaxFrameRate object, and resubmit the request."))
		return
	}
	if rate != "" && rate != "auto" {
		checkFrameRate(r, "Video:FrameRate", rate, "auto, ", container)
		spec.FrameRate = r.frameRate("Video:FrameRate", v.FrameRate)
		return
	}
	if limit == nil {
		limit = new(defaultMaxFrameRate)
	}
	if container != GIF { // whose rate may end below the limit
		checkFrameRate(r, "Video:MaxFrameRate", *limit, "", container)
	}
	spec.MaxFrameRate = r.frameRate("Video:MaxFrameRate", limit)
}

// checkFrameRate refuses rates that the container does not have; besides is what
// the member can be besides a rate.
func checkFrameRate(r *reader, member, rate, besides string, container Container) {
	allowed, with := frameRates, ""
	switch container {
	case MXF:
		allowed, with = mxfFrameRates, "with the container mxf "
	case GIF:
		allowed, with = gifFrameRates, "with the container gif "
	}
	if !slices.Contains(allowed, rate) {
		r.fail(invalid(member, rate, with+"it must be "+besides+orList(allowed)))
	}
}

// displayAspectRatio reads the shape to be told to players.
func displayAspectRatio(r *reader, value *string, codec VideoCodec) media.Rational {
	const member = "Video:DisplayAspectRatio"
	ratio, allowed := r.aspectRatio(member, value), codec.rules().displayRatios
	if s := text(value); !ratio.IsZero() && allowed != nil && !slices.Contains(allowed, s) {
		r.fail(invalid(member, s, fmt.Sprintf("with %s it must be %s", codec, orList(allowed))))
	}
	return ratio
}
