package presets

import (
	"strings"

	"github.com/reelastic/reelastic/api"
)

// members are a setting's members with their values, those of Audio behind "a.",
// those of Thumbnails behind "t.".
func (s setting) members() map[string]string {
	m := map[string]string{}
	set := func(text string) {
		for _, field := range strings.Fields(text) {
			name, value, _ := strings.Cut(field, "=")
			m[name] = value
		}
	}
	set(usual[s.video] + " " + usual[s.audio])
	if s.video != "" {
		set(usualSize + " " + usualThumbnails)
	}
	if s.container == "fmp4" {
		set("FixedGOP=true")
	}
	set(s.with)
	if _, older := m["Resolution"]; older {
		for _, field := range strings.Fields(usualSize) {
			name, _, _ := strings.Cut(field, "=")
			delete(m, name)
			delete(m, "t."+name)
		}
	}
	return m
}

// request is the preset that a setting describes.
func (s setting) request() *api.CreatePresetRequest {
	name := s.String()
	in := &api.CreatePresetRequest{Name: new(name[:min(len(name), 40)]), Description: &name, Container: &s.container}
	m := s.members()
	if s.video != "" {
		in.Video = videoParameters(s.video, m)
		in.Thumbnails = thumbnails(m)
	}
	if s.audio != "" {
		in.Audio = audioParameters(s.audio, m)
	}
	return in
}

func videoParameters(codec string, m map[string]string) *api.VideoParameters {
	v := &api.VideoParameters{Codec: &codec, CodecOptions: map[string]string{}}
	named := map[string]**string{"KeyframesMaxDist": &v.KeyframesMaxDist, "FixedGOP": &v.FixedGOP,
		"BitRate":   &v.BitRate,
		"FrameRate": &v.FrameRate, "MaxFrameRate": &v.MaxFrameRate, "Resolution": &v.Resolution,
		"AspectRatio": &v.AspectRatio,
		"MaxWidth":    &v.MaxWidth, "MaxHeight": &v.MaxHeight, "SizingPolicy": &v.SizingPolicy,
		"PaddingPolicy":      &v.PaddingPolicy,
		"DisplayAspectRatio": &v.DisplayAspectRatio}
	for name, value := range m {
		switch member, known := named[name]; {
		case known:
			*member = &value
		case !strings.Contains(name, "."):
			v.CodecOptions[name] = value
		}
	}
	return v
}

func thumbnails(m map[string]string) *api.Thumbnails {
	p := &api.Thumbnails{}
	named := map[string]**string{"t.Format": &p.Format, "t.Interval": &p.Interval, "t.Resolution": &p.Resolution,
		"t.AspectRatio": &p.AspectRatio,
		"t.MaxWidth":    &p.MaxWidth, "t.MaxHeight": &p.MaxHeight, "t.SizingPolicy": &p.SizingPolicy,
		"t.PaddingPolicy": &p.PaddingPolicy}
	for name, value := range m {
		if member, known := named[name]; known {
			*member = &value
		}
	}
	return p
}

func audioParameters(codec string, m map[string]string) *api.AudioParameters {
	a, o := &api.AudioParameters{Codec: &codec}, &api.AudioCodecOptions{}
	named := map[string]**string{"a.SampleRate": &a.SampleRate, "a.BitRate": &a.BitRate, "a.Channels": &a.Channels,
		"a.AudioPackingMode": &a.AudioPackingMode, "a.Profile": &o.Profile, "a.BitDepth": &o.BitDepth,
		"a.BitOrder": &o.BitOrder, "a.Signed": &o.Signed}
	for name, value := range m {
		if member, known := named[name]; known {
			*member = &value
		}
	}
	if *o != (api.AudioCodecOptions{}) {
		a.CodecOptions = o
	}
	return a
}
