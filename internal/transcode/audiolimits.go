package transcode

import "fmt"

// The AAC profiles of the API model, besides auto.
const (
	aacLC   = "AAC-LC"
	heAAC   = "HE-AAC"
	heAACv2 = "HE-AACv2"
)

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

// codecSampleRates are the rates of the API model that a codec has: AAC ends at
// 96000 (ISO/IEC 14496-3, table 1.18), MPEG audio at 48000 (ISO/IEC 13818-3).
var codecSampleRates = map[AudioCodec][]string{
	AAC:       {"22050", "32000", "44100", "48000", "96000"},
	MP3Audio:  {"22050", "32000", "44100", "48000"},
	MP2Audio:  {"22050", "32000", "44100", "48000"},
	Vorbis:    {"22050", "32000", "44100", "48000", "96000", "192000"},
	FLACAudio: {"22050", "32000", "44100", "48000", "96000", "192000"},
	PCM:       {"22050", "32000", "44100", "48000", "96000", "192000"},
}

// sampleRates are those of the codec in the container, and of HE-AAC, whose
// decoders end at 48000 (ISO/IEC 14496-3, levels 2 to 4).
func sampleRates(spec *AudioSpec, container Container) []string {
	switch {
	case container == MXF:
		return []string{fmt.Sprint(mxfSampleRate)}
	case container == FLV && spec.Codec == MP3Audio:
		return []string{"22050", "44100"} // two bits of the tag's header; 11025 is not in the API
	case spec.Profile == heAAC || spec.Profile == heAACv2:
		return []string{"22050", "32000", "44100", "48000"}
	}
	return codecSampleRates[spec.Codec]
}

// bitRates are the limits of a bit rate in kb/s.
type bitRates struct {
	low, high int
	// where says what the limits come from, with a space behind it.
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

// bitRateLimits are the limits at the sample rate and channels that the preset
// fixes; what the source decides is left to the plan.
func bitRateLimits(spec *AudioSpec) bitRates {
	limits := bitRates{low: lowestAudioRate, high: highestAudioRate}
	at := fmt.Sprintf("with %s at %d Hz ", audioName(spec), spec.SampleRate)
	channels := max(spec.Channels, 0)
	switch {
	case spec.Codec == FLACAudio || spec.Codec == PCM:
		limits.none = string(spec.Codec) + " has no bit rate to choose"
	case spec.Codec == Vorbis && spec.SampleRate > 48000:
		limits.none = fmt.Sprintf("vorbis at %d Hz has no bit rate to choose", spec.SampleRate)
	case spec.Profile == heAACv2:
		// The highest of Fraunhofer's encoder, as are those of HE-AAC.
		limits.high, limits.where = 64, "with HE-AACv2 "
	case spec.Profile == heAAC && channels > 0:
		limits.high, limits.where = 64*channels, fmt.Sprintf("with HE-AAC and Channels %d ", channels)
	case spec.Codec == MP2Audio && spec.SampleRate == 0:
		limits.high = highestMP2Rate
	case spec.SampleRate == 0:
	case (spec.Codec == MP3Audio || spec.Codec == MP2Audio) && spec.SampleRate < lowSampleRates:
		limits.high, limits.where = 160, at
	case spec.Codec == MP2Audio && channels > 0:
		limits = mp2Rates[channels-1]
		limits.where = at + fmt.Sprintf("and Channels %d ", channels)
	case spec.Codec == MP2Audio:
		limits.low, limits.high, limits.where = 32, highestMP2Rate, at
	case spec.Codec == MP3Audio:
		limits.low, limits.where = 32, at
	case spec.Codec == AAC && channels > 0 && 6*spec.SampleRate*channels < 1000*highestAudioRate:
		// A frame of 1024 samples has at most 6144 bits for each channel (ISO/IEC 14496-3).
		limits.high, limits.where = 6*spec.SampleRate*channels/1000, at+fmt.Sprintf("and Channels %d ", channels)
	case spec.Codec == Vorbis && channels > 0:
		limits = vorbisRates[spec.SampleRate][channels-1]
		limits.where = at + fmt.Sprintf("and Channels %d ", channels)
	}
	return limits
}
