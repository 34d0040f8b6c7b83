package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// captions is what is known of the captions of a job.
type captions struct {
	files    []captionFile // by JobSpec.CaptionFiles
	embedded []captionSet  // by input
	merged   [][]captionSet
	tracks   [][]caption.Track // by output, on its own timeline
	written  map[string]bool   // keys of files, which outputs of a playlist share
}

// captionFile is what a file holds, or why that is not known.
type captionFile struct {
	cues    []caption.Cue
	failure *transcode.Failure
}

// captionSet are tracks of an input, or why these are not known.
type captionSet struct {
	tracks  []caption.Track
	failure *transcode.Failure
}

// readCaptions reads what the outputs need: files, and tracks inside the inputs.
func (a *attempt) readCaptions(ctx context.Context) error {
	if !slices.ContainsFunc(a.spec.Outputs, hasCaptions) {
		return nil
	}
	c := &captions{written: map[string]bool{}, tracks: make([][]caption.Track, len(a.spec.Outputs))}
	for i, spec := range a.spec.CaptionFiles {
		file, err := a.readCaptionFile(ctx, i, spec)
		if err != nil {
			return err
		}
		c.files = append(c.files, file)
	}
	for i := range a.spec.Inputs {
		var set captionSet
		if a.wantsEmbedded(i) {
			var err error
			if set, err = a.embeddedCaptions(ctx, i); err != nil {
				return err
			}
		}
		c.embedded = append(c.embedded, set)
	}
	for _, out := range a.spec.Outputs {
		c.merged = append(c.merged, c.merge(a.spec, out))
	}
	a.captions = c
	return nil
}

func hasCaptions(o transcode.OutputSpec) bool { return len(o.CaptionFormats) > 0 }

// choice is which captions of an input an output uses.
func choice(spec transcode.JobSpec, out transcode.OutputSpec, input int) transcode.CaptionChoice {
	if out.Captions.Policy != "" {
		return out.Captions
	}
	return spec.Inputs[input].Captions
}

// wantsEmbedded tells whether an output uses the captions inside an input.
func (a *attempt) wantsEmbedded(input int) bool {
	return slices.ContainsFunc(a.spec.Outputs, func(o transcode.OutputSpec) bool {
		return hasCaptions(o) && choice(a.spec, o, input).Policy != string(caption.Override)
	})
}

func (a *attempt) readCaptionFile(ctx context.Context, i int, spec transcode.CaptionFileSpec) (file captionFile, err error) {
	source := object.Key{Bucket: *a.claim.Pipeline.InputBucket, Key: spec.Key}
	path := filepath.Join(a.dir, fmt.Sprintf("k%d", i))
	info, err := a.fetch(ctx, source.Key, spec.Encryption, path)
	if err != nil {
		err = storageFailure(err)
		if file.failure = transcode.AsFailure(err); file.failure != nil {
			err = nil
		}
		return file, err
	}
	if info.SizeBytes > caption.MaxFileBytes {
		return captionFile{failure: transcode.LargeObject("caption", source, info.SizeBytes, caption.MaxFileBytes)}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return captionFile{}, fmt.Errorf("read captions: %w", err)
	}
	if file.cues, err = caption.Read(text); err != nil {
		file.failure, err = caption.SidecarFailure(source, err), nil
	}
	return file, err
}

// embeddedCaptions reads the tracks of mov-text in an input, and the first channel
// of CEA-608 or CEA-708 that has captions, of which nobody says the language.
func (a *attempt) embeddedCaptions(ctx context.Context, input int) (set captionSet, err error) {
	p := a.probes[input]
	if set.tracks, err = a.movText(ctx, input); err != nil {
		return a.unreadable(ctx, err)
	}
	pictures, err := a.w.engine.CEA(ctx, a.dir, fmt.Sprintf("in%d", input), p)
	if err != nil {
		return a.unreadable(ctx, err)
	}
	cues, _, err := caption.DecodeCEA(pictures, p.Duration)
	if err != nil {
		return a.unreadable(ctx, err)
	}
	if len(cues) > 0 {
		set.tracks = append(set.tracks, caption.Track{Language: undetermined, Cues: cues})
	}
	return set, nil
}

// undetermined is the language that nobody has told (ISO 639-2).
const undetermined = "und"

func languageOf(s media.CaptionStream) string {
	if transcode.LanguageCode(s.Language) {
		return s.Language
	}
	return undetermined
}

// unreadable makes the failure of captions inside an input, when that is at fault.
func (a *attempt) unreadable(ctx context.Context, err error) (captionSet, error) {
	if ctx.Err() != nil {
		return captionSet{}, err
	}
	a.log.WarnContext(ctx, "embedded captions", "err", err)
	return captionSet{failure: caption.EmbeddedFailure(err)}, nil
}

