package worker

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/internal/caption"
	"github.com/reelastic/reelastic/internal/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// subtitles are segmented captions with the key of their playlist.
type subtitles struct {
	key   string
	track caption.Track
}

// subtitlesGroup is the name of the one group of captions in a master playlist.
const subtitlesGroup = "subtitles"

// subtitleRenditions are the captions of a playlist, which all its outputs with video
// have in common.
func (a *attempt) subtitleRenditions(spec transcode.PlaylistSpec, master string, parcels []*parcel) (all []manifest.Rendition) {
	at := slices.IndexFunc(spec.Outputs, func(i int) bool { return len(parcels[i].subtitles) > 0 })
	if at < 0 {
		return nil
	}
	names := map[string]int{}
	for _, s := range parcels[spec.Outputs[at]].subtitles {
		name := cmp.Or(s.track.Label, languageName(s.track))
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s %d", name, names[name])
		}
		all = append(all, manifest.Rendition{Group: subtitlesGroup, Name: name, Language: s.track.Language, URI: manifest.RelativeURI(master, s.key)})
	}
	return all
}
