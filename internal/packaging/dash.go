package packaging

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// dash has one manifest that refers to files of fragments with an index, as on-demand
// MPEG-DASH presentations do.
type dash struct{}

func (dash) pack(ctx context.Context, p *packer, o *output) error { return p.packFragments(ctx, o) }

// master has one set of all outputs with video, and one of each kind of audio.
func (dash) master(p *packer, spec transcode.PlaylistSpec) ([]masterFile, error) {
	key, outputs := p.Spec.MasterKeys(spec)[0], p.members(spec)
	m := manifest.Presentation{MinBuffer: outputs[0].spec.SegmentDuration}
	members := map[string][]*output{} // of a set, by what they have in common
	var order []string
	for _, o := range outputs {
		m.Duration = max(m.Duration, o.fragments.end)
		kind := o.setKind()
		if members[kind] == nil {
			order = append(order, kind)
		}
		members[kind] = append(members[kind], o)
	}
	for _, kind := range order {
		m.Sets = append(m.Sets, p.adaptationSet(members[kind], key, m.MinBuffer))
	}
	m.Texts = dashTexts(key, outputs)
	text, err := manifest.DASH(m)
	return []masterFile{{key, text}}, err
}

// setKind is what a player can't change while it plays, of an output.
func (o *output) setKind() string {
	if o.fragments.video != "" {
		return "video"
	}
	audio := o.Plan.Audio
	return fmt.Sprintf("%s %d %d", o.fragments.audio, audio.SampleRate, audio.Channels)
}

// cutTogether is how far apart segments of one set may begin: the rounding of their
// tracks' timescales.
const cutTogether = 100 * time.Microsecond

func (p *packer) adaptationSet(outputs []*output, master string, buffer time.Duration) manifest.AdaptationSet {
	first := outputs[0]
	set := manifest.AdaptationSet{
		Protection: first.Encryption.PlayReady.dash(), Kind: "video", Aligned: true,
		Multiplexed: first.fragments.video != "" && first.fragments.audio != "",
	}
	if first.fragments.video == "" {
		set.Kind = "audio"
	}
	for _, o := range outputs {
		if _, differ := manifest.Misaligned(first.segments, o.segments, cutTogether); differ {
			set.Aligned = false
		}
		uri := manifest.RelativeURI(master, p.Spec.MediaKey(o.spec))
		set.Representations = append(set.Representations, o.representation(uri, buffer))
	}
	return set
}

func (o *output) representation(uri string, buffer time.Duration) manifest.Representation {
	f := o.fragments
	r := manifest.Representation{
		URI: uri, Codecs: f.codecs(), Header: f.header, Index: f.index,
		Bandwidth: manifest.StreamBandwidth(o.segments, buffer),
	}
	if video := o.Plan.Video; video != nil {
		r.Size, r.PixelAspect, r.FrameRate = video.Size, f.pixelAspect, video.FrameRate
	}
	if audio := o.Plan.Audio; audio != nil {
		r.SampleRate, r.Channels = audio.SampleRate, audio.Channels
	}
	return r
}

// dashTexts are the captions of a playlist, which all its outputs with video have in
// common.
func dashTexts(master string, outputs []*output) (all []manifest.Text) {
	at := slices.IndexFunc(outputs, func(o *output) bool { return len(o.documents) > 0 })
	if at < 0 {
		return nil
	}
	name, seconds := trackNames(), outputs[at].fragments.end.Seconds()
	for _, d := range outputs[at].documents {
		rate := math.Ceil(float64(d.sizeBytes) * 8 / seconds)
		all = append(all, manifest.Text{
			URI: manifest.RelativeURI(master, d.key), Language: cmp.Or(d.track.Language, undetermined),
			Label:     name(d.track),
			Bandwidth: max(1, int(rate)),
		})
	}
	return all
}
