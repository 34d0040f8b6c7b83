package packaging

import (
	"context"
	"path"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// hlsV7 has ranges of a file of fragments. The API's name for it is HLSv4 with outputs
// in fmp4.
type hlsV7 struct{}

func (hlsV7) pack(ctx context.Context, p *packer, o *output) error {
	if err := p.packFragments(ctx, o); err != nil {
		return err
	}
	header := manifest.Segment{Name: path.Base(p.Spec.MediaKey(o.spec)), SizeBytes: o.fragments.header}
	o.list(p.Spec.VariantV4Key(o.spec), func(target int64) []byte {
		return manifest.MediaV7(o.segments, target, header)
	})
	if len(o.keyframes) > 0 {
		o.list(p.Spec.IFramesKey(o.spec), func(target int64) []byte {
			return manifest.IFramesV7(o.keyframes, target, header)
		})
	}
	return nil
}

func (hlsV7) master(p *packer, spec transcode.PlaylistSpec) ([]masterFile, error) {
	return p.groupedMaster(spec, 7), nil
}
