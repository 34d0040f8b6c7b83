package transcode

import (
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
