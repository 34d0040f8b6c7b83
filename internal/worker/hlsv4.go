package worker

import (
	"bufio"
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

	"github.com/reelastic/reelastic/internal/manifest"
	"github.com/reelastic/reelastic/internal/mpegts"
	"github.com/reelastic/reelastic/internal/transcode"
)

// packRanges lists the one ts file of output i and writes the playlists that name
// ranges of it, as HLSv4 has them; and the segment files of HLSv3 where it is in such
// a playlist too.
func (a *attempt) packRanges(ctx context.Context, i int, p *parcel) error {
	out, file := a.spec.Outputs[i], a.plan.Outputs[i].File
	groups, err := a.segmentList(i)
	if err != nil {
		return err
	}
	plain := groups
	if out.Preset.Video != nil {
		plain = manifest.Join(groups, out.SegmentDuration)
	}
	o := a.media(i, a.spec.RangesKey(out), file)
	p.segments = sealedRanges(plain, path.Base(o.Key), o.seal)
	o.seal = o.seal.inParts(lengths(plain))
	p.add(o, total(p.segments))
	if out.For(transcode.HLSv3) {
		if err := a.cutSegments(ctx, i, p, plain); err != nil {
			return err
		}
	}
	key := a.spec.VariantV4Key(out)
	if err := a.playlist(i, p, key, manifest.MediaV4(p.segments, a.protections[i].tag(key))); err != nil {
		return err
	}
	if a.plan.Outputs[i].Video == nil {
		return nil
	}
	if p.pictures, err = a.pictures(ctx, file, groups, plain, p.segments); err != nil {
		return fmt.Errorf("output %s: %w", out.ID, err)
	}
	key = a.spec.IFramesKey(out)
	return a.playlist(i, p, key, manifest.IFrames(p.pictures, a.protections[i].tag(key)))
}

// sealedRanges are segments as they are in the published file, under its name.
func sealedRanges(plain []manifest.Segment, name string, s *seal) []manifest.Segment {
	segments, at := slices.Clone(plain), int64(0)
	for n := range segments {
		segments[n].Name, segments[n].Offset, segments[n].SizeBytes = name, at, s.size(plain[n].SizeBytes)
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
		o := a.media(i, a.spec.SegmentKey(out, n), fmt.Sprintf("o%d_%05d.ts", i+1, n))
		named[n].Name = path.Base(o.Key)
		if err := copyRange(ctx, o.path, filepath.Join(a.dir, file), s.Offset, s.SizeBytes); err != nil {
			return err
		}
		p.add(o, o.seal.size(s.SizeBytes))
	}
	key := a.spec.VariantKey(out)
	return a.playlist(i, p, key, manifest.MediaV3(named, a.protections[i].tag(key)))
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

// pictures are the key frames of a file that has one at the start of each group, as
// ranges of the published file. Encrypted segments keep the places of their bytes, so
// that a range of them decrypts by itself (RFC 8216 section 5.2).
func (a *attempt) pictures(ctx context.Context, name string, groups, plain, segments []manifest.Segment) ([]manifest.Segment, error) {
	file, err := os.Open(filepath.Join(a.dir, name))
	if err != nil {
		return nil, fmt.Errorf("read pictures: %w", err)
	}
	defer file.Close()
	var pictures []manifest.Segment
	at := 0
	for _, g := range groups {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		picture, err := mpegts.FirstPicture(bufio.NewReaderSize(io.NewSectionReader(file, g.Offset, g.SizeBytes), pictureBuffer))
		if err != nil {
			return nil, fmt.Errorf("the group of pictures at byte %d: %w", g.Offset, err)
		}
		for at+1 < len(plain) && plain[at+1].Offset <= g.Offset {
			at++
		}
		pictures = append(pictures, manifest.Segment{Name: segments[at].Name, Duration: g.Duration, SizeBytes: picture.SizeBytes,
			Offset: g.Offset - plain[at].Offset + segments[at].Offset + picture.Offset})
	}
	return pictures, nil
}

// pictureBuffer is how much is read of a group at a time, in bytes.
const pictureBuffer = 64 << 10

// masterV4 is the master playlist of HLSv4: variants with video in the playlist's
// order, then those without, of which each is also the sound of a group.
func (a *attempt) masterV4(spec transcode.PlaylistSpec, parcels []*parcel) []manifestFile {
	key := a.spec.MasterKeys(spec)[0]
	m := manifest.Master{Subtitles: a.subtitleRenditions(spec, key, parcels), ClosedCaptions: a.closedCaptions(spec)}
	var sounds []manifest.Variant
	for _, i := range spec.Outputs {
		v := a.variant(i, parcels[i])
		v.URI = manifest.RelativeURI(key, a.spec.VariantV4Key(a.spec.Outputs[i]))
		v.Bandwidth = manifest.Bandwidth(parcels[i].segments)
		if v.Size.IsZero() {
			v.AudioGroup = "audio-" + strconv.Itoa(len(sounds))
			sounds = append(sounds, v)
			m.Audio = append(m.Audio, manifest.Rendition{Group: v.AudioGroup, Name: "Default", URI: v.URI})
			continue
		}
		m.Variants = append(m.Variants, v)
		if len(parcels[i].pictures) > 0 {
			v.Bandwidth = manifest.Bandwidth(parcels[i].pictures)
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
		videos[n].Bandwidth += sound.Bandwidth
	}
}
