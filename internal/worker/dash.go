package worker

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// masterDASH is the manifest of an MPEG-DASH playlist: one set of all outputs with
// video, and one of each kind of sound.
func (a *attempt) masterDASH(spec transcode.PlaylistSpec, parcels []*parcel) ([]manifestFile, error) {
	key := a.spec.MasterKeys(spec)[0]
	p := manifest.Presentation{MinBuffer: a.spec.Outputs[spec.Outputs[0]].SegmentDuration}
	members := map[string][]int{} // of a set, by what they have in common
	var order []string
	for _, i := range spec.Outputs {
		p.Duration = max(p.Duration, parcels[i].fragments.end)
		alike := a.alike(i, parcels[i].fragments)
		if !slices.Contains(order, alike) {
			order = append(order, alike)
		}
		members[alike] = append(members[alike], i)
	}
	for _, alike := range order {
		p.Sets = append(p.Sets, a.adaptationSet(members[alike], key, parcels, p.MinBuffer))
	}
	p.Texts = a.texts(spec, key, parcels)
	text, err := manifest.DASH(p)
	return []manifestFile{{key, text}}, err
}

// alike is what a player can't change while it plays, of output i.
func (a *attempt) alike(i int, f *fragments) string {
	if f.video != "" {
		return "video"
	}
	sound := a.plan.Outputs[i].Audio
	return fmt.Sprintf("%s %d %d", f.audio, sound.SampleRate, sound.Channels)
}

// cutTogether is how far apart segments of one set may begin: the rounding of their
// tracks' timescales.
const cutTogether = 100 * time.Microsecond

func (a *attempt) adaptationSet(outputs []int, master string, parcels []*parcel, buffer time.Duration) manifest.AdaptationSet {
	first := parcels[outputs[0]]
	set := manifest.AdaptationSet{Protection: a.drm[outputs[0]].dash(), Kind: "video", Aligned: true, Multiplexed: first.fragments.video != "" && first.fragments.audio != ""}
	if first.fragments.video == "" {
		set.Kind = "audio"
	}
	for _, i := range outputs {
		if _, differ := manifest.Misaligned(first.segments, parcels[i].segments, cutTogether); differ {
			set.Aligned = false
		}
		set.Representations = append(set.Representations, a.representation(i, master, parcels[i], buffer))
	}
	return set
}

func (a *attempt) representation(i int, master string, p *parcel, buffer time.Duration) manifest.Representation {
	f, want := p.fragments, a.plan.Outputs[i]
	r := manifest.Representation{URI: manifest.RelativeURI(master, a.spec.MediaKey(a.spec.Outputs[i])), Codecs: f.codecs(),
		Bandwidth: manifest.StreamBandwidth(p.segments, buffer), Header: f.header, Index: f.index}
	if want.Video != nil {
		r.Size, r.PixelAspect, r.FrameRate = want.Video.Size, f.pixelAspect, want.Video.FrameRate
	}
	if want.Audio != nil {
		r.SampleRate, r.Channels = want.Audio.SampleRate, want.Audio.Channels
	}
	return r
}

// texts are the captions of a playlist, which all its outputs with video have in
// common.
func (a *attempt) texts(spec transcode.PlaylistSpec, master string, parcels []*parcel) (all []manifest.Text) {
	at := slices.IndexFunc(spec.Outputs, func(i int) bool { return len(parcels[i].texts) > 0 })
	if at < 0 {
		return nil
	}
	name := labels()
	for _, s := range parcels[spec.Outputs[at]].texts {
		text := manifest.Text{URI: manifest.RelativeURI(master, s.key), Language: cmp.Or(s.track.Language, undetermined), Label: name(s.track)}
		length := parcels[spec.Outputs[at]].fragments.end.Seconds()
		text.Bandwidth = max(1, int(math.Ceil(float64(s.sizeBytes)*8/length)))
		all = append(all, text)
	}
	return all
}
