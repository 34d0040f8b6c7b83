package packaging

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// captionFile is a track of captions with the key of what a manifest refers to: that of
// its own playlist in HLS, of its one file in MPEG-DASH.
type captionFile struct {
	key   string
	track caption.Track
	// sizeBytes is that of a whole file.
	sizeBytes int64
}

// undetermined is the language that nobody has told (ISO 639-2).
const undetermined = "und"

func languageOf(t caption.Track) string { return cmp.Or(t.Language, undetermined) }

// packCaptions writes the caption files of an output and lists them: one for each
// track, or for each of its segments. Outputs of one playlist may share files.
func (p *packer) packCaptions(o *output) error {
	for n, format := range o.spec.CaptionFormats {
		if format.Format.Embedded() {
			continue
		}
		for k := range o.Captions {
			t := captionTrack{Track: o.Captions[k], format: format, formatIndex: n, index: k}
			if err := p.packTrack(o, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// captionTrack is a track of captions in one of its output's formats.
type captionTrack struct {
	caption.Track
	format transcode.CaptionFormatSpec
	// formatIndex and index are the places of the format and of the track in the output.
	formatIndex, index int
}

func (p *packer) packTrack(o *output, t captionTrack) error {
	if o.spec.For(transcode.Smooth) && t.format.Format == caption.DFXP {
		return p.packSmoothText(o, t)
	}
	for part, text := range p.captionTexts(o, t) {
		name := fmt.Sprintf("s%d_%d_%d_%05d", o.index+1, t.formatIndex, t.index, part)
		if err := p.addCaptions(o, t, p.captionKey(o, t, part), name, text); err != nil {
			return err
		}
	}
	p.listSubtitles(o, t)
	return nil
}

// captionKey is the key of a part of a track, from 0.
func (p *packer) captionKey(o *output, t captionTrack, part int) string {
	return p.Spec.CaptionKey(o.spec, t.format, languageOf(t.Track), part)
}

// addCaptions writes a caption file, unless another output of the playlist has, and lists it.
func (p *packer) addCaptions(o *output, t captionTrack, key, name string, text []byte) error {
	if p.captionKeys[key] {
		return nil
	}
	p.captionKeys[key] = true
	if err := p.Folder.Write(name, text); err != nil {
		return err
	}
	o.files.Media = append(o.files.Media, Object{
		Key: key, File: name, Encryption: t.format.Encryption, cipher: o.Encryption.captions(t.formatIndex),
	})
	return nil
}

// captionTexts are the files of a track: one for each segment, or one whole, which is all
// that MPEG-DASH refers to. Where a playlist of HLS names that output too, its segments
// are further files.
func (p *packer) captionTexts(o *output, t captionTrack) [][]byte {
	if !o.spec.For(transcode.DASH) {
		return segmentTexts(o, t)
	}
	texts := [][]byte{caption.Write(t.format.Format, t.Track)}
	if p.subtitled(o, t.format) {
		texts = append(texts, segmentTexts(o, t)...)
	}
	return texts
}

// segmentTexts are the texts of an output's segments, one whole text without any.
func segmentTexts(o *output, t captionTrack) [][]byte {
	if len(o.segments) == 0 {
		return [][]byte{caption.Write(t.format.Format, t.Track)}
	}
	clock := caption.StreamClock
	if o.spec.Preset.Container == transcode.FMP4 {
		clock = caption.FragmentClock
	}
	return caption.WriteSegments(t.format.Format, t.Track, starts(o.segments), clock)
}

// listSubtitles lists what manifests name of a track: its one file, and the HLS playlist of
// its segments.
func (p *packer) listSubtitles(o *output, t captionTrack) {
	if t.format.Format != caption.WebVTT || t.format.Encryption.ByService() {
		return
	}
	first := 0 // the number of the first segment
	if o.spec.For(transcode.DASH) {
		first = 1
		o.documents = append(o.documents, captionFile{
			key: p.captionKey(o, t, 0), track: t.Track, sizeBytes: int64(len(caption.Write(t.format.Format, t.Track))),
		})
	}
	if !p.subtitled(o, t.format) {
		return
	}
	key := p.Spec.SubtitlesKey(t.format, languageOf(t.Track))
	o.subtitles = append(o.subtitles, captionFile{key: key, track: t.Track})
	if p.captionKeys[key] {
		return
	}
	p.captionKeys[key] = true
	segments := slices.Clone(o.segments)
	for n := range segments {
		segments[n].Name = path.Base(p.captionKey(o, t, first+n))
	}
	o.list(key, func(target int64) []byte { return manifest.Subtitles(segments, target) })
}

// subtitled reports whether a playlist of HLS has captions of an output in a format: those
// whose segments players can read, which are WebVTT that is not encrypted.
func (p *packer) subtitled(o *output, f transcode.CaptionFormatSpec) bool {
	return f.Format == caption.WebVTT && !f.Encryption.ByService() && p.Spec.InHLS(o.index)
}

// packSmoothText lists a track as Smooth Streaming has it: one file, in which each of the
// output's fragments has a document, whose times count from the fragment's. Clients can't
// decrypt one that is encrypted as a file, and no manifest names it.
func (p *packer) packSmoothText(o *output, t captionTrack) error {
	language := languageOf(t.Track)
	text := smoothStream{
		kind: "text", name: "text_" + language, language: language, key: p.captionKey(o, t, 0),
		chunks: o.streams[0].chunks, level: manifest.SmoothLevel{TrackID: 1, FourCC: "DFXP"},
	}
	var fragments []mp4box.TextFragment
	for _, c := range text.chunks {
		part := t.Track
		part.Cues = caption.Clip(t.Cues, smoothTime(c.Start), smoothTime(c.Duration))
		document := caption.Write(caption.DFXP, part)
		text.sizeBytes += int64(len(document))
		time := mp4box.FragmentTime{Start: c.Start, Duration: c.Duration}
		fragments = append(fragments, mp4box.TextFragment{FragmentTime: time, Document: document})
	}
	if err := text.measure(); err != nil {
		return err
	}
	if !t.format.Encryption.ByService() {
		o.streams = append(o.streams, text)
	}
	name := fmt.Sprintf("s%d_%d_%d.ismt", o.index+1, t.formatIndex, t.index)
	return p.addCaptions(o, t, text.key, name, mp4box.SmoothText(media.Alpha3(language), fragments))
}
