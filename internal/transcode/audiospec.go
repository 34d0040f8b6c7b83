package transcode

import (
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

const defaultBitDepth = 16 // that of the system presets for flac and wav, whose audio is a disc's

var (
	packings = []Packing{SingleTrack, OneChannelPerTrack, MosTo8Tracks}
	// bitDepths are those of flac and pcm (behaviour 3.6); mxf has its own (SMPTE 382M).
	bitDepths    = map[AudioCodec][]string{FLACAudio: {"16", "24"}, PCM: {"8", "16", "24", "32"}}
	mxfBitDepths = []string{"16", "24"}
)

// audioSpec reads the audio of a preset; alone means that there is no video.
func audioSpec(r *reader, a *api.AudioParameters, container Container, alone bool) *AudioSpec {
	spec := &AudioSpec{Codec: AudioCodec(text(a.Codec)), Channels: -1}
	if channels := text(a.Channels); channels != "" && channels != "auto" {
		spec.Channels = r.whole("Audio:Channels", a.Channels, 0, 2, -1)
	}
	if spec.Channels == 0 && alone {
		r.fail(invalid("Audio:Channels", "0", "a preset without Video has at least 1"))
	}
	spec.Packing = packing(r, a.AudioPackingMode, container)
	options := a.CodecOptions
	if options == nil {
		options = &api.AudioCodecOptions{}
	}
	checkForeignOptions(r, options, spec.Codec)
	switch spec.Codec {
	case AAC:
		spec.Profile = aacProfile(r, options, spec.Channels)
	case FLACAudio, PCM:
		spec.BitDepth = bitDepth(r, options, spec.Codec, container)
	}
	spec.SampleRate = sampleRate(r, a.SampleRate, spec, container)
	spec.BitRate = audioBitRate(r, a.BitRate, spec)
	return spec
}

func packing(r *reader, value *string, container Container) Packing {
	const member = "Audio:AudioPackingMode"
	mode := Packing(r.oneOf(member, value, words(packings)...))
	if mode != "" && mode != SingleTrack && container != MXF {
		r.fail(invalid(member, string(mode), "outside the container mxf it is SingleTrack"))
	}
	return mode
}

// checkForeignOptions refuses options of other codecs, which would have no effect.
func checkForeignOptions(r *reader, o *api.AudioCodecOptions, codec AudioCodec) {
	for _, option := range []struct {
		member string
		value  *string
		codecs []AudioCodec
	}{
		{"Profile", o.Profile, []AudioCodec{AAC}},
		{"BitDepth", o.BitDepth, []AudioCodec{FLACAudio, PCM}},
		{"BitOrder", o.BitOrder, []AudioCodec{PCM}},
		{"Signed", o.Signed, []AudioCodec{PCM}},
	} {
		if value := text(option.value); value != "" && !slices.Contains(option.codecs, codec) {
			r.fail(invalid("Audio:CodecOptions:"+option.member, value, "it is for "+andList(option.codecs)+" only"))
		}
	}
}

// aacProfile reads the profile; AAC without one is AAC-LC, as the presets made
// before there were profiles (API model).
func aacProfile(r *reader, o *api.AudioCodecOptions, channels int) string {
	const member = "Audio:CodecOptions:Profile"
	switch profile := r.oneOf(member, o.Profile, "auto", aacLC, heAAC, heAACv2); {
	case profile == "":
		return aacLC
	case profile == heAACv2 && channels == 1:
		// Parametric stereo makes two channels of one (ISO/IEC 14496-3).
		r.fail(invalid(member, profile, "with Channels 1 it is auto, AAC-LC or HE-AAC"))
		fallthrough
	default:
		return profile
	}
}

// bitDepth reads the bits per sample. WAVE files have unsigned samples of 8
// bits and signed ones of more; mxf files have signed ones only.
func bitDepth(r *reader, o *api.AudioCodecOptions, codec AudioCodec, container Container) int {
	const member, signed = "Audio:CodecOptions:BitDepth", "Audio:CodecOptions:Signed"
	allowed := bitDepths[codec]
	if container == MXF {
		allowed = mxfBitDepths
	}
	depth := defaultBitDepth
	if s := text(o.BitDepth); slices.Contains(allowed, s) {
		depth = r.whole(member, o.BitDepth, 8, 32, depth)
	} else if s != "" {
		r.fail(invalid(member, s, "with "+string(codec)+" in "+string(container)+" it is "+orList(allowed)))
	}
	r.oneOf("Audio:CodecOptions:BitOrder", o.BitOrder, "LittleEndian")
	kind := "Signed"
	if depth == 8 {
		kind = "Unsigned"
	}
	if s := r.oneOf(signed, o.Signed, "Signed", "Unsigned"); s != "" && s != kind {
		r.fail(invalid(signed, s, "with a BitDepth of "+strconv.Itoa(depth)+" it is "+kind))
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
		r.fail(invalid("Audio:SampleRate", s, "with "+audioName(spec)+" in "+string(container)+" it is "+orList(append([]string{"auto"}, rates...))))
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
	limits := bitRateLimits(spec)
	rate := r.whole(member, value, 0, 999, 0)
	switch {
	case limits.none != "":
		r.fail(invalid(member, s, limits.none))
	case rate < limits.low || rate > limits.high:
		r.fail(invalid(member, s, limits.where+"it is a whole number from "+strconv.Itoa(limits.low)+" to "+strconv.Itoa(limits.high)))
	}
	return media.BitRate(rate)
}
