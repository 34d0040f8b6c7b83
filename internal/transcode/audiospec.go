package transcode

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// AudioSpec says how to encode the audio.
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

const defaultBitDepth = 16 // that of the system presets for flac and wav, whose audio is a disc's

var (
	packings = []Packing{SingleTrack, OneChannelPerTrack, MosTo8Tracks}
	// mxfBitDepths are those of the container (SMPTE 382M).
	mxfBitDepths = []string{"16", "24"}
)

// audioSpec reads the audio of a preset; alone means that there is no video.
func audioSpec(r *reader, a *api.AudioParameters, container Container, alone bool) *AudioSpec {
	spec := &AudioSpec{Codec: AudioCodec(text(a.Codec)), Channels: -1}
	if channels := text(a.Channels); channels != "" && channels != "auto" {
		spec.Channels = r.whole("Audio:Channels", a.Channels, 0, 2, -1)
	}
	if spec.Channels == 0 && alone {
		r.fail(invalid("Audio:Channels", "0", "a preset without Video must have at least 1"))
	}
	spec.Packing = packing(r, a.AudioPackingMode, container)
	options := a.CodecOptions
	if options == nil {
		options = &api.AudioCodecOptions{}
	}
	checkForeignOptions(r, options, spec.Codec)
	rules := spec.Codec.rules()
	if rules.profiles != nil {
		spec.Profile = audioProfile(r, options, rules.profiles, spec.Channels)
	}
	if rules.bitDepths != nil {
		spec.BitDepth = bitDepth(r, options, rules, container)
	}
	spec.SampleRate = sampleRate(r, a.SampleRate, spec, container)
	spec.BitRate = audioBitRate(r, a.BitRate, spec)
	return spec
}

func packing(r *reader, value *string, container Container) Packing {
	const member = "Audio:AudioPackingMode"
	mode := Packing(r.oneOf(member, value, words(packings)...))
	if mode != "" && mode != SingleTrack && container != MXF {
		r.fail(invalid(member, string(mode), "outside the container mxf it must be SingleTrack"))
	}
	return mode
}

// checkForeignOptions refuses options of other codecs, which would have no effect.
func checkForeignOptions(r *reader, o *api.AudioCodecOptions, codec AudioCodec) {
	for _, option := range []struct {
		name  string
		value *string
	}{
		{"Profile", o.Profile},
		{"BitDepth", o.BitDepth},
		{"BitOrder", o.BitOrder},
		{"Signed", o.Signed},
	} {
		codecs := audioWith(option.name)
		if value := text(option.value); value != "" && !slices.Contains(codecs, codec) {
			r.fail(invalid("Audio:CodecOptions:"+option.name, value,
				"it must be left out, unless the codec is "+orList(codecs)))
		}
	}
}

// audioProfile reads the profile; AAC without one is AAC-LC, as the presets made
// before there were profiles (API model).
func audioProfile(r *reader, o *api.AudioCodecOptions, profiles []string, channels int) string {
	const member = "Audio:CodecOptions:Profile"
	profile := cmp.Or(r.oneOf(member, o.Profile, profiles...), aacLC)
	if profile == heAACv2 && channels == 1 {
		// Parametric stereo makes two channels of one (ISO/IEC 14496-3).
		r.fail(invalid(member, profile, "with Channels 1 it must be auto, AAC-LC or HE-AAC"))
	}
	return profile
}

// bitDepth reads the bits per sample. WAVE files have unsigned samples of 8
// bits and signed ones of more; mxf files have signed ones only.
func bitDepth(r *reader, o *api.AudioCodecOptions, codec audioCodec, container Container) int {
	const member, signed = "Audio:CodecOptions:BitDepth", "Audio:CodecOptions:Signed"
	allowed := codec.bitDepths
	if container == MXF {
		allowed = mxfBitDepths
	}
	depth := defaultBitDepth
	if s := text(o.BitDepth); slices.Contains(allowed, s) {
		depth = r.whole(member, o.BitDepth, 8, 32, depth)
	} else if s != "" {
		r.fail(invalid(member, s, fmt.Sprintf("with %s in %s it must be %s", codec.name, container, orList(allowed))))
	}
	r.oneOf("Audio:CodecOptions:BitOrder", o.BitOrder, "LittleEndian")
	kind := "Signed"
	if depth == 8 {
		kind = "Unsigned"
	}
	if s := r.oneOf(signed, o.Signed, "Signed", "Unsigned"); s != "" && s != kind {
		r.fail(invalid(signed, s, fmt.Sprintf("with a BitDepth of %d it must be %s", depth, kind)))
	}
	return depth
}

// sampleRate reads the rate in Hz; 0 is auto.
func sampleRate(r *reader, value *string, spec *AudioSpec, container Container) int {
	rates := sampleRates(spec, container)
	switch s := text(value); {
	case container == MXF && (s == "" || s == "auto"):
		return mxfSampleRate
	case s == "" || s == "auto":
		return 0
	case !slices.Contains(rates, s):
		allowed := orList(append([]string{"auto"}, rates...))
		r.fail(invalid("Audio:SampleRate", s, fmt.Sprintf("with %s in %s it must be %s", audioName(spec), container,
			allowed)))
		return 0
	}
	return r.whole("Audio:SampleRate", value, 0, 192000, 0)
}

// audioName is the codec as messages call it, by its profile where that has
// limits of its own.
func audioName(spec *AudioSpec) string {
	if spec.Profile == heAAC || spec.Profile == heAACv2 {
		return spec.Profile
	}
	return string(spec.Codec)
}

// audioBitRate reads the rate; 0 is not given.
func audioBitRate(r *reader, value *string, spec *AudioSpec) media.BitRate {
	const member = "Audio:BitRate"
	s := text(value)
	if s == "" {
		return 0
	}
	limits := spec.Codec.rules().bitRates(spec)
	rate := r.whole(member, value, 0, 999, 0)
	switch {
	case limits.none != "":
		r.fail(invalid(member, s, limits.none))
	case rate < limits.low || rate > limits.high:
		allowed := fmt.Sprintf("%sit must be a whole number from %d to %d", limits.where, limits.low, limits.high)
		r.fail(invalid(member, s, allowed))
	}
	return media.BitRate(rate)
}
