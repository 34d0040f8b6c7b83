package packaging

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// writeLists writes the playlists of all outputs, when everything is known that they say:
// all playlists that a master playlist names have one target duration.
func (p *packer) writeLists() error {
	targets := p.targets()
	for i, o := range p.outputs {
		if o == nil {
			continue
		}
		o.target = targets[i]
		for n, l := range o.lists {
			name := fmt.Sprintf("variant%d_%d.m3u8", i, n)
			if err := p.Folder.Write(name, l.text(o.target)); err != nil {
				return err
			}
			o.files.Playlists = append(o.files.Playlists, o.plain(l.key, name))
		}
	}
	return nil
}

// targets are the target durations by output: each that of the longest segment of all
// outputs that it shares a master playlist with, directly or by way of others.
func (p *packer) targets() []int64 {
	targets := make([]int64, len(p.outputs))
	for i, o := range p.outputs {
		if o != nil {
			targets[i] = manifest.TargetSeconds(o.segments, o.keyframes)
		}
	}
	for changed := true; changed; {
		changed = false
		for _, playlist := range p.Spec.Playlists {
			if playlist.Format.HLS() && level(targets, playlist.Outputs) {
				changed = true
			}
		}
	}
	return targets
}

// level gives all members the largest of their targets, and reports whether that
// changed one.
func level(targets []int64, members []int) (changed bool) {
	longest := int64(0)
	for _, i := range members {
		longest = max(longest, targets[i])
	}
	for _, i := range members {
		changed = changed || targets[i] != longest
		targets[i] = longest
	}
	return changed
}

// variant is what a master playlist says of an output in any version of HLS: its rates,
// codecs and size, under a key.
func (o *output) variant(master, key string) manifest.Variant {
	v := manifest.Variant{
		URI:       manifest.RelativeURI(master, key),
		Bandwidth: manifest.Bandwidth(o.segments, o.target),
		Average:   manifest.AverageBandwidth(o.segments),
	}
	if audio := o.Plan.Audio; audio != nil {
		v.Audio = audio.RFC6381
	}
	if video := o.Plan.Video; video != nil {
		v.Size, v.FrameRate, v.Video = video.Size, video.FrameRate, video.RFC6381
	}
	if o.fragments != nil {
		v.Video, v.Audio = o.fragments.video, o.fragments.audio
	}
	return v
}

// The names of the groups of captions in a master playlist: those with playlists, and
// those in the frames.
const (
	subtitlesGroup      = "subtitles"
	closedCaptionsGroup = "captions"
)

// newMaster is a master playlist without variants.
func (p *packer) newMaster(spec transcode.PlaylistSpec, master string) manifest.Master {
	outputs := p.members(spec)
	return manifest.Master{Subtitles: subtitleRenditions(master, outputs), ClosedCaptions: closedCaptions(outputs)}
}

// subtitleRenditions are the captions of a playlist, which all its outputs with video
// have in common.
func subtitleRenditions(master string, outputs []*output) (all []manifest.Rendition) {
	at := slices.IndexFunc(outputs, func(o *output) bool { return len(o.subtitles) > 0 })
	if at < 0 {
		return nil
	}
	name := trackNames()
	for _, s := range outputs[at].subtitles {
		all = append(all, manifest.Rendition{
			Group: subtitlesGroup, Name: name(s.track), Language: s.track.Language,
			URI: manifest.RelativeURI(master, s.key),
		})
	}
	return all
}

// closedCaptions are the captions in the frames of a playlist's outputs with video,
// which have them in common: by their channels of CEA-608, which HLS knows in every
// version (RFC 8216, 4.3.4.1).
func closedCaptions(outputs []*output) (all []manifest.Rendition) {
	at := slices.IndexFunc(outputs, func(o *output) bool { return o.Plan.Carrier != nil })
	if at < 0 {
		return nil
	}
	name := trackNames()
	for n, t := range outputs[at].Captions {
		all = append(all, manifest.Rendition{
			Group: closedCaptionsGroup, Name: name(t), Language: t.Language, Channel: caption.ChannelName(n),
		})
	}
	return all
}

// trackNames makes what viewers read of the tracks of a playlist, each its own.
func trackNames() func(caption.Track) string {
	names := map[string]int{}
	return func(t caption.Track) string {
		name := cmp.Or(t.Label, languageOf(t))
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s %d", name, names[name])
		}
		return name
	}
}
