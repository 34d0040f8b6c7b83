package transcode

import (
	"maps"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// NewPreset makes a Custom preset from a request that has passed [Check]. The
// warning says which settings go beyond the H.264 level, "" when none does.
// The document is what the client said, but for options with the value "",
// which are dropped, Description, which is at least "", and MaxFrameRate, which
// is shown with its default when FrameRate is auto.
func NewPreset(req *api.CreatePresetRequest, id, region, account string) (p *api.Preset, warning string, err error) {
	p = &api.Preset{
		Id: new(id), Arn: new(ARN(region, account, "preset", id)), Name: req.Name, Description: req.Description,
		Container: req.Container, Audio: req.Audio, Video: req.Video, Thumbnails: req.Thumbnails, Type: new("Custom"),
	}
	spec, err := PresetSpecOf(p)
	if err != nil {
		return nil, "", err
	}
	if p.Description == nil {
		p.Description = new("")
	}
	if p.Video != nil {
		p.Video = shownVideo(p.Video)
	}
	return p, strings.Join(levelWarnings(p.Video, spec.Video), " "), nil
}

func shownVideo(v *api.VideoParameters) *api.VideoParameters {
	shown := *v
	shown.CodecOptions = givenOptions(v.CodecOptions)
	if text(v.FrameRate) == "auto" && v.MaxFrameRate == nil {
		shown.MaxFrameRate = new(defaultMaxFrameRate)
	}
	return &shown
}

// PresetIDs lists the presets that a job request names, in the order of its outputs.
func PresetIDs(req *api.CreateJobRequest) (ids []string) {
	outputs := req.Outputs
	if req.Output != nil {
		outputs = append([]api.CreateJobOutput{*req.Output}, outputs...)
	}
	for _, o := range outputs {
		ids = append(ids, text(o.PresetId))
	}
	return ids
}

// JobPresetIDs lists the presets that a job names, in the order of its outputs.
func JobPresetIDs(doc *api.Job) (ids []string) {
	for _, o := range doc.Outputs {
		ids = append(ids, text(o.PresetId))
	}
	return ids
}

// PresetsNamed finds presets by their ids, for the outputs of a job: those that come
// with the service, and the others as stored finds them, which is asked for each
// once, and not for none. What does not exist is left out.
func PresetsNamed(ids []string, stored func(ids []string) (map[string]*api.Preset, error)) (map[string]*api.Preset,
	error) {
	found, custom := map[string]*api.Preset{}, map[string]bool{}
	for _, id := range ids {
		if p, ok := SystemPreset(id); ok {
			found[id] = p
		} else if id != "" {
			custom[id] = true
		}
	}
	if len(custom) == 0 {
		return found, nil
	}
	others, err := stored(slices.Sorted(maps.Keys(custom)))
	maps.Copy(found, others)
	return found, err
}
