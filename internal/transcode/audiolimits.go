package transcode

import "fmt"

const (
	mxfSampleRate = 48000
	// The documentation begins at 64, and recommends HE-AACv2 for less than 48.
	lowestAudioRate, highestAudioRate = 16, 320
	// The last of the table of layer II, which the documentation leaves out.
	highestMP2Rate = 384
	// lowSampleRates end here: below 32 kHz MPEG audio is the low sampling
	// frequency extension of MPEG-2, with a table of bit rates of its own.
	lowSampleRates = 32000
)

// sampleRates are those of the codec in the container.
func sampleRates(spec *AudioSpec, container Container) []string {
	rules := spec.Codec.rules()
	if rules.narrowed != nil {
		if rates, ok := rules.narrowed(spec, container); ok {
			return rates
		}
	}
	return rules.sampleRates
}

// bitRates are the limits of a bit rate in kb/s.
type bitRates struct {
	low, high int
	// where says what the limits come from, with a space behind it; "" for the API.
	where string
	// none says why there is no bit rate at all.
	none string
}

// mp2Rates are those of layer II from 32 kHz, for one channel and for two, which
// share a table less its ends (ISO/IEC 11172-3, 2.4.2.3).
var mp2Rates = [2]bitRates{{low: 32, high: 192}, {low: 64, high: highestMP2Rate}}

// vorbisRates are the limits of the encoder by sample rate, for one channel and
// for two. Above 48000 it has qualities only.
var vorbisRates = map[int][2]bitRates{
	22050: {{low: 16, high: 90}, {low: 30, high: 180}},
	32000: {{low: 30, high: 190}, {low: 36, high: 320}},
	44100: {{low: 32, high: 240}, {low: 45, high: 320}},
	48000: {{low: 32, high: 240}, {low: 45, high: 320}},
}

// usualBitRates are the limits of the API.
func usualBitRates() bitRates { return bitRates{low: lowestAudioRate, high: highestAudioRate} }

// at says which sample rate limits are for.
func (spec *AudioSpec) at() string {
	return fmt.Sprintf("with %s at %d Hz ", audioName(spec), spec.SampleRate)
}

// atChannels says which sample rate and channels limits are for.
func (spec *AudioSpec) atChannels() string {
	return spec.at() + fmt.Sprintf("and Channels %d ", spec.Channels)
}

func noBitRates(spec *AudioSpec) bitRates {
	return bitRates{none: string(spec.Codec) + " has no bit rate to choose"}
}

// aacBitRates: those of HE-AAC are the highest of Fraunhofer's encoder; a frame of 1024
// samples has at most 6144 bits for each channel (ISO/IEC 14496-3).
func aacBitRates(spec *AudioSpec) bitRates {
	limits, channels := usualBitRates(), max(spec.Channels, 0)
	most := 6 * spec.SampleRate * channels / 1000
	switch {
	case spec.Profile == heAACv2:
		limits.high, limits.where = 64, "with HE-AACv2 "
	case spec.Profile == heAAC && channels > 0:
		limits.high, limits.where = 64*channels, fmt.Sprintf("with HE-AAC and Channels %d ", channels)
	case most > 0 && most < highestAudioRate:
		limits.high, limits.where = most, spec.atChannels()
	}
	return limits
}

func mp3BitRates(spec *AudioSpec) bitRates {
	limits := usualBitRates()
	switch {
	case spec.SampleRate == 0:
	case spec.SampleRate < lowSampleRates:
		limits.high, limits.where = 160, spec.at()
	default:
		limits.low, limits.where = 32, spec.at()
	}
	return limits
}

func mp2BitRates(spec *AudioSpec) bitRates {
	limits := usualBitRates()
	switch {
	case spec.SampleRate == 0:
		limits.high = highestMP2Rate
	case spec.SampleRate < lowSampleRates:
		limits.high, limits.where = 160, spec.at()
	case spec.Channels > 0:
		limits = mp2Rates[spec.Channels-1]
		limits.where = spec.atChannels()
	default:
		limits.low, limits.high, limits.where = 32, highestMP2Rate, spec.at()
	}
	return limits
}

func vorbisBitRates(spec *AudioSpec) bitRates {
	limits := usualBitRates()
	switch {
	case spec.SampleRate > 48000:
		limits.none = fmt.Sprintf("vorbis at %d Hz has no bit rate to choose", spec.SampleRate)
	case spec.SampleRate > 0 && spec.Channels > 0:
		limits = vorbisRates[spec.SampleRate][spec.Channels-1]
		limits.where = spec.atChannels()
	}
	return limits
}
