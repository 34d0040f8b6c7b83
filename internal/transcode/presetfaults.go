package transcode

import (
	"errors"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// PresetFaults are all things that are wrong with a preset, each a sentence that names the
// member, where [PresetSpecOf] tells the first only. What depends on something that is wrong
// is not judged.
func PresetFaults(p *api.Preset) (faults []string) {
	add := func(all ...string) {
		for _, text := range all {
			if !slices.Contains(faults, text) {
				faults = append(faults, text)
			}
		}
	}
	members := violated(p)
	for _, v := range members {
		add(v.String())
	}
	known := func(text string) bool { // the model has said it already
		return slices.ContainsFunc(members, func(v api.Violation) bool { return sameMember(v.Path, text) })
	}
	for _, text := range misfits(p) {
		if !known(text) {
			add(text)
		}
	}
	return faults
}

// violated are the constraints of the API model that a preset does not satisfy.
func violated(p *api.Preset) []api.Violation {
	found, ok := errors.AsType[*api.Violations](api.Validate(&api.CreatePresetRequest{
		Name: p.Name, Description: p.Description, Container: p.Container,
		Video: p.Video, Audio: p.Audio, Thumbnails: p.Thumbnails,
	}))
	if !ok {
		return nil
	}
	return found.List
}

// sameMember reports whether a sentence is about the member that a path of the API model
// leads to: "Video:BitRate" is "video.bitRate".
func sameMember(path, text string) bool {
	member, _, _ := strings.Cut(text, " ")
	return strings.EqualFold(strings.ReplaceAll(path, ".", ":"), member)
}

// misfits are what can't be as it says, part for part.
func misfits(p *api.Preset) (texts []string) {
	if err, ok := errors.AsType[*Error](checkCodecs(Container(text(p.Container)), p)); ok {
		texts = append(texts, err.Message)
	}
	container := Container(text(p.Container))
	read := func(part func(*reader)) {
		r := &reader{}
		part(r)
		for _, err := range r.all {
			texts = append(texts, err.Message)
		}
	}
	if v := p.Video; v != nil && slices.Contains(videoIn(container), VideoCodec(text(v.Codec))) {
		read(func(r *reader) { videoSpec(r, v, container) })
	}
	if a := p.Audio; a != nil && slices.Contains(audioIn(container), AudioCodec(text(a.Codec))) {
		read(func(r *reader) { audioSpec(r, a, container, p.Video == nil) })
	}
	if t := p.Thumbnails; t != nil {
		read(func(r *reader) { thumbnailSpec(r, t, p.Video) })
	}
	return texts
}

// PresetWarnings are what CreatePreset would warn of: settings beyond the H.264 level of a
// preset that is valid.
func PresetWarnings(p *api.Preset) []string {
	spec, err := PresetSpecOf(p)
	if err != nil {
		return nil
	}
	return levelWarnings(p.Video, spec.Video)
}
