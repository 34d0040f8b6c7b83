package transcode

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// codecsOf is the original's table of what a container holds (behaviour 3.1).
var codecsOf = map[Container]struct {
	video []VideoCodec
	audio []AudioCodec
}{
	FLAC: {nil, []AudioCodec{FLACAudio}},
	FLV:  {[]VideoCodec{H264}, []AudioCodec{AAC, MP3Audio}},
	FMP4: {[]VideoCodec{H264}, []AudioCodec{AAC}},
	GIF:  {[]VideoCodec{GIFV}, nil},
	MP2:  {nil, []AudioCodec{MP2Audio}},
	MP3:  {nil, []AudioCodec{MP3Audio}},
	MP4:  {[]VideoCodec{H264}, []AudioCodec{AAC, MP3Audio}},
	MPG:  {[]VideoCodec{MPEG2}, []AudioCodec{MP2Audio}},
	MXF:  {[]VideoCodec{MPEG2}, []AudioCodec{PCM}},
	OGA:  {nil, []AudioCodec{FLACAudio, Vorbis}},
	OGG:  {nil, []AudioCodec{FLACAudio, Vorbis}},
	TS:   {[]VideoCodec{H264}, []AudioCodec{AAC, MP3Audio}},
	WAV:  {nil, []AudioCodec{PCM}},
	WebM: {[]VideoCodec{VP8, VP9}, []AudioCodec{Vorbis}},
}

// builtContainers are those that this release can make.
var builtContainers = []Container{MP4, TS}

// PresetSpecOf derives the typed form of a preset whose members have passed
// [Check]. It is the one place that judges presets: an [*Error] says what is
// wrong, or which member and value this release can't make yet. A member that
// is not given has its default here and nowhere else; the document stays as it is.
func PresetSpecOf(p *api.Preset) (PresetSpec, error) {
	spec := PresetSpec{ID: text(p.Id), Container: Container(text(p.Container))}
	if err := checkCodecs(spec.Container, p); err != nil {
		return PresetSpec{}, err
	}
	r := &reader{}
	if p.Video != nil {
		spec.Video = videoSpec(r, p.Video)
	}
	if p.Audio != nil {
		spec.Audio = audioSpec(r, p.Audio, p.Video == nil)
	}
	if p.Thumbnails != nil {
		spec.Thumbnails = thumbnailSpec(r, p.Thumbnails, p.Video)
	}
	if r.err != nil {
		return PresetSpec{}, r.err
	}
	return spec, nil
}

// checkCodecs checks what the preset is made of: first what can never be, then
// what is not built.
func checkCodecs(container Container, p *api.Preset) error {
	if p.Video == nil && p.Audio == nil {
		return invalidf("[Video and Audio are not allowed to both be null.]")
	}
	holds, known := codecsOf[container]
	if !known {
		return invalid("Container", string(container), "it is "+orList(containers()))
	}
	if v := p.Video; v != nil {
		if v.CodecOptions == nil {
			return invalidf("The ''codecOptions'' field in video is not allowed to be null.")
		}
		if err := checkCodec("Video:Codec", v.Codec, holds.video, container); err != nil {
			return err
		}
	}
	if a := p.Audio; a != nil {
		if err := checkCodec("Audio:Codec", a.Codec, holds.audio, container); err != nil {
			return err
		}
	}
	if !slices.Contains(builtContainers, container) {
		return unbuilt("Container", string(container), "the containers are "+andList(builtContainers))
	}
	if p.Audio != nil && *p.Audio.Codec != string(AAC) {
		return unbuilt("Audio:Codec", *p.Audio.Codec, "the audio codec is AAC")
	}
	return nil
}

func checkCodec[C ~string](member string, codec *string, held []C, container Container) error {
	kind := strings.ToLower(strings.TrimSuffix(member, ":Codec"))
	switch {
	case codec == nil:
		return missing(member)
	case len(held) == 0:
		return invalid(member, *codec, fmt.Sprintf("the container %s has no %s", container, kind))
	case !slices.Contains(held, C(*codec)):
		return invalid(member, *codec, fmt.Sprintf("with the container %s it is %s", container, orList(held)))
	}
	return nil
}

func containers() []Container {
	var list []Container
	for c := range codecsOf {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

// audioSpec reads AAC, the one codec that is built.
func audioSpec(r *reader, a *api.AudioParameters, alone bool) *AudioSpec {
	spec := &AudioSpec{Codec: AudioCodec(text(a.Codec)), Channels: -1, Profile: "AAC-LC"}
	// 192000 is in the API model only; AAC has no such rate (ISO 14496-3, table 1.18).
	if r.oneOf("Audio:SampleRate", a.SampleRate, "auto", "22050", "32000", "44100", "48000", "96000") != "auto" {
		spec.SampleRate = r.whole("Audio:SampleRate", a.SampleRate, 22050, 96000, 0)
	}
	spec.BitRate = media.BitRate(r.whole("Audio:BitRate", a.BitRate, 16, 320, 0))
	if channels := text(a.Channels); channels != "" && channels != "auto" {
		spec.Channels = r.whole("Audio:Channels", a.Channels, 0, 2, -1)
	}
	if spec.Channels == 0 && alone {
		r.fail(invalid("Audio:Channels", "0", "a preset without Video has at least 1"))
	}
	if mode := text(a.AudioPackingMode); mode != "" && mode != "SingleTrack" {
		r.fail(invalid("Audio:AudioPackingMode", mode, "outside the container mxf it is SingleTrack"))
	}
	if a.CodecOptions != nil {
		aacOptions(r, a.CodecOptions, spec)
	}
	return spec
}

func aacOptions(r *reader, o *api.AudioCodecOptions, spec *AudioSpec) {
	for _, foreign := range []struct {
		member string
		value  *string
		codecs string
	}{
		{"BitDepth", o.BitDepth, "flac and pcm"},
		{"BitOrder", o.BitOrder, "pcm"},
		{"Signed", o.Signed, "pcm"},
	} {
		if text(foreign.value) != "" {
			r.fail(invalid("Audio:CodecOptions:"+foreign.member, *foreign.value, "it is for "+foreign.codecs+" only"))
		}
	}
	switch profile := text(o.Profile); profile {
	case "", "AAC-LC":
	case "auto":
		spec.Profile = profile
	case "HE-AAC", "HE-AACv2":
		r.fail(unbuilt("Audio:CodecOptions:Profile", profile, "the profiles are AAC-LC, and auto, which means AAC-LC"))
	default:
		r.fail(invalid("Audio:CodecOptions:Profile", profile, "it is auto, AAC-LC, HE-AAC or HE-AACv2"))
	}
}

func thumbnailSpec(r *reader, t *api.Thumbnails, v *api.VideoParameters) *ThumbnailSpec {
	spec := &ThumbnailSpec{Format: "png"}
	if format := r.oneOf("Thumbnails:Format", t.Format, "jpg", "png"); format != "" {
		spec.Format = format
	}
	spec.Interval = time.Duration(r.whole("Thumbnails:Interval", t.Interval, 1, 99999, 60)) * time.Second
	spec.Sizing = thumbnailSizing(r, t)
	if v != nil && t.Resolution != nil && v.Resolution != nil && *v.Resolution != "auto" {
		checkThumbnailFits(r, t, v)
	}
	return spec
}
