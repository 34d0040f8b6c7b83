package transcode

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// All keys of a job's objects are made here (original.md 4.4, 4.6 and 4.10). Each
// is OutputKeyPrefix and a name, joined as they are.

const (
	playlistSuffix = ".m3u8"
	segmentSuffix  = ".ts"
	keySuffix      = ".key"
)

// MediaKey is the key of an output that is one file: in fmp4, or without segments.
func (s JobSpec) MediaKey(o OutputSpec) string { return s.OutputKeyPrefix + o.Key }

// SegmentKey is the key of the segment n of an output for HLSv3, the first being 0.
func (s JobSpec) SegmentKey(o OutputSpec, n int) string {
	return fmt.Sprintf("%s%05d%s", s.MediaKey(o), n, segmentSuffix)
}

// RangesKey is the key of the one ts file of an output for HLSv4.
func (s JobSpec) RangesKey(o OutputSpec) string { return s.MediaKey(o) + segmentSuffix }

// VariantKey is the key of a segmented output's own playlist for HLSv3.
func (s JobSpec) VariantKey(o OutputSpec) string { return s.MediaKey(o) + playlistSuffix }

// VariantV4Key is the key of an output's own playlist for HLSv4: "_v4", or "_v7"
// after the version of HLS where the output is in fmp4.
func (s JobSpec) VariantV4Key(o OutputSpec) string {
	if o.Preset.Container == FMP4 {
		return s.MediaKey(o) + "_v7" + playlistSuffix
	}
	return s.MediaKey(o) + "_v4" + playlistSuffix
}

// IFramesKey is the key of the I-frame playlist of an output with video for HLSv4.
func (s JobSpec) IFramesKey(o OutputSpec) string { return s.MediaKey(o) + "_iframe" + playlistSuffix }

// MasterKeys are the keys of a playlist of the job, in the order in which its files
// are written.
func (s JobSpec) MasterKeys(p PlaylistSpec) []string {
	name := s.OutputKeyPrefix + p.Name
	switch p.Format {
	case DASH:
		return []string{name + ".mpd"}
	case Smooth:
		return []string{name + ".ismc", name + ".ism"}
	}
	return []string{name + playlistSuffix}
}

// DataKeyKey is the key of the object that holds the data key of a protected
// playlist with StoreKey.
func (s JobSpec) DataKeyKey(p PlaylistSpec) string { return s.OutputKeyPrefix + p.Name + keySuffix }

// NamedKey is the key of an object of which the name is known before any work,
// with what it holds.
type NamedKey struct{ Key, What string }

// FixedKeys are the keys of an output's media and playlists that are known before
// any work, media first. Of numbered segments it is the first.
func (s JobSpec) FixedKeys(o OutputSpec) (keys []NamedKey) {
	add := func(key, what string) { keys = append(keys, NamedKey{key, what + "output '" + o.Key + "'"}) }
	if !o.Segmented() || o.Preset.Container != TS {
		keys = append(keys, NamedKey{s.MediaKey(o), "Output '" + o.Key + "'"})
	} else {
		if o.For(HLSv3) {
			add(s.SegmentKey(o, 0), "the first segment of ")
		}
		if o.For(HLSv4) {
			add(s.RangesKey(o), "the media of ")
		}
	}
	if o.For(HLSv3) {
		add(s.VariantKey(o), "the playlist of ")
	}
	if o.For(HLSv4) {
		add(s.VariantV4Key(o), "the playlist of ")
		if o.Preset.Video != nil {
			add(s.IFramesKey(o), "the I-frame playlist of ")
		}
	}
	return keys
}

// ThumbnailKey is the key of the thumbnail n of an output, the first being 1,
// with the size that it has. The output has a ThumbnailPattern.
func (s JobSpec) ThumbnailKey(o OutputSpec, n int, size media.Size) string {
	name := strings.NewReplacer("{count}", fmt.Sprintf("%05d", n), "{resolution}",
		size.String()).Replace(o.ThumbnailPattern)
	return s.OutputKeyPrefix + name + "." + o.Preset.Thumbnails.Format
}

// checkKeys refuses a job that would write two objects under one key. Thumbnails
// are held against thumbnails only, since their bucket may be another one, and
// not at all where {resolution} may tell them apart.
func checkKeys(r *reader, s JobSpec) {
	fixed := map[string]string{} // what is written under a key
	claim := func(key, what string) {
		if other, taken := fixed[key]; taken {
			r.fail(invalidf("%s and %s would both be written as %q: give one of them another name.", other, what, key))
		}
		fixed[key] = what
	}
	patterns := map[string]string{}
	for _, o := range s.Outputs {
		for _, k := range s.FixedKeys(o) {
			claim(k.Key, k.What)
		}
		if p := o.ThumbnailPattern; p != "" && !strings.Contains(p, "{resolution}") {
			p += "." + o.Preset.Thumbnails.Format
			if other, taken := patterns[p]; taken {
				r.fail(invalid("ThumbnailPattern", o.ThumbnailPattern, "the thumbnails of '"+o.Key+"' and '"+other+
					"' would be written as the same objects"))
			}
			patterns[p] = o.Key
		}
	}
	for _, p := range s.Playlists {
		for _, key := range s.MasterKeys(p) {
			claim(key, "playlist '"+p.Name+"'")
		}
		if p.Protection.StoreKey {
			claim(s.DataKeyKey(p), "the key of playlist '"+p.Name+"'")
		}
	}
	checkSegmentKeys(r, s, fixed)
	checkCaptionKeys(r, s)
}

// checkCaptionKeys refuses two outputs whose caption files would have the same
// names, but for those of one playlist: their captions are the same, and the files
// are written once.
func checkCaptionKeys(r *reader, s JobSpec) {
	outputs := map[string]int{} // by what is common to the names
	for i, o := range s.Outputs {
		for _, f := range o.CaptionFormats {
			if f.Format.Embedded() {
				continue
			}
			name := f.name() + f.Format.extension(o.Preset.Container)
			other, taken := outputs[name]
			if taken && (f.Encryption.Mode != "" || !s.together(i, other)) {
				r.fail(invalid("Captions:CaptionFormats:Pattern", f.Pattern, "the captions of '"+s.Outputs[other].Key+
					"' and '"+
					o.Key+"' would be written as the same objects"))
			}
			if !taken {
				outputs[name] = i
			}
		}
	}
}

// together reports whether two outputs are in one playlist.
func (s JobSpec) together(a, b int) bool {
	return slices.ContainsFunc(s.Playlists, func(p PlaylistSpec) bool {
		return slices.Contains(p.Outputs, a) && slices.Contains(p.Outputs, b)
	})
}

var segmentNumber = regexp.MustCompile(`\A[0-9]{5,}\z`)

// checkSegmentKeys refuses a key that a segment of another output may get.
func checkSegmentKeys(r *reader, s JobSpec, fixed map[string]string) {
	for _, o := range s.Outputs {
		if o.Preset.Container != TS || !o.For(HLSv3) {
			continue
		}
		own := s.SegmentKey(o, 0)
		for _, key := range slices.Sorted(maps.Keys(fixed)) {
			number, isSegment := strings.CutPrefix(strings.TrimSuffix(key, segmentSuffix), s.MediaKey(o))
			if key != own && isSegment && strings.HasSuffix(key, segmentSuffix) && segmentNumber.MatchString(number) {
				r.fail(invalidf("%s would be written as a segment of output '%s': give one of them another name.",
					fixed[key],
					o.Key))
			}
		}
	}
}