// movText reads the tracks of mov-text, whose text ffmpeg hands over.
func (a *attempt) movText(ctx context.Context, input int) (tracks []caption.Track, err error) {
	streams := a.probes[input].Captions
	if len(streams) == 0 {
		return nil, nil
	}
	if err := a.w.engine.Run(ctx, a.dir, plan.CaptionStep(a.probes[input], input), nil); err != nil {
		return nil, err
	}
	for _, stream := range streams {
		text, err := os.ReadFile(filepath.Join(a.dir, plan.CaptionFile(input, stream)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read captions: %w", err)
		}
		track := caption.Track{Language: languageOf(stream)}
		if track.Cues, err = caption.ReadMovText(text); err != nil && len(text) > 0 {
			return nil, err
		}
		tracks = append(tracks, track)
	}
	return tracks, nil
}

// merge is what an output has of each input, on the input's own timeline.
func (c *captions) merge(spec transcode.JobSpec, out transcode.OutputSpec) []captionSet {
	if !hasCaptions(out) {
		return nil
	}
	var all []captionSet
	for i := range spec.Inputs {
		wanted := choice(spec, out, i)
		policy := caption.Policy(wanted.Policy)
		var set captionSet
		var sidecars []caption.Track
		if policy != caption.Override {
			set.failure = c.embedded[i].failure
		}
		for _, s := range wanted.Sources {
			if f := c.files[s.File].failure; f != nil && set.failure == nil {
				set.failure = f
			}
			sidecars = append(sidecars, caption.Track{Language: s.Language, Label: s.Label, Cues: caption.Shift(c.files[s.File].cues, s.Offset)})
		}
		set.tracks = caption.Merge(policy, c.embedded[i].tracks, sidecars)
		all = append(all, set)
	}
	return all
}

// planned is what the plan is told of the captions.
func (c *captions) planned(spec transcode.JobSpec) []plan.Captions {
	if c == nil {
		return nil
	}
	told := make([]plan.Captions, len(spec.Outputs))
	for i, out := range spec.Outputs {
		parts := make([]caption.Part, len(c.merged[i]))
		for n, set := range c.merged[i] {
			parts[n].Tracks = set.tracks
			if set.failure != nil && told[i].Failure == nil {
				told[i].Failure = set.failure
			}
		}
		tracks := caption.Join(parts)
		for _, t := range tracks {
			told[i].Tracks = append(told[i].Tracks, plan.CaptionTrack{Language: t.Language, Label: t.Label})
		}
		if told[i].Failure == nil {
			told[i].Failure = transcode.AsFailure(checkTracks(out, len(tracks)))
		}
	}
	return told
}

func checkTracks(out transcode.OutputSpec, tracks int) error {
	if err := caption.CheckTracks(tracks); err != nil {
		return err
	}
	for _, f := range out.CaptionFormats {
		if err := caption.CheckFormat(f.Format, tracks); err != nil {
			return err
		}
	}
	return nil
}

// placeCaptions brings the captions of each output onto its own timeline and writes
// the files that its step reads.
func (a *attempt) placeCaptions(ctx context.Context) error {
	if a.captions == nil {
		return nil
	}
	for i, out := range a.plan.Outputs {
		if a.outputs[i].Status != transcode.Progressing || !hasCaptions(a.spec.Outputs[i]) {
			continue
		}
		var parts []caption.Part
		for n, set := range a.captions.merged[i] {
			parts = append(parts, clipped(set.tracks, out.Parts[n]))
		}
		tracks := caption.Join(parts)
		a.captions.tracks[i] = tracks
		for n := range out.Subtitles {
			if err := a.write(out.SubtitleFile(n), caption.Write(caption.MovText, tracks[n])); err != nil {
				return err
			}
		}
		if err := a.makeCarrier(ctx, i, tracks); err != nil {
			return err
		}
	}
	return nil
}

// clipped is what an output shows of the tracks of an input.
func clipped(tracks []caption.Track, part plan.Part) caption.Part {
	cut := caption.Part{Length: part.Length}
	if cut.Length == 0 { // not known
		cut.Length = math.MaxInt64
	}
	for _, t := range tracks {
		t.Cues = caption.Clip(t.Cues, part.Start, part.Length)
		cut.Tracks = append(cut.Tracks, t)
	}
	return cut
}

// makeCarrier writes the stream that brings the tracks into output i.
func (a *attempt) makeCarrier(ctx context.Context, i int, tracks []caption.Track) error {
	carrier := a.plan.Outputs[i].Carrier
	if carrier == nil {
		return nil
	}
	cc, err := caption.NewCarrier(tracks, carrier.Rate)
	if f := transcode.AsFailure(err); f != nil {
		a.fail(i, f)
		return nil
	}
	if err != nil {
		return err
	}
	step := carrier.Step()
	if err := a.w.engine.Run(ctx, a.dir, step, nil); err != nil {
		return err
	}
	blank, err := os.ReadFile(filepath.Join(a.dir, carrier.Blank()))
	if err != nil {
		return fmt.Errorf("read carrier: %w", err)
	}
	stream, err := caption.InsertSEI(blank, cc.Pictures(carrier.Frames))
	if err != nil {
		return fmt.Errorf("captions of output %s: %w", a.spec.Outputs[i].ID, err)
	}
	return a.write(carrier.File, stream)
}

// packCaptions writes the caption files of output i and lists them: one for each
// track, or for each of its segments. Outputs of one playlist may share files.
func (a *attempt) packCaptions(i int, p *parcel) error {
	if a.captions == nil {
		return nil
	}
	out := a.spec.Outputs[i]
	for n, f := range out.CaptionFormats {
		if f.Format.Embedded() {
			continue
		}
		for k, t := range a.captions.tracks[i] {
			if out.For(transcode.Smooth) && f.Format == caption.DFXP {
				if err := a.packSmoothText(i, n, k, p, t); err != nil {
					return err
				}
				continue
			}
			texts := captionFiles(f.Format, t, a.captionSegments(i, p), out.Preset.Container)
			if out.For(transcode.DASH) && a.subtitled(i, f) {
				texts = append(texts, captionFiles(f.Format, t, p.segments, out.Preset.Container)...)
			}
			for part, text := range texts {
				key := a.spec.CaptionKey(out, f, languageName(t), part)
				if a.captions.written[key] {
					continue
				}
				a.captions.written[key] = true
				name := fmt.Sprintf("s%d_%d_%d_%05d", i+1, n, k, part)
				if err := a.write(name, text); err != nil {
					return err
				}
				p.media = append(p.media, newObject{at: object.Key{Bucket: a.contentBucket(), Key: key},
					path: filepath.Join(a.dir, name), seal: a.seals[i].captions[n], encryption: f.Encryption})
			}
			a.packSubtitles(i, p, f, t)
		}
	}
	return nil
}

// packSubtitles makes the HLS playlist of a track that a master playlist names.
func (a *attempt) packSubtitles(i int, p *parcel, f transcode.CaptionFormatSpec, t caption.Track) {
	out, language := a.spec.Outputs[i], languageName(t)
	if f.Format != caption.WebVTT || f.Encryption.ByService() {
		return
	}
	first := 0 // the number of the first segment
	if out.For(transcode.DASH) {
		first = 1
		p.texts = append(p.texts, subtitles{key: a.spec.CaptionKey(out, f, language, 0), track: t,
			sizeBytes: int64(len(caption.Write(f.Format, t)))})
	}
	if !a.subtitled(i, f) {
		return
	}
	key := a.spec.SubtitlesKey(f, language)
	p.subtitles = append(p.subtitles, subtitles{key: key, track: t})
	if a.captions.written[key] {
		return
	}
	a.captions.written[key] = true
	segments := slices.Clone(p.segments)
	for n := range segments {
		segments[n].Name = path.Base(a.spec.CaptionKey(out, f, language, first+n))
	}
	p.list(key, func(target int64) []byte { return manifest.Subtitles(segments, target) })
}

// subtitled tells whether a playlist of HLS has captions of output i in a format: those
// whose segments players can read, which are WebVTT that is not encrypted.
func (a *attempt) subtitled(i int, f transcode.CaptionFormatSpec) bool {
	return f.Format == caption.WebVTT && !f.Encryption.ByService() && a.spec.InHLS(i)
}

func languageName(t caption.Track) string {
	if t.Language == "" {
		return undetermined
	}
	return t.Language
}

// captionSegments are the segments that the captions of output i are divided into;
// none for one whole file, which is all that MPEG-DASH refers to. Where a playlist of HLS
// names them too, their segments are further files.
func (a *attempt) captionSegments(i int, p *parcel) []manifest.Segment {
	if a.spec.Outputs[i].For(transcode.DASH) {
		return nil
	}
	return p.segments
}

func captionFiles(f caption.Format, t caption.Track, segments []manifest.Segment, c transcode.Container) [][]byte {
	if len(segments) == 0 {
		return [][]byte{caption.Write(f, t)}
	}
	starts, at := make([]time.Duration, len(segments)), time.Duration(0)
	for i, s := range segments {
		starts[i] = at
		at += s.Duration
	}
	if c == transcode.FMP4 {
		return caption.WriteSegments(f, t, starts, caption.FragmentClock)
	}
	return caption.WriteSegments(f, t, starts, caption.StreamClock)
}

// captionKeys are the keys of caption files that are known before any work: of each
// language that the request names.
func (a *attempt) captionKeys(out transcode.OutputSpec) (keys []string) {
	for _, f := range out.CaptionFormats {
		if f.Format.Embedded() {
			continue
		}
		for i := range a.spec.Inputs {
			for _, s := range choice(a.spec, out, i).Sources {
				keys = append(keys, a.spec.CaptionKey(out, f, s.Language, 0))
			}
		}
	}
	return keys
}
