package presettest

import (
	"strconv"

	"github.com/reelastic/reelastic/api"
)

// sampleRates are those that every container has with the codec; see [draw.audio].
var sampleRates = map[string][]string{
	"AAC":    {"auto", "22050", "32000", "44100", "48000", "96000"},
	"mp3":    {"auto", "22050", "32000", "44100", "48000"},
	"mp2":    {"auto", "22050", "32000", "44100", "48000"},
	"vorbis": {"auto", "22050", "32000", "44100", "48000", "96000", "192000"},
	"flac":   {"auto", "22050", "32000", "44100", "48000", "96000", "192000"},
	"pcm":    {"auto", "22050", "32000", "44100", "48000", "96000", "192000"},
}

// audio draws the sound; alone means that there is no video.
func (d draw) audio(container, codec string, alone bool) *api.AudioParameters {
	channels := []string{"auto", "1", "2", "0"}
	if alone {
		channels = channels[:3]
	}
	a := &api.AudioParameters{Codec: &codec, Channels: d.maybe("Channels", channels...),
		AudioPackingMode: d.maybe("AudioPackingMode", "SingleTrack")}
	rates := sampleRates[codec]
	switch {
	case container == "mxf":
		rates = []string{"auto", "48000"}
		a.AudioPackingMode = d.maybe("AudioPackingMode", "SingleTrack", "OneChannelPerTrack",
			"OneChannelPerTrackWithMosTo8Tracks")
	case container == "flv" && codec == "mp3":
		rates = []string{"auto", "22050", "44100"}
	}
	a.CodecOptions = d.audioOptions(container, codec, a.Channels)
	profile := ""
	if codec == "AAC" && a.CodecOptions != nil && a.CodecOptions.Profile != nil {
		profile = *a.CodecOptions.Profile
	}
	if profile == "HE-AAC" || profile == "HE-AACv2" {
		rates = rates[:len(rates)-1]
	}
	a.SampleRate = d.maybe("SampleRate", rates...)
	d.audioRate(a, profile)
	return a
}

func (d draw) audioOptions(container, codec string, channels *string) *api.AudioCodecOptions {
	if !d.yes("CodecOptions") {
		return nil
	}
	o := &api.AudioCodecOptions{}
	switch codec {
	case "AAC":
		profiles := []string{"auto", "AAC-LC", "HE-AAC", "HE-AACv2"}
		if channels != nil && *channels == "1" {
			profiles = profiles[:3]
		}
		o.Profile = d.maybe("Profile", profiles...)
	case "flac":
		o.BitDepth = d.maybe("BitDepth", "16", "24")
	case "pcm":
		depths := []string{"16", "24", "32", "8"}
		if container == "mxf" {
			depths = depths[:2]
		}
		o.BitDepth, o.BitOrder = d.maybe("BitDepth", depths...), d.maybe("BitOrder", "LittleEndian")
		sign := "Signed"
		if o.BitDepth != nil && *o.BitDepth == "8" {
			sign = "Unsigned"
		}
		o.Signed = d.maybe("Signed", sign)
	}
	return o
}

// bounds are bit rates that a codec has at any sample rate and number of
// channels, those of vorbis up to 48000 Hz.
var bounds = map[string][2]int{"AAC": {16, 132}, "mp3": {32, 160}, "mp2": {64, 160}, "vorbis": {45, 90},
	"HE-AAC": {16, 64}, "HE-AACv2": {16, 64}}

// audioRate draws BitRate, within what the codec has.
func (d draw) audioRate(a *api.AudioParameters, profile string) {
	key := *a.Codec
	if profile == "HE-AAC" || profile == "HE-AACv2" {
		key = profile
	}
	bound, lossy := bounds[key]
	rate := ""
	if a.SampleRate != nil {
		rate = *a.SampleRate
	}
	if !lossy || key == "vorbis" && (rate == "96000" || rate == "192000") {
		return
	}
	if stereo := a.Channels != nil && *a.Channels == "2"; stereo && (rate == "44100" || rate == "48000") &&
		profile != "HE-AACv2" {
		bound[1] = 320
		if profile == "HE-AAC" {
			bound[1] = 128
		}
	}
	a.BitRate = d.maybe("BitRate", strconv.Itoa(bound[0]), "64", strconv.Itoa(bound[1]),
		d.whole("BitRate", bound[0], bound[1]))
}
