package transcode

import (
	"fmt"
	"slices"
)

// AudioCodec is a codec's name in the exact spelling of the API model.
type AudioCodec string

// The audio codecs of the API model.
const (
	AAC       AudioCodec = "AAC"
	Vorbis    AudioCodec = "vorbis"
	MP3Audio  AudioCodec = "mp3"
	MP2Audio  AudioCodec = "mp2"
	PCM       AudioCodec = "pcm"
	FLACAudio AudioCodec = "flac"
)

// audioCodec is what presets can say of an audio codec.
type audioCodec struct {
	name       AudioCodec
	containers []Container
	// options are the members of CodecOptions; nil without.
	options []string
	// sampleRates are those of the API model that the codec has; for some containers and
	// profiles narrowed has others.
	sampleRates []string
	narrowed    func(spec *AudioSpec, container Container) (sampleRates []string, ok bool)
	// profiles and bitDepths are the values of two options; nil for codecs without.
	profiles, bitDepths []string
	// bitRates are the limits at the sample rate and channels that the preset
	// fixes; what the source decides is left to the plan.
	bitRates func(*AudioSpec) bitRates
}

// audioCodecs is the table of the codecs, in the order of messages; the containers are the
// original's (behaviour 3.1). Sample rates of AAC end at 96000 (ISO/IEC 14496-3, table 1.18),
// those of MPEG audio at 48000 (ISO/IEC 13818-3); bit depths are of behaviour 3.6.
var audioCodecs = []audioCodec{
	{
		name:        AAC,
		containers:  []Container{FLV, FMP4, MP4, TS},
		options:     []string{"Profile"},
		profiles:    []string{"auto", aacLC, heAAC, heAACv2},
		sampleRates: []string{"22050", "32000", "44100", "48000", "96000"},
		narrowed:    aacSampleRates,
		bitRates:    aacBitRates,
	},
	{
		name:        MP3Audio,
		containers:  []Container{FLV, MP3, MP4, TS},
		sampleRates: []string{"22050", "32000", "44100", "48000"},
		narrowed:    mp3SampleRates,
		bitRates:    mp3BitRates,
	},
	{
		name:        MP2Audio,
		containers:  []Container{MP2, MPG},
		sampleRates: []string{"22050", "32000", "44100", "48000"},
		bitRates:    mp2BitRates,
	},
	{
		name:        FLACAudio,
		containers:  []Container{FLAC, OGA, OGG},
		options:     []string{"BitDepth"},
		sampleRates: []string{"22050", "32000", "44100", "48000", "96000", "192000"},
		bitDepths:   []string{"16", "24"},
		bitRates:    noBitRates,
	},
	{
		name:        Vorbis,
		containers:  []Container{OGA, OGG, WebM},
		sampleRates: []string{"22050", "32000", "44100", "48000", "96000", "192000"},
		bitRates:    vorbisBitRates,
	},
	{
		name:        PCM,
		containers:  []Container{MXF, WAV},
		options:     []string{"BitDepth", "BitOrder", "Signed"},
		sampleRates: []string{"22050", "32000", "44100", "48000", "96000", "192000"},
		narrowed:    mxfSampleRates,
		bitDepths:   []string{"8", "16", "24", "32"},
		bitRates:    noBitRates,
	},
}

// rules are the codec's, which must be one of the table.
func (c AudioCodec) rules() audioCodec {
	i := slices.IndexFunc(audioCodecs, func(a audioCodec) bool { return a.name == c })
	return audioCodecs[i]
}

// audioIn are the codecs that a container holds.
func audioIn(container Container) (codecs []AudioCodec) {
	for _, c := range audioCodecs {
		if slices.Contains(c.containers, container) {
			codecs = append(codecs, c.name)
		}
	}
	return codecs
}

// audioWith are the codecs that have an option.
func audioWith(option string) (codecs []AudioCodec) {
	for _, c := range audioCodecs {
		if slices.Contains(c.options, option) {
			codecs = append(codecs, c.name)
		}
	}
	return codecs
}

// The AAC profiles of the API model, besides auto.
const (
	aacLC   = "AAC-LC"
	heAAC   = "HE-AAC"
	heAACv2 = "HE-AACv2"
)

// aacSampleRates are those of HE-AAC, whose decoders end at 48000 (ISO/IEC 14496-3, levels
// 2 to 4).
func aacSampleRates(spec *AudioSpec, _ Container) ([]string, bool) {
	return []string{"22050", "32000", "44100", "48000"}, spec.Profile == heAAC || spec.Profile == heAACv2
}

// mp3SampleRates are those of flv: two bits of the tag's header; 11025 is not in the API.
func mp3SampleRates(_ *AudioSpec, container Container) ([]string, bool) {
	return []string{"22050", "44100"}, container == FLV
}

func mxfSampleRates(_ *AudioSpec, container Container) ([]string, bool) {
	return []string{fmt.Sprint(mxfSampleRate)}, container == MXF
}
