package packaging

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// hlsV4 has ranges of one ts file, playlists of I-frames, and audio in groups.
type hlsV4 struct{}

// pack has players decrypt each range by itself. A file that is encrypted as a whole is
// for who has its key: the ranges are those of the decrypted one.

func (hlsV4) pack(ctx context.Context, p *packer, o *output) error {
	if err := p.divideInPlace(ctx, o); err != nil {
		return err
	}
	media := o.media(p.Spec.RangesKey(o.spec), o.Plan.File)
	clear := streamSegments(path.Base(media.Key), o.divided)
	o.segments = clear
	size := media.cipher.size(total(clear))
	if o.Encryption.HLS != nil {
		o.segments = media.cipher.ranges(clear)
		media.cipher, size = media.cipher.inParts(sizes(clear)), total(o.segments)
	}
	o.keyframes = streamKeyframes(o.divided, o.segments)
	o.add(media, size)
	key := p.Spec.VariantV4Key(o.spec)
	o.list(key, func(target int64) []byte { return manifest.MediaV4(o.segments, target, o.keyTag(key)) })
	if len(o.keyframes) > 0 {
		frames := p.Spec.IFramesKey(o.spec)
		o.list(frames, func(target int64) []byte { return manifest.IFrames(o.keyframes, target, o.keyTag(frames)) })
	}
	return nil
}

// ranges are segments as they are in a file each part of which is encrypted.
func (c *Cipher) ranges(clear []manifest.Segment) []manifest.Segment {
	segments, at := slices.Clone(clear), int64(0)
	for n := range segments {
		segments[n].Offset, segments[n].SizeBytes = at, c.size(clear[n].SizeBytes)
		at += segments[n].SizeBytes
	}
	return segments
}

func sizes(segments []manifest.Segment) (all []int64) {
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

func (hlsV4) master(p *packer, spec transcode.PlaylistSpec) ([]masterFile, error) {
	return p.groupedMaster(spec, 4), nil
}

// groupedMaster is the master playlist of a version with groups of audio: variants with
// video in the playlist's order, then those without, of which each is also the audio of a
// group.
func (p *packer) groupedMaster(spec transcode.PlaylistSpec, version int) []masterFile {
	key := p.Spec.MasterKeys(spec)[0]
	m := p.newMaster(spec, key)
	var audio []manifest.Variant
	for _, o := range p.members(spec) {
		v := o.variant(key, p.Spec.VariantV4Key(o.spec))
		if !o.hasVideo() {
			v.AudioGroup = "audio-" + strconv.Itoa(len(audio))
			audio = append(audio, v)
			m.Audio = append(m.Audio, manifest.Rendition{Group: v.AudioGroup, Name: "Default", URI: v.URI})
			continue
		}
		m.Variants = append(m.Variants, v)
		if len(o.keyframes) > 0 {
			m.IFrames = append(m.IFrames, o.keyframeVariant(v, key, p.Spec.IFramesKey(o.spec)))
		}
	}
	if len(m.Variants) > 0 {
		joinAudio(m.Variants, audio)
	} else { // nothing refers to a group
		m.Audio = nil
		for n := range audio {
			audio[n].AudioGroup = ""
		}
	}
	m.Variants = append(m.Variants, audio...)
	return []masterFile{{key, m.Text(version)}}
}

// keyframeVariant is a variant's playlist of I-frames.
func (o *output) keyframeVariant(v manifest.Variant, master, key string) manifest.Variant {
	v.Bandwidth = manifest.Bandwidth(o.keyframes, o.target)
	v.Average = manifest.AverageBandwidth(o.keyframes)
	v.URI = manifest.RelativeURI(master, key)
	return v
}

// joinAudio gives each variant with video a group: the first variant has the first
// audio, and of the others those of higher rates have audio of higher rates.
func joinAudio(videos, audio []manifest.Variant) {
	if len(audio) == 0 {
		return
	}
	byRate := func(x, y manifest.Variant) int { return cmp.Compare(x.Bandwidth, y.Bandwidth) }
	ranked := slices.SortedStableFunc(slices.Values(audio), byRate)
	ladder := slices.SortedStableFunc(slices.Values(videos), byRate)
	for n := range videos {
		v := &videos[n]
		rank := slices.IndexFunc(ladder, func(other manifest.Variant) bool { return other.URI == v.URI })
		beside := ranked[rank*len(ranked)/len(ladder)]
		if n == 0 {
			beside = audio[0]
		}
		v.AudioGroup, v.Audio = beside.AudioGroup, beside.Audio
		v.Bandwidth += beside.Bandwidth
		v.Average += beside.Average
	}
}
