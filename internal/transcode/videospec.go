package transcode

import (
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

const (
	defaultKeyframeDistance = 90   // that of every system preset for H.264 files and HLS
	defaultMaxFrameRate     = "30" // API model, MaxFrameRate
	longestGOP              = 100000
	// longestMPEG2GOP is that of ffmpeg's encoder, which shortens longer ones.
	longestMPEG2GOP = 600
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
	// mpeg2Ratios are the shapes of the sequence header that the API has (ISO/IEC 13818-2, table 6-3).
	mpeg2Ratios = []string{"auto", "4:3", "16:9"}
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
		r.fail(invalid(member, s, "it is auto or a whole number from 10 to 99999"))
	}
	return media.BitRate(n)
}

// gop reads where keyframes stand. A gif has none, so that its GOP is zero.
func gop(r *reader, v *api.VideoParameters, codec VideoCodec, container Container) GOP {
	const distance, fixed = "Video:KeyframesMaxDist", "Video:FixedGOP"
	if codec == GIFV {
		refuseGiven(r, distance, v.KeyframesMaxDist, "a gif has no keyframes")
		refuseGiven(r, fixed, v.FixedGOP, "a gif has no keyframes")
		return GOP{}
	}
	g := GOP{
		MaxFrames: r.whole(distance, v.KeyframesMaxDist, 1, longestGOP, defaultKeyframeDistance),
		Fixed:     r.oneOf(fixed, v.FixedGOP, "true", "false") == "true",
	}
	switch {
	case container == FMP4 && text(v.FixedGOP) == "":
		r.fail(invalidf("%s is not allowed to be null with the container fmp4: it is true.", fixed))
	case container == FMP4 && !g.Fixed:
		r.fail(invalid(fixed, *v.FixedGOP, "with the container fmp4 it is true"))
	case codec == MPEG2 && g.Fixed && g.MaxFrames > longestMPEG2GOP:
		r.fail(invalid(distance, *v.KeyframesMaxDist, fmt.Sprintf("with mpeg2 and FixedGOP true it is a whole number from 1 to %d", longestMPEG2GOP)))
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
		r.fail(invalid(member, rate, with+"it is "+besides+orList(allowed)))
	}
}

// displayAspectRatio reads the shape to be told to players. An mpeg2 stream
// knows two of them besides square pixels; the pixels of a gif are square.
func displayAspectRatio(r *reader, value *string, codec VideoCodec) media.Rational {
	const member = "Video:DisplayAspectRatio"
	ratio := r.aspectRatio(member, value)
	switch s := text(value); {
	case ratio.IsZero():
	case codec == MPEG2 && !slices.Contains(mpeg2Ratios, s):
		r.fail(invalid(member, s, "with mpeg2 it is "+orList(mpeg2Ratios)))
	case codec == GIFV:
		r.fail(invalid(member, s, "with gif it is auto"))
	}
	return ratio
}
