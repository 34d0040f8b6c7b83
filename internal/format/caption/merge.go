package caption

import (
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// Policy is a MergePolicy: what to do when embedded captions and sidecars have
// a language in common.
type Policy string

// The policies of the API model.
const (
	// MergeOverride takes both; the sidecar wins.
	MergeOverride Policy = "MergeOverride"
	// MergeRetain takes both; the embedded track wins.
	MergeRetain Policy = "MergeRetain"
	// Override takes the sidecars only.
	Override Policy = "Override"
)

// Merge joins the tracks of an input, one for each language: first the embedded
// ones, then the sidecars that are left, each in its order; a sidecar that wins
// stands in the place of the embedded track. Languages are compared as
// [media.SameLanguage] does. Of two tracks of one kind and language the first counts.
func Merge(p Policy, embedded, sidecars []Track) []Track {
	if p == Override {
		embedded = nil
	}
	merged := firstOfEach(embedded)
	for _, t := range firstOfEach(sidecars) {
		if at := find(merged, t.Language); at < 0 {
			merged = append(merged, t)
		} else if p == MergeOverride {
			merged[at] = t
		}
	}
	return merged
}

// firstOfEach is the first track of each language.
func firstOfEach(tracks []Track) []Track {
	var first []Track
	for _, t := range tracks {
		if find(first, t.Language) < 0 {
			first = append(first, t)
		}
	}
	return first
}

// find is the place of a language's track; -1 when there is none.
func find(tracks []Track, language string) int {
	return slices.IndexFunc(tracks, func(t Track) bool { return media.SameLanguage(t.Language, language) })
}

// Part is the captions of one input of a stitched output.
type Part struct {
	// Tracks are those of the input, merged and clipped.
	Tracks []Track
	// Length is how long the input is in the output.
	Length time.Duration
}

// Join puts the captions of stitched inputs one behind the other. Tracks of one
// language become one track, with the first Label that is given.
func Join(parts []Part) []Track {
	var joined []Track
	at := time.Duration(0)
	for _, p := range parts {
		for _, t := range p.Tracks {
			i := find(joined, t.Language)
			if i < 0 {
				i = len(joined)
				joined = append(joined, Track{Language: t.Language})
			}
			if joined[i].Label == "" {
				joined[i].Label = t.Label
			}
			joined[i].Cues = append(joined[i].Cues, Shift(within(t.Cues, 0, p.Length), at)...)
		}
		at += p.Length
	}
	return joined
}
