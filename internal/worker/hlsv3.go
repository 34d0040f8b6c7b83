package worker

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// programmeBegin is the time at which the programme begins in ts outputs: 10 s.
const programmeBegin = 10 * mpegts.Clock

// division is how output i's ts file is divided.
func (a *attempt) division(i int) mpegts.Division {
	out, want := a.spec.Outputs[i], a.plan.Outputs[i]
	d := mpegts.Division{Length: out.SegmentDuration, Begin: programmeBegin, Lead: want.Lead, Rate: a.besideRate(i)}
	if want.Video != nil {
		d.Rate = want.Video.FrameRate
	}
	if want.Carrier != nil {
		d.Edit = func(picture []byte) { new(caption.SEIMender).Mend(picture) }
	}
	return d
}

// besideRate is the frame rate of the pictures with sound that a playlist offers in place
// of output i, which is sound alone; zero without any.
func (a *attempt) besideRate(i int) media.Rational {
	for _, p := range a.spec.Playlists {
		if !slices.Contains(p.Outputs, i) {
			continue
		}
		for _, other := range p.Outputs {
			if want := a.plan.Outputs[other]; want.Video != nil && want.Audio != nil {
				return want.Video.FrameRate
			}
		}
	}
	return media.Rational{}
}

// tsSegments are what a division made, under the name of one file that holds them all.
func tsSegments(name string, divided []mpegts.Segment) (all []manifest.Segment) {
	for _, s := range divided {
		all = append(all, manifest.Segment{Name: name, Duration: ticksLength(s.Duration), Offset: s.Offset, SizeBytes: s.SizeBytes})
	}
	return all
}

// ticksLength is a number of ticks of ts to the nearest nanosecond.
func ticksLength(ticks int64) time.Duration {
	return time.Duration((ticks*int64(time.Second) + mpegts.Clock/2) / mpegts.Clock)
}

// packSegments divides the ts file of output i into files and writes the playlist that
// names them, as HLSv3 has them.
func (a *attempt) packSegments(ctx context.Context, i int, p *parcel) error {
	out := a.spec.Outputs[i]
	divided, err := a.divideIntoFiles(ctx, i)
	if err != nil {
		return fmt.Errorf("output %s: divide: %w", out.ID, err)
	}
	p.segments = tsSegments("", divided)
	for n := range p.segments {
		s := &p.segments[n]
		o := a.media(i, a.spec.SegmentKey(out, n), segmentFile(i, n))
		s.Name, s.Offset, s.SizeBytes = path.Base(o.at.Key), 0, o.seal.size(s.SizeBytes)
		p.add(o, s.SizeBytes)
	}
	key := a.spec.VariantKey(out)
	p.list(key, func(target int64) []byte { return manifest.MediaV3(p.segments, target, a.protections[i].tag(key)) })
	return nil
}

// segmentFile is the name of the file of segment n of output i.
func segmentFile(i, n int) string { return fmt.Sprintf("o%d_%05d.ts", i+1, n) }

// divideIntoFiles makes a file of each segment of output i, and removes the one that
// they are made of.
func (a *attempt) divideIntoFiles(ctx context.Context, i int) ([]mpegts.Segment, error) {
	name := filepath.Join(a.dir, a.plan.Outputs[i].File)
	whole, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer whole.Close()
	divided, err := mpegts.Divide(interruptible{ctx, whole}, a.division(i), func(n int) (io.WriteCloser, error) {
		return os.OpenFile(filepath.Join(a.dir, segmentFile(i, n)), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	})
	if err != nil {
		return nil, err
	}
	return divided, os.Remove(name)
}

// masterV3 is the master playlist of HLSv3, its variants in the playlist's order.
func (a *attempt) masterV3(spec transcode.PlaylistSpec, parcels []*parcel) []manifestFile {
	key := a.spec.MasterKeys(spec)[0]
	m := manifest.Master{Subtitles: a.subtitleRenditions(spec, key, parcels), ClosedCaptions: a.closedCaptions(spec)}
	for _, i := range spec.Outputs {
		v := a.variant(i, parcels[i])
		v.URI = manifest.RelativeURI(key, a.spec.VariantKey(a.spec.Outputs[i]))
		m.Variants = append(m.Variants, v)
	}
	return []manifestFile{{key, m.V3()}}
}
