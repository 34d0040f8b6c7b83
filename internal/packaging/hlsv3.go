package packaging

import (
	"context"
	"path"
	"slices"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// hlsV3 has a file for each segment.
type hlsV3 struct{}

func (hlsV3) pack(ctx context.Context, p *packer, o *output) (err error) {
	if o.divided == nil {
		err = p.divideIntoFiles(ctx, o)
	} else {
		err = p.copyIntoFiles(ctx, o)
	}
	if err != nil {
		return err
	}
	segments := streamSegments("", o.divided)
	for n := range segments {
		s, media := &segments[n], o.media(p.Spec.SegmentKey(o.spec, n), o.segmentFile(n))
		media.cipher = media.cipher.of(media.Key)
		s.Name, s.Offset, s.SizeBytes = path.Base(media.Key), 0, media.cipher.size(s.SizeBytes)
		o.add(media, s.SizeBytes)
	}
	if o.segments == nil {
		o.segments = segments
	}
	key := p.Spec.VariantKey(o.spec)
	named := slices.Clone(segments)
	o.list(key, func(target int64) []byte { return manifest.MediaV3(named, target, o.keyTag(key)) })
	return nil
}

// master has the variants in the playlist's order.
func (hlsV3) master(p *packer, spec transcode.PlaylistSpec) ([]masterFile, error) {
	key := p.Spec.MasterKeys(spec)[0]
	m := p.newMaster(spec, key)
	for _, o := range p.members(spec) {
		m.Variants = append(m.Variants, o.variant(key, p.Spec.VariantKey(o.spec)))
	}
	return []masterFile{{key, m.V3()}}, nil
}
