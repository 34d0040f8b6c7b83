package worker

import (
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/reelastic/reelastic/internal/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// packSegments lists the segment files of output i and writes the playlist that
// names them, as HLSv3 has them.
func (a *attempt) packSegments(i int, p *parcel) error {
	out := a.spec.Outputs[i]
	segments, err := a.segmentList(i)
	if err != nil {
		return err
	}
	for n, s := range segments {
		o := a.media(i, a.spec.SegmentKey(out, n), filepath.Base(s.Name))
		size, err := a.bytes(filepath.Base(s.Name))
		if err != nil {
			return err
		}
		p.add(o, o.seal.size(size))
		p.segments = append(p.segments, manifest.Segment{Name: path.Base(o.Key), Duration: s.Duration, SizeBytes: o.seal.size(size)})
	}
	key := a.spec.VariantKey(out)
	return a.playlist(i, p, key, manifest.MediaV3(p.segments, a.protections[i].tag(key)))
}

// segmentList is ffmpeg's own list of output i's segments.
func (a *attempt) segmentList(i int) ([]manifest.Segment, error) {
	list, err := os.ReadFile(filepath.Join(a.dir, a.plan.Outputs[i].List))
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", a.spec.Outputs[i].ID, err)
	}
	segments, err := manifest.ParseSegments(list)
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", a.spec.Outputs[i].ID, err)
	}
	return segments, nil
}

// masterV3 is the master playlist of HLSv3, its variants in the playlist's order.
func (a *attempt) masterV3(spec transcode.PlaylistSpec, parcels []*parcel) []manifestFile {
	key := a.spec.MasterKeys(spec)[0]
	m := manifest.Master{Subtitles: a.subtitleRenditions(spec, key, parcels), ClosedCaptions: a.closedCaptions(spec)}
	for _, i := range spec.Outputs {
		v := a.variant(i, parcels[i])
		v.URI = manifest.RelativeURI(key, a.spec.VariantKey(a.spec.Outputs[i]))
		v.Bandwidth = manifest.Bandwidth(parcels[i].segments)
		m.Variants = append(m.Variants, v)
	}
	return []manifestFile{{key, m.V3()}}
}
