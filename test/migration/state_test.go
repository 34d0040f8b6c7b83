package migration

import (
	"iter"
	"maps"
	"slices"

	"github.com/reelastic/reelastic/api"
)

// values are the values of a map in the order of its keys.
func values(all map[string]any) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if !yield(all[key]) {
				return
			}
		}
	}
}

// attributes are those of a resource or a block of a state of Terraform.
type attributes = map[string]any

// text is how a state holds a text that may be missing.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// pipelineState is a pipeline as Terraform's provider keeps it, with every attribute of its
// schema.
func pipelineState(p *api.Pipeline) attributes {
	config := func(c *api.PipelineOutputConfig) []attributes {
		return []attributes{{"bucket": text(c.Bucket), "storage_class": text(c.StorageClass)}}
	}
	grants := func(c *api.PipelineOutputConfig) []attributes {
		all := []attributes{}
		for _, g := range c.Permissions {
			all = append(all, attributes{"access": g.Access, "grantee": text(g.Grantee),
				"grantee_type": text(g.GranteeType)})
		}
		slices.Reverse(all) // they are a set
		return all
	}
	n := p.Notifications
	notifications := []attributes{}
	if text(n.Progressing)+text(n.Completed)+text(n.Warning)+text(n.Error) != "" {
		notifications = append(notifications, attributes{"progressing": text(n.Progressing),
			"completed": text(n.Completed), "warning": text(n.Warning), "error": text(n.Error)})
	}
	return attributes{
		"arn": text(p.Arn), "aws_kms_key_arn": text(p.AwsKmsKeyArn), "content_config": config(p.ContentConfig),
		"content_config_permissions": grants(p.ContentConfig), "id": text(p.Id), "input_bucket": text(p.InputBucket),
		"name": text(p.Name), "notifications": notifications, "output_bucket": text(p.OutputBucket),
		"region": "us-east-1", "role": text(p.Role), "thumbnail_config": config(p.ThumbnailConfig),
		"thumbnail_config_permissions": grants(p.ThumbnailConfig),
	}
}

// presetState is a preset as Terraform's provider keeps it, with every attribute of its schema.
func presetState(p *api.Preset) attributes {
	state := attributes{
		"arn": text(p.Arn), "audio": []attributes{}, "audio_codec_options": []attributes{},
		"container": text(p.Container), "description": text(p.Description), "id": text(p.Id),
		"name": text(p.Name), "region": "us-east-1", "thumbnails": []attributes{},
		"type": text(p.Type), "video": []attributes{}, "video_codec_options": nil,
		"video_watermarks": []attributes{},
	}
	if a := p.Audio; a != nil {
		state["audio"] = []attributes{{"audio_packing_mode": text(a.AudioPackingMode), "bit_rate": text(a.BitRate),
			"channels": text(a.Channels), "codec": text(a.Codec), "sample_rate": text(a.SampleRate)}}
		if o := a.CodecOptions; o != nil {
			state["audio_codec_options"] = []attributes{{"bit_depth": text(o.BitDepth), "bit_order": text(o.BitOrder),
				"profile": text(o.Profile), "signed": text(o.Signed)}}
		}
	}
	if v := p.Video; v != nil {
		state["video"] = []attributes{{"aspect_ratio": text(v.AspectRatio), "bit_rate": text(v.BitRate),
			"codec": text(v.Codec), "display_aspect_ratio": text(v.DisplayAspectRatio), "fixed_gop": text(v.FixedGOP),
			"frame_rate": text(v.FrameRate), "keyframes_max_dist": text(v.KeyframesMaxDist),
			"max_frame_rate": text(v.MaxFrameRate), "max_height": text(v.MaxHeight), "max_width": text(v.MaxWidth),
			"padding_policy": text(v.PaddingPolicy), "resolution": text(v.Resolution),
			"sizing_policy": text(v.SizingPolicy)}}
		state["video_codec_options"], state["video_watermarks"] = v.CodecOptions, watermarkStates(v.Watermarks)
	}
	if t := p.Thumbnails; t != nil {
		state["thumbnails"] = []attributes{{"aspect_ratio": text(t.AspectRatio), "format": text(t.Format),
			"interval": text(t.Interval), "max_height": text(t.MaxHeight), "max_width": text(t.MaxWidth),
			"padding_policy": text(t.PaddingPolicy), "resolution": text(t.Resolution),
			"sizing_policy": text(t.SizingPolicy)}}
	}
	return state
}

func watermarkStates(all []api.PresetWatermark) []attributes {
	states := []attributes{}
	for _, w := range all {
		states = append(states, attributes{"horizontal_align": text(w.HorizontalAlign),
			"horizontal_offset": text(w.HorizontalOffset), "id": text(w.Id), "max_height": text(w.MaxHeight),
			"max_width": text(w.MaxWidth), "opacity": text(w.Opacity), "sizing_policy": text(w.SizingPolicy),
			"target": text(w.Target), "vertical_align": text(w.VerticalAlign),
			"vertical_offset": text(w.VerticalOffset)})
	}
	return states
}
