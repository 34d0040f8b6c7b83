package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/transcode"
)

// packRanges divides the one ts file of output i and writes the playlists that name
// ranges of it, as HLSv4 has them; and the segment files of HLSv3 where it is in such
// a playlist too.
func (a *attempt) packRanges(ctx context.Context, i int, p *parcel) error {
	out, file := a.spec.Outputs[i], a.plan.Outputs[i].File
	var divided []mpegts.Segment
	err := a.replace(file, func(dst, old *os.File, _ int64) (err error) {
		divided, err = mpegts.Divide(interruptible{ctx, old}, a.division(i), func(int) (io.WriteCloser, error) { return kept{dst}, nil })
		return err
	})
	if err != nil {
		return fmt.Errorf("output %s: divide: %w", out.ID, err)
	}
	o := a.media(i, a.spec.RangesKey(out), file)
	plain := tsSegments(path.Base(o.at.Key), divided)
	p.segments = sealedRanges(plain, o.seal)
	o.seal = o.seal.inParts(lengths(plain))
	p.add(o, total(p.segments))
	if out.For(transcode.HLSv3) {
		if err := a.cutSegments(ctx, i, p, plain); err != nil {
			return err
		}
	}
	key := a.spec.VariantV4Key(out)
	p.list(key, func(target int64) []byte { return manifest.MediaV4(p.segments, target, a.protections[i].tag(key)) })
	if p.pictures = tsPictures(divided, p.segments); len(p.pictures) > 0 {
		frames := a.spec.IFramesKey(out)
		p.list(frames, func(target int64) []byte { return manifest.IFrames(p.pictures, target, a.protections[i].tag(frames)) })
	}
	return nil
}

// kept is a file that stays open.
type kept struct{ io.Writer }

func (kept) Close() error { return nil }

// sealedRanges are segments as they are in the published file.
func sealedRanges(plain []manifest.Segment, s *seal) []manifest.Segment {
	segments, at := slices.Clone(plain), int64(0)
	for n := range segments {
		segments[n].Offset, segments[n].SizeBytes = at, s.size(plain[n].SizeBytes)
		at += segments[n].SizeBytes
	}
	return segments
}

func lengths(segments []manifest.Segment) (all []int64) {
	for _, s := range segments {
		all = append(all, s.SizeBytes)
	}
	return all
}

func total(segments []manifest.Segment) (sum int64) {
	for _, s := range segments {
		sum += s.SizeBytes
	}
	return sum
}

// cutSegments makes files of the segments of output i, for HLSv3.
func (a *attempt) cutSegments(ctx context.Context, i int, p *parcel, segments []manifest.Segment) error {
	out, file := a.spec.Outputs[i], a.plan.Outputs[i].File
	named := slices.Clone(segments)
	for n, s := range segments {
		o := a.media(i, a.spec.SegmentKey(out, n), segmentFile(i, n))
		named[n].Name = path.Base(o.at.Key)
		if err := copyRange(ctx, o.path, filepath.Join(a.dir, file), s.Offset, s.SizeBytes); err != nil {
			return err
		}
		p.add(o, o.seal.size(s.SizeBytes))
	}
	key := a.spec.VariantKey(out)
	p.list(key, func(target int64) []byte { return manifest.MediaV3(named, target, a.protections[i].tag(key)) })
	return nil
}

// copyRange makes a file of a range of another one.
func copyRange(ctx context.Context, to, from string, offset, size int64) error {
	src, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("cut segment: %w", err)
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("cut segment: %w", err)
	}
	_, err = io.Copy(dst, interruptible{ctx, io.NewSectionReader(src, offset, size)})
	if err := errors.Join(err, dst.Close()); err != nil {
		return fmt.Errorf("cut segment: %w", err)
	}
	return nil
}

// tsPictures are the key frames of divided segments, as ranges of the published file.
// Encrypted segments keep the places of their bytes, so that a range of them decrypts by
// itself (RFC 8216 section 5.2).
func tsPictures(divided []mpegts.Segment, published []manifest.Segment) (pictures []manifest.Segment) {
	for n, s := range divided {
		for _, k := range s.Keyframes {
			pictures = append(pictures, manifest.Segment{Name: published[n].Name, Duration: ticksLength(k.Duration), SizeBytes: k.SizeBytes,
				Offset: k.Offset - s.Offset + published[n].Offset})
		}
	}
	return pictures
}

// masterV4 is the master playlist of HLSv4: variants with video in the playlist's
// order, then those without, of which each is also the sound of a group.
func (a *attempt) masterV4(spec transcode.PlaylistSpec, parcels []*parcel) []manifestFile {
	key := a.spec.MasterKeys(spec)[0]
	m := manifest.Master{Subtitles: a.subtitleRenditions(spec, key, parcels), ClosedCaptions: a.closedCaptions(spec)}
	var sounds []manifest.Variant
	for _, i := range spec.Outputs {
		v := a.variant(i, parcels[i])
		v.URI = manifest.RelativeURI(key, a.spec.VariantV4Key(a.spec.Outputs[i]))
		if v.Size.IsZero() {
			v.AudioGroup = "audio-" + strconv.Itoa(len(sounds))
			sounds = append(sounds, v)
			m.Audio = append(m.Audio, manifest.Rendition{Group: v.AudioGroup, Name: "Default", URI: v.URI})
			continue
		}
		m.Variants = append(m.Variants, v)
		if len(parcels[i].pictures) > 0 {
			v.Bandwidth, v.Average = manifest.Bandwidth(parcels[i].pictures, parcels[i].target), manifest.AverageBandwidth(parcels[i].pictures)
			v.URI = manifest.RelativeURI(key, a.spec.IFramesKey(a.spec.Outputs[i]))
			m.IFrames = append(m.IFrames, v)
		}
	}
	if len(m.Variants) > 0 {
		joinSound(m.Variants, sounds)
	} else {
		m.Audio = nil
		for n := range sounds {
			sounds[n].AudioGroup = ""
		}
	}
	m.Variants = append(m.Variants, sounds...)
	version := 4
	if a.spec.Outputs[spec.Outputs[0]].Preset.Container == transcode.FMP4 {
		version = 7
	}
	return []manifestFile{{key, m.Text(version)}}
}

// joinSound gives each variant with video a group: the first variant has the first
// sound, and of the others those of higher rates have sounds of higher rates.
func joinSound(videos, sounds []manifest.Variant) {
	if len(sounds) == 0 {
		return
	}
	byRate := func(x, y manifest.Variant) int { return cmp.Compare(x.Bandwidth, y.Bandwidth) }
	ranked, ladder := slices.SortedStableFunc(slices.Values(sounds), byRate), slices.SortedStableFunc(slices.Values(videos), byRate)
	for n := range videos {
		rank := slices.IndexFunc(ladder, func(v manifest.Variant) bool { return v.URI == videos[n].URI })
		sound := ranked[rank*len(ranked)/len(ladder)]
		if n == 0 {
			sound = sounds[0]
		}
		videos[n].AudioGroup, videos[n].Audio = sound.AudioGroup, sound.Audio
		videos[n].Bandwidth, videos[n].Average = videos[n].Bandwidth+sound.Bandwidth, videos[n].Average+sound.Average
	}
}
