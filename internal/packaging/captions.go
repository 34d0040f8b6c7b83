package packaging

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"time"

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
	part := 0
	for text := range p.captionTexts(o, t) {
		name := fmt.Sprintf("s%d_%d_%d_%05d", o.index+1, t.formatIndex, t.index, part)
		err := p.addCaptions(o, t, p.captionKey(o, t, part), name, func(dst *captionWriter) error {
			_, err := dst.Write(text())
			return err
		})
		if err != nil {
			return err
		}
		part++
	}
	p.listSubtitles(o, t)
	return nil
}

// captionKey is the key of a part of a track, from 0.
func (p *packer) captionKey(o *output, t captionTrack, part int) string {
	return p.Spec.CaptionKey(o.spec, t.format, languageOf(t.Track), part)
}

// Limits of what one job writes of captions: a small file that is shown all the time would
// grow with the number of segments, in each language, format and output.
const (
	mostCaptionFiles = 100_000
	mostCaptionBytes = 256 << 20
)

// captionWriter writes a file within the limits of the job.
type captionWriter struct {
	file  io.Writer
	left  *int64
	bytes int64
}

func (w *captionWriter) Write(text []byte) (int, error) {
	n, err := w.file.Write(text)
	w.bytes += int64(n)
	if *w.left -= int64(n); *w.left < 0 {
		return n, caption.TooMuch(fmt.Sprintf("%d MiB of caption files", mostCaptionBytes>>20))
	}
	return n, err
}

// addCaptions writes a caption file, unless another output of the playlist has, and lists it.
func (p *packer) addCaptions(o *output, t captionTrack, key, name string, write func(*captionWriter) error) error {
	if _, written := p.captionSizes[key]; written {
		return nil
	}
	if len(p.captionSizes) >= mostCaptionFiles {
		return caption.TooMuch(fmt.Sprintf("%d caption files", mostCaptionFiles))
	}
	file, err := p.Folder.Create(name)
	if err != nil {
		return err
	}
	dst := captionWriter{file: file, left: &p.captionBytesLeft}
	if err := errors.Join(write(&dst), file.Close()); err != nil {
		return err
	}
	p.captionSizes[key] = dst.bytes
	o.files.Media = append(o.files.Media, Object{
		Key: key, File: name, Encryption: t.format.Encryption, cipher: o.Encryption.captions(t.formatIndex).of(key),
	})
	return nil
}

// captionTexts are the files of a track: one for each segment, or one whole, which is all
// that MPEG-DASH refers to. Where a playlist of HLS names that output too, its segments
// are further files. Each is made when it is asked for, before the next.
func (p *packer) captionTexts(o *output, t captionTrack) iter.Seq[func() []byte] {
	return func(yield func(func() []byte) bool) {
		whole := o.spec.For(transcode.DASH) || len(o.segments) == 0
		if whole && !yield(func() []byte { return caption.Write(t.format.Format, t.Track) }) {
			return
		}
		if whole && !p.subtitled(o, t.format) {
			return
		}
		clock := caption.StreamClock
		if o.spec.Preset.Container == transcode.FMP4 {
			clock = caption.FragmentClock
		}
		caption.Segments(t.format.Format, t.Track, starts(o.segments), clock)(yield)
	}
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
		whole := p.captionKey(o, t, 0)
		o.documents = append(o.documents, captionFile{key: whole, track: t.Track, sizeBytes: p.captionSizes[whole]})
	}
	if !p.subtitled(o, t.format) {
		return
	}
	key := p.Spec.SubtitlesKey(t.format, languageOf(t.Track))
	o.subtitles = append(o.subtitles, captionFile{key: key, track: t.Track})
	if _, listed := p.captionSizes[key]; listed {
		return
	}
	p.captionSizes[key] = 0
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
	name := fmt.Sprintf("s%d_%d_%d.ismt", o.index+1, t.formatIndex, t.index)
	err := p.addCaptions(o, t, text.key, name, func(dst *captionWriter) error {
		return mp4box.WriteSmoothText(dst, media.Alpha3(language), text.documents(t.Track))
	})
	if err != nil {
		return err
	}
	if text.sizeBytes == 0 { // another output has written the file
		for range text.documents(t.Track) { //nolint:revive // it adds up their sizes
		}
	}
	if err := text.measure(); err != nil {
		return err
	}
	if !t.format.Encryption.ByService() {
		o.streams = append(o.streams, text)
	}
	return nil
}

// documents are the texts of the stream's fragments, whose sizes are added to its own.
func (s *smoothStream) documents(t caption.Track) iter.Seq[mp4box.TextFragment] {
	begins := make([]time.Duration, len(s.chunks))
	for i, c := range s.chunks {
		begins[i] = smoothTime(c.Start)
	}
	return func(yield func(mp4box.TextFragment) bool) {
		for i, cues := range caption.Split(t.Cues, begins) {
			c, part := s.chunks[i], t
			part.Cues = caption.Clip(cues, smoothTime(c.Start), smoothTime(c.Duration))
			document := caption.Write(caption.DFXP, part)
			s.sizeBytes += int64(len(document))
			time := mp4box.FragmentTime{Start: c.Start, Duration: c.Duration}
			if !yield(mp4box.TextFragment{FragmentTime: time, Document: document}) {
				return
			}
		}
	}
}
