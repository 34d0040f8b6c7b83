package migrate

import (
	"fmt"
	"slices"
	"strconv"
)

// audioCodecs are codecs of presets by MediaConvert's, with the names of their settings.
var audioCodecs = map[string]struct{ name, settings string }{
	"AAC":    {"AAC", "AacSettings"},
	"MP2":    {"mp2", "Mp2Settings"},
	"MP3":    {"mp3", "Mp3Settings"},
	"WAV":    {"pcm", "WavSettings"},
	"FLAC":   {"flac", "FlacSettings"},
	"VORBIS": {"vorbis", "VorbisSettings"},
}

// audio makes the audio of a preset, or says why there can't be one.
func (c *conversion) audio(codecSettings *node) (made *node, why string) {
	name := c.take(codecSettings, "Codec")
	codec, known := audioCodecs[name]
	if !known {
		return nil, fmt.Sprintf("the audio codec %s has no counterpart", name)
	}
	a := audioConversion{c, object(codecSettings.place), codecSettings.get(codec.settings)}
	a.say("Codec", codec.name)
	a.sampleRate()
	a.channels()
	a.bitRate(codec.name)
	a.codecOptions(codec.name)
	return a.made, ""
}

// audioConversion makes the audio of one preset.
type audioConversion struct {
	*conversion
	made, from *node
}

func (a audioConversion) say(name, value string) { a.made.set(name, textAt(a.made.place, value)) }

var sampleRates = []string{"22050", "32000", "44100", "48000", "96000", "192000"}

func (a audioConversion) sampleRate() {
	rate := a.from.string("SampleRate")
	if !slices.Contains(sampleRates, rate) { // told as lost where there is one
		a.say("SampleRate", "auto")
		return
	}
	a.take(a.from, "SampleRate")
	a.say("SampleRate", rate)
}

// codingModes are the numbers of channels of AAC.
var codingModes = map[string]string{"CODING_MODE_1_0": "1", "CODING_MODE_2_0": "2"}

func (a audioConversion) channels() {
	channels := a.from.string("Channels")
	if mode := a.from.string("CodingMode"); mode != "" {
		if channels = codingModes[mode]; channels != "" {
			a.take(a.from, "CodingMode")
		} else {
			channels = "2"
		}
	}
	switch channels {
	case "1", "2":
		a.take(a.from, "Channels")
	default:
		channels = "auto"
	}
	a.say("Channels", channels)
}

const (
	// highestRate is the highest bit rate of the audio of presets.
	highestRate = 320
	// usualAudioRate is given where MediaConvert has a quality in its place.
	usualAudioRate = "160"
)

func (a audioConversion) bitRate(codec string) {
	if codec == "pcm" || codec == "flac" {
		return
	}
	rate := kilobits(a.take(a.from, "Bitrate"))
	if n := wholeNumber(rate); n > highestRate {
		a.lose("the bit rate of %d kb/s: the highest is %d", n, highestRate)
		rate = strconv.Itoa(highestRate)
	}
	if rate == "" {
		a.lose("the bit rate by quality: it is %s kb/s", usualAudioRate)
		rate = usualAudioRate
	}
	if mode := a.from.string("RateControlMode"); mode == "CBR" {
		a.take(a.from, "RateControlMode")
	}
	a.say("BitRate", rate)
}

// audioProfiles are the profiles of AAC by MediaConvert's.
var audioProfiles = map[string]string{"": "AAC-LC", "LC": "AAC-LC", "HEV1": "HE-AAC", "HEV2": "HE-AACv2"}

func (a audioConversion) codecOptions(codec string) {
	options := object(a.made.place)
	switch codec {
	case "AAC":
		profile, known := audioProfiles[a.from.string("CodecProfile")]
		if known {
			a.take(a.from, "CodecProfile")
		} else {
			profile = "AAC-LC"
		}
		options.set("Profile", textAt(a.made.place, profile))
	case "pcm", "flac":
		if depth := a.take(a.from, "BitDepth"); depth != "" {
			options.set("BitDepth", textAt(a.made.place, depth))
		}
	default:
		return
	}
	a.made.set("CodecOptions", options)
}
