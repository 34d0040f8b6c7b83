package transcode

import (
	"maps"
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

const (
	defaultKeyframeDistance = 90   // that of every system preset for H.264 files and HLS
	defaultMaxFrameRate     = "30" // API model, MaxFrameRate
	bufferFactor            = 10   // BufferSize over MaxBitRate where only the latter is given; API model
)

var (
	h264Profiles = []string{"baseline", "main", "high"}
	h264Options  = []string{"Profile", "Level", "MaxReferenceFrames", "MaxBitRate", "BufferSize",
		"InterlacedMode", "ColorSpaceConversionMode", "ChromaSubsampling"}
	interlacedModes  = []string{"Progressive", "TopFirst", "BottomFirst", "Auto"}
	conversionModes  = []string{"None", "Bt709ToBt601", "Bt709toBt601", "Bt601ToBt709", "Bt601toBt709", "Auto"}
	frameRates       = []string{"10", "15", "23.97", "24", "25", "29.97", "30", "50", "60"}
	aspectRatios     = []string{"1:1", "4:3", "3:2", "16:9"}
	fractionalRates  = map[string]media.Rational{"23.97": {Num: 24000, Den: 1001}, "29.97": {Num: 30000, Den: 1001}}
	maxWatermarks    = 4
	watermarkSizings = []string{"Fit", "Stretch", "ShrinkToFit"}
)

// videoSpec reads H.264, the one codec that is built.
func videoSpec(r *reader, v *api.VideoParameters) *VideoSpec {
	spec := &VideoSpec{Codec: VideoCodec(text(v.Codec)), ReferenceFrames: -1}
	spec.BitRate = videoBitRate(r, v)
	spec.GOP = GOP{
		MaxFrames: r.whole("Video:KeyframesMaxDist", v.KeyframesMaxDist, 1, 100000, defaultKeyframeDistance),
		Fixed:     r.oneOf("Video:FixedGOP", v.FixedGOP, "true", "false") == "true",
	}
	videoFrameRate(r, v, spec)
	h264Settings(r, givenOptions(v.CodecOptions), spec)
	spec.Sizing = videoSizing(r, v)
	spec.DisplayAspectRatio = r.aspectRatio("Video:DisplayAspectRatio", v.DisplayAspectRatio)
	checkWatermarks(r, v.Watermarks, spec.Sizing.Max)
	return spec
}

func videoBitRate(r *reader, v *api.VideoParameters) media.BitRate {
	if text(v.BitRate) == "auto" {
		return 0
	}
	return media.BitRate(r.whole("Video:BitRate", v.BitRate, 10, 99999, 0))
}

func videoFrameRate(r *reader, v *api.VideoParameters, spec *VideoSpec) {
	rate, limit := text(v.FrameRate), v.MaxFrameRate
	if limit != nil && rate != "auto" {
		r.fail(invalidf("When you specify a value for MaxFrameRate, you must also specify 'FrameRate':'Auto'." +
			" Either change the value of FrameRate or remove the MaxFrameRate object, and resubmit the request."))
		return
	}
	if rate != "" && rate != "auto" {
		spec.FrameRate = r.frameRate("Video:FrameRate", v.FrameRate)
		return
	}
	if limit == nil {
		limit = new(defaultMaxFrameRate)
	}
	spec.MaxFrameRate = r.frameRate("Video:MaxFrameRate", limit)
}

// givenOptions drops the options with the value "", which count as not given.
func givenOptions(options map[string]string) map[string]string {
	given := maps.Clone(options)
	maps.DeleteFunc(given, func(_, value string) bool { return value == "" })
	return given
}

// h264Settings reads CodecOptions (behaviour 3.2).
func h264Settings(r *reader, options map[string]string, spec *VideoSpec) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if !slices.Contains(h264Options, name) {
			r.fail(invalid("Video:CodecOptions:"+name, options[name], "the options of H.264 are "+andList(h264Options)))
		}
	}
	option := func(name string) (member string, value *string) {
		if v, ok := options[name]; ok {
			value = &v
		}
		return "Video:CodecOptions:" + name, value
	}
	whole := func(name string, low, high, otherwise int) int {
		member, value := option(name)
		return r.whole(member, value, low, high, otherwise)
	}
	oneOf := func(name string, allowed ...string) string {
		member, value := option(name)
		return r.oneOf(member, value, allowed...)
	}
	spec.Profile = oneOf("Profile", h264Profiles...)
	spec.Level = oneOf("Level", levelNames()...)
	spec.ReferenceFrames = whole("MaxReferenceFrames", 0, 16, -1)
	spec.MaxBitRate = media.BitRate(whole("MaxBitRate", 16, 62500, 0))
	spec.BufferSize = media.BitRate(whole("BufferSize", 1, 10_000_000, 0))
	settleBuffer(r, options["BufferSize"], spec)
	if mode := oneOf("InterlacedMode", interlacedModes...); mode != "" && mode != "Progressive" {
		r.fail(unbuilt("Video:CodecOptions:InterlacedMode", mode, "output is Progressive"))
	}
	// Auto converts interlaced output only (API model), and output is progressive here.
	if mode := oneOf("ColorSpaceConversionMode", conversionModes...); mode != "" && mode != "None" && mode != "Auto" {
		r.fail(unbuilt("Video:CodecOptions:ColorSpaceConversionMode", mode, "the modes are None, and Auto, which converts interlaced output only"))
	} else {
		spec.Conversion = ColorConversion(mode)
	}
	// The three profiles have no other sampling (H.264, annex A).
	oneOf("ChromaSubsampling", "yuv420p")
}

// settleBuffer completes the pair of MaxBitRate and BufferSize: a cap without a
// buffer has ten times itself (API model), a buffer without a cap holds BitRate.
func settleBuffer(r *reader, buffer string, spec *VideoSpec) {
	switch {
	case spec.MaxBitRate > 0 && spec.BufferSize == 0:
		spec.BufferSize = bufferFactor * spec.MaxBitRate
	case spec.MaxBitRate == 0 && spec.BufferSize > 0 && spec.BitRate > 0:
		spec.MaxBitRate = spec.BitRate
	case spec.MaxBitRate == 0 && spec.BufferSize > 0:
		r.fail(invalid("Video:CodecOptions:BufferSize", buffer, "with BitRate auto it needs a MaxBitRate"))
	}
}
