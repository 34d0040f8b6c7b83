package worker

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// subtitles are captions with the key of what a master playlist refers to: that of
// their own playlist, for MPEG-DASH their one file's.
type subtitles struct {
	key   string
	track caption.Track
	// sizeBytes is that of a whole file.
	sizeBytes int64
}

// The names of the groups of captions in a master playlist: those with playlists, and
// those in the pictures.
const (
	subtitlesGroup      = "subtitles"
	closedCaptionsGroup = "captions"
)

// subtitleRenditions are the captions of a playlist, which all its outputs with video
// have in common.
func (a *attempt) subtitleRenditions(spec transcode.PlaylistSpec, master string, parcels []*parcel) (all []manifest.Rendition) {
	at := slices.IndexFunc(spec.Outputs, func(i int) bool { return len(parcels[i].subtitles) > 0 })
	if at < 0 {
		return nil
	}
	name := labels()
	for _, s := range parcels[spec.Outputs[at]].subtitles {
		all = append(all, manifest.Rendition{Group: subtitlesGroup, Name: name(s.track), Language: s.track.Language, URI: manifest.RelativeURI(master, s.key)})
	}
	return all
}

// closedCaptions are the captions in the pictures of a playlist's outputs with video,
// which have them in common: by their channels of CEA-608, which HLS knows in every
// version (RFC 8216, 4.3.4.1).
func (a *attempt) closedCaptions(spec transcode.PlaylistSpec) (all []manifest.Rendition) {
	at := slices.IndexFunc(spec.Outputs, func(i int) bool { return a.plan.Outputs[i].Carrier != nil })
	if at < 0 {
		return nil
	}
	name := labels()
	for n, t := range a.captions.tracks[spec.Outputs[at]] {
		all = append(all, manifest.Rendition{Group: closedCaptionsGroup, Name: name(t), Language: t.Language, Channel: caption.ChannelName(n)})
	}
	return all
}

// labels makes what viewers read of the tracks of a playlist, each its own.
func labels() func(caption.Track) string {
	names := map[string]int{}
	return func(t caption.Track) string {
		name := cmp.Or(t.Label, languageName(t))
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s %d", name, names[name])
		}
		return name
	}
}
