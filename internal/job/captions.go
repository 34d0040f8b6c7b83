package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// captions are those that the job has been given.
type captions struct {
	files    []captionFile // by JobSpec.CaptionFiles
	embedded []captionSet  // by input
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

func hasCaptions(o transcode.OutputSpec) bool { return len(o.CaptionFormats) > 0 }

// readCaptions reads what the outputs need: files, and tracks inside the inputs.
func (j *Job) readCaptions(ctx context.Context) error {
	if !slices.ContainsFunc(j.Spec.Outputs, hasCaptions) {
		return nil
	}
	var c captions
	for i, spec := range j.Spec.CaptionFiles {
		cues, err := j.readCaptionFile(ctx, i, spec)
		file := captionFile{cues: cues, failure: FailureOf(err)}
		if err != nil && file.failure == nil {
			return err
		}
		c.files = append(c.files, file)
	}
	for i := range j.inputs {
		var set captionSet
		if j.wantsEmbedded(i) {
			var err error
			if set, err = j.embeddedCaptions(ctx, i); err != nil {
				return err
			}
		}
		c.embedded = append(c.embedded, set)
	}
	for i := range j.outputs {
		if o := &j.outputs[i]; hasCaptions(o.spec) {
			o.merged = c.merge(j.Spec, o.spec)
			if err := j.captionBudget.takeMerged(o.merged); err != nil {
				o.merged = []captionSet{{failure: transcode.AsFailure(err)}}
			}
		}
	}
	return nil
}

// readCaptionFile reads a file. What the client has to mend is a [*transcode.Failure] or
// a [*object.Error].
func (j *Job) readCaptionFile(ctx context.Context, i int, spec transcode.CaptionFileSpec) ([]caption.Cue, error) {
	file := source{
		object: j.object(spec.Key), encryption: spec.Encryption, name: fmt.Sprintf("k%d", i),
		kind: "caption", mostBytes: caption.MaxFileBytes,
	}
	if _, err := j.fetch(ctx, file); err != nil {
		return nil, err
	}
	cues, err := j.parseCaptions(file.name, caption.Read)
	if e, ok := errors.AsType[*caption.Error](err); ok {
		return nil, caption.SidecarFailure(file.object, e)
	}
	return cues, err
}

// parseCaptions reads a file of captions, as long as the job has not too many.
func (j *Job) parseCaptions(name string, parse func([]byte) ([]caption.Cue, error)) ([]caption.Cue, error) {
	size, err := j.Folder.Size(name)
	if err != nil {
		return nil, err
	}
	if err := j.captionBudget.takeBytes(size); err != nil {
		return nil, err
	}
	text, err := j.Folder.Read(name)
	if err != nil {
		return nil, err
	}
	cues, err := parse(text)
	if err != nil {
		return nil, err
	}
	return cues, j.captionBudget.takeCues(len(cues))
}

// wantsEmbedded reports whether an output uses the captions inside an input.
func (j *Job) wantsEmbedded(input int) bool {
	return slices.ContainsFunc(j.Spec.Outputs, func(o transcode.OutputSpec) bool {
		return hasCaptions(o) && j.Spec.CaptionsOf(o, input).Policy != string(caption.Override)
	})
}

// embeddedCaptions reads the tracks of mov-text in an input, and the first channel
// of CEA-608 or CEA-708 that has captions, of which nobody says the language.
func (j *Job) embeddedCaptions(ctx context.Context, i int) (set captionSet, err error) {
	if err := j.arrived(ctx); err != nil { // a store that is away says nothing of captions
		return captionSet{}, err
	}
	in := j.inputs[i]
	if set.tracks, err = j.movText(ctx, i); err != nil {
		return j.unreadable(ctx, err)
	}
	frames, err := j.FFmpeg.CEA(ctx, j.Folder.Path(""), in.name, in.probe)
	if err != nil {
		return j.unreadable(ctx, err)
	}
	cues, _, err := caption.DecodeCEA(frames, in.probe.Duration)
	if err != nil {
		return j.unreadable(ctx, err)
	}
	if len(cues) > 0 {
		set.tracks = append(set.tracks, caption.Track{Language: undetermined, Cues: cues})
	}
	return set, nil
}

// undetermined is the language that nobody has told (ISO 639-2).
const undetermined = "und"

func streamLanguage(s media.CaptionStream) string {
	if transcode.LanguageCode(s.Language) {
		return s.Language
	}
	return undetermined
}

// unreadable makes the failure of captions inside an input, when that is at fault.
func (j *Job) unreadable(ctx context.Context, err error) (captionSet, error) {
	if ctx.Err() != nil || errors.Is(err, plan.ErrUnready) {
		return captionSet{}, err
	}
	j.Log.WarnContext(ctx, "embedded captions", "err", err)
	if f := transcode.AsFailure(err); f != nil {
		return captionSet{failure: f}, nil
	}
	return captionSet{failure: caption.EmbeddedFailure(err)}, nil
}

// movText reads the tracks of mov-text, whose text ffmpeg hands over.
func (j *Job) movText(ctx context.Context, i int) (tracks []caption.Track, err error) {
	probe := j.inputs[i].probe
	if len(probe.Captions) == 0 {
		return nil, nil
	}
	if err := j.FFmpeg.Run(ctx, j.Folder.Path(""), plan.CaptionStep(probe, i), nil); err != nil {
		return nil, err
	}
	for _, stream := range probe.Captions {
		track := caption.Track{Language: streamLanguage(stream)}
		if name := plan.CaptionFile(i, stream); j.Folder.Exists(name) {
			if track.Cues, err = j.parseCaptions(name, readMovText); err != nil {
				return nil, err
			}
		}
		tracks = append(tracks, track)
	}
	return tracks, nil
}

// readMovText reads a track, which may be without a word.
func readMovText(text []byte) ([]caption.Cue, error) {
	if len(text) == 0 {
		return nil, nil
	}
	return caption.ReadMovText(text)
}

// merge is what an output has of each input, on the input's own timeline.
func (c captions) merge(spec transcode.JobSpec, out transcode.OutputSpec) (all []captionSet) {
	for i := range spec.Inputs {
		wanted := spec.CaptionsOf(out, i)
		policy := caption.Policy(wanted.Policy)
		var set captionSet
		if policy != caption.Override {
			set.failure = c.embedded[i].failure
		}
		var sidecars []caption.Track
		for _, s := range wanted.Sources {
			file := c.files[s.File]
			if file.failure != nil && set.failure == nil {
				set.failure = file.failure
			}
			cues := caption.Shift(file.cues, s.Offset)
			sidecars = append(sidecars, caption.Track{Language: s.Language, Label: s.Label, Cues: cues})
		}
		set.tracks = caption.Merge(policy, c.embedded[i].tracks, sidecars)
		all = append(all, set)
	}
	return all
}

// plannedCaptions is what the plan is told of an output's captions.
func (o *output) plannedCaptions() (told plan.Captions) {
	parts := make([]caption.Part, len(o.merged))
	for n, set := range o.merged {
		parts[n].Tracks = set.tracks
		if told.Failure == nil {
			told.Failure = set.failure
		}
	}
	tracks := caption.Join(parts)
	for _, t := range tracks {
		told.Tracks = append(told.Tracks, plan.CaptionTrack{Language: t.Language, Label: t.Label})
	}
	if told.Failure == nil {
		told.Failure = transcode.AsFailure(checkTracks(o.spec, len(tracks)))
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
func (j *Job) placeCaptions(ctx context.Context) error {
	for _, i := range j.open() {
		o := &j.outputs[i]
		if !hasCaptions(o.spec) {
			continue
		}
		var parts []caption.Part
		for n, set := range o.merged {
			parts = append(parts, clipped(set.tracks, o.plan.Parts[n]))
		}
		o.tracks, o.merged = caption.Join(parts), nil
		for n := range o.plan.Subtitles {
			if err := j.Folder.Write(o.plan.SubtitleFile(n), caption.Write(caption.MovText, o.tracks[n])); err != nil {
				return err
			}
		}
		if err := j.makeCarrier(ctx, i); err != nil {
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

// makeCarrier writes the stream that brings the tracks into an output, which fails where
// the stream can't hold them.
func (j *Job) makeCarrier(ctx context.Context, i int) error {
	o := &j.outputs[i]
	carrier := o.plan.Carrier
	if carrier == nil {
		return nil
	}
	cc, err := caption.NewCarrier(o.tracks, carrier.Rate)
	if err != nil {
		return j.outcome.FailFor(ctx, i, err)
	}
	if err := j.FFmpeg.Run(ctx, j.Folder.Path(""), carrier.Step(), nil); err != nil {
		return err
	}
	blank, err := j.Folder.Read(carrier.Blank())
	if err != nil {
		return err
	}
	stream, err := caption.InsertSEI(blank, cc.Frames(carrier.Frames))
	if err != nil {
		return fmt.Errorf("captions of output %s: %w", o.spec.ID, err)
	}
	return j.Folder.Write(carrier.File, stream)
}
