package transcode

import (
	"fmt"
	"maps"
	"slices"

	"github.com/reelastic/reelastic/internal/media"
)

const (
	// bufferFactor is BufferSize over MaxBitRate where only the latter is given (API model).
	bufferFactor = 10
	// largestBuffer is what encoders can be told, 31 bits, in kilobits.
	largestBuffer = 2147483
	// endless is LoopCount Infinite, and the default.
	endless = -1
	// loopCount is an option that has a reader of its own.
	loopCount = "LoopCount"
)

var (
	interlacedModes = []string{string(Progressive), string(TopFirst), string(BottomFirst), "Auto"}
	// conversionModes are in the order of messages, conversions in both spellings of the API model.
	conversionModes = []string{"None", "Bt709ToBt601", "Bt709toBt601", "Bt601ToBt709", "Bt601toBt709", "Auto"}
	conversions     = map[string]ColorConversion{
		"None": ConvertNone, "Auto": ConvertAuto,
		"Bt709ToBt601": ConvertTo601, "Bt709toBt601": ConvertTo601,
		"Bt601ToBt709": ConvertTo709, "Bt601toBt709": ConvertTo709,
	}
)

// givenOptions drops the options with the value "", which count as not given.
func givenOptions(options map[string]string) map[string]string {
	given := maps.Clone(options)
	maps.DeleteFunc(given, func(_, value string) bool { return value == "" })
	return given
}

// optionReader reads CodecOptions.
type optionReader struct {
	*reader
	given map[string]string
}

// option is an option's full name and value, nil when it is not given.
func (o optionReader) option(name string) (member string, value *string) {
	if v, ok := o.given[name]; ok {
		value = &v
	}
	return "Video:CodecOptions:" + name, value
}

func (o optionReader) whole(name string, low, high, otherwise int) int {
	member, value := o.option(name)
	return o.reader.whole(member, value, low, high, otherwise)
}

func (o optionReader) oneOf(name string, allowed []string) string {
	member, value := o.option(name)
	return o.reader.oneOf(member, value, allowed...)
}

// refuse fails with an option that is given.
func (o optionReader) refuse(name, allowed string) {
	o.fail(invalid("Video:CodecOptions:"+name, o.given[name], allowed))
}

// codecSettings reads CodecOptions. Options of other codecs are refused, not
// ignored, so that each has an effect.
func codecSettings(r *reader, given map[string]string, spec *VideoSpec) {
	o, rules := optionReader{r, given}, spec.Codec.rules()
	o.checkNames(rules)
	spec.Profile = o.oneOf("Profile", rules.profiles)
	spec.Level = o.oneOf("Level", levelNames())
	spec.ReferenceFrames = o.whole("MaxReferenceFrames", 0, 16, -1)
	o.readRates(spec)
	if spec.Scan = Scan(o.oneOf("InterlacedMode", interlacedModes)); spec.Scan == "Auto" {
		spec.Scan = TopFirst
	}
	if spec.Scan.Interlaced() && spec.Profile == "baseline" {
		o.refuse("InterlacedMode", "with the Profile baseline it must be Progressive")
	}
	spec.Conversion = conversions[o.oneOf("ColorSpaceConversionMode", conversionModes)]
	spec.Chroma = Chroma(o.oneOf("ChromaSubsampling", rules.chromas))
	if slices.Contains(rules.options, loopCount) {
		spec.Loops = o.loops()
	}
}

// checkNames refuses options that the codec does not have.
func (o optionReader) checkNames(codec videoCodec) {
	names := codec.options
	for _, name := range slices.Sorted(maps.Keys(o.given)) {
		switch {
		case slices.Contains(names, name):
		case len(names) == 1:
			o.refuse(name, fmt.Sprintf("the option of %s is %s", codec.name, names[0]))
		default:
			o.refuse(name, fmt.Sprintf("the options of %s are %s", codec.name, andList(names)))
		}
	}
}

// readRates reads MaxBitRate and BufferSize, and completes the pair: a cap
// without a buffer has ten times itself (API model), a buffer without a cap
// holds BitRate. Below BitRate the cap decides, except with codecs whose encoder
// refuses it.
func (o optionReader) readRates(spec *VideoSpec) {
	spec.MaxBitRate = media.BitRate(o.whole("MaxBitRate", 16, 62500, 0))
	spec.BufferSize = media.BitRate(o.whole("BufferSize", 1, largestBuffer, 0))
	switch {
	case spec.Codec.rules().capsTarget && spec.MaxBitRate > 0 && spec.MaxBitRate < spec.BitRate:
		o.refuse("MaxBitRate", fmt.Sprintf("with %s it must be at least BitRate, %d", spec.Codec, spec.BitRate))
	case spec.MaxBitRate > 0 && spec.BufferSize == 0:
		spec.BufferSize = bufferFactor * spec.MaxBitRate
	case spec.MaxBitRate == 0 && spec.BufferSize > 0 && spec.BitRate > 0:
		spec.MaxBitRate = spec.BitRate
	case spec.MaxBitRate == 0 && spec.BufferSize > 0:
		o.refuse("BufferSize", "with BitRate auto, MaxBitRate must be given")
	}
	o.checkBuffer(spec)
}

// checkBuffer refuses a buffer that can't hold one frame of the highest rate,
// which encoders refuse or enlarge.
func (o optionReader) checkBuffer(spec *VideoSpec) {
	member, rate := "FrameRate", spec.FrameRate
	if rate.IsZero() {
		member, rate = "MaxFrameRate", spec.MaxFrameRate
	}
	if rate.IsZero() || o.given["BufferSize"] == "" {
		return
	}
	frame := (int64(spec.MaxBitRate)*rate.Den + rate.Num - 1) / rate.Num
	if int64(spec.BufferSize) < frame {
		o.refuse("BufferSize", fmt.Sprintf("it must be at least one frame, %d at %d kilobits per second and a %s of "+
			"%.4g",
			frame, spec.MaxBitRate, member, rate.Float()))
	}
}

func (o optionReader) loops() int {
	member, value := o.option(loopCount)
	if value == nil || *value == "Infinite" {
		return endless
	}
	n, ok := wholeNumber(*value, 0, 100)
	if !ok {
		o.fail(invalid(member, *value, "it must be Infinite or a whole number from 0 to 100"))
	}
	return n
}
