package transcode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// PresetSpecOf derives the typed form of a preset whose members have passed
// [Check]. It is the one place that judges presets: an [*Error] names the first
// member that can't be as it says, whatever the source. A member that is not
// given has its default here and nowhere else; the document stays as it is.
func PresetSpecOf(p *api.Preset) (PresetSpec, error) {
	spec := PresetSpec{ID: text(p.Id), Container: Container(text(p.Container))}
	if err := checkCodecs(spec.Container, p); err != nil {
		return PresetSpec{}, err
	}
	r := &reader{}
	if p.Video != nil {
		spec.Video = videoSpec(r, p.Video, spec.Container)
	}
	if p.Audio != nil {
		spec.Audio = audioSpec(r, p.Audio, spec.Container, p.Video == nil)
	}
	if p.Thumbnails != nil {
		spec.Thumbnails = thumbnailSpec(r, p.Thumbnails, p.Video)
	}
	if r.err != nil {
		return PresetSpec{}, r.err
	}
	return spec, nil
}

// checkCodecs checks what the preset is made of.
func checkCodecs(container Container, p *api.Preset) error {
	if p.Video == nil && p.Audio == nil {
		return invalidf("[Video and Audio are not allowed to both be null.]")
	}
	if !slices.Contains(containers(), container) {
		return invalid("Container", string(container), "it is "+orList(containers()))
	}
	if v := p.Video; v != nil {
		if v.CodecOptions == nil {
			return invalidf("The ''codecOptions'' field in video is not allowed to be null.")
		}
		if err := checkCodec("Video:Codec", v.Codec, videoIn(container), container); err != nil {
			return err
		}
	} else if container == MXF {
		return invalidf("Video is not allowed to be null with the container mxf.")
	}
	if a := p.Audio; a != nil {
		return checkCodec("Audio:Codec", a.Codec, audioIn(container), container)
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

// PresetSpec is a preset in typed form. At least one of Video and Audio is set.
type PresetSpec struct {
	// ID is the preset's id.
	ID        string
	Container Container
	// Video, Audio and Thumbnails are nil when the preset has no such part.
	Video      *VideoSpec
	Audio      *AudioSpec
	Thumbnails *ThumbnailSpec
}
