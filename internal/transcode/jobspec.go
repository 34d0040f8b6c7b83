package transcode

import (
	"fmt"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// JobSpecOf derives the typed form of a job from its document, with the presets
// that its outputs name, by id. It is the one place that judges jobs: an
// [*Error] says what is wrong, or which member this release can't honour yet.
func JobSpecOf(doc *api.Job, presets map[string]*api.Preset) (JobSpec, error) {
	r := &reader{}
	spec := JobSpec{ID: text(doc.Id), OutputKeyPrefix: text(doc.OutputKeyPrefix)}
	readOptions(r, doc.UserMetadata, &spec)
	g, l := &gallery{}, &library{}
	spec.Inputs = inputSpecs(r, doc.Inputs, l)
	for i := range doc.Outputs {
		o := &doc.Outputs[i]
		r.within(outputName(o), func(r *reader) { spec.Outputs = append(spec.Outputs, outputSpec(r, o, presets, spec.Inputs, g, l)) })
	}
	spec.Graphics, spec.CaptionFiles = g.graphics, l.files
	checkUnique(r, spec.Outputs)
	if r.err != nil {
		return JobSpec{}, r.err
	}
	spec.Playlists = playlistSpecs(r, doc.Playlists, spec.Outputs)
	for i, o := range spec.Outputs {
		spec.Outputs[i].Formats = formatsOf(i, o, spec.Playlists)
	}
	if r.err == nil {
		checkShared(r, spec)
		checkKeys(r, spec)
	}
	if r.err != nil {
		return JobSpec{}, r.err
	}
	return spec, nil
}

func inputSpecs(r *reader, inputs []api.JobInput, l *library) []InputSpec {
	specs := make([]InputSpec, len(inputs))
	for i := range inputs {
		specs[i] = inputSpec(r, &inputs[i], l)
	}
	return specs
}

func inputSpec(r *reader, in *api.JobInput, l *library) InputSpec {
	if text(in.Key) == "" {
		r.fail(missing("Input:Key"))
	}
	spec := InputSpec{Key: text(in.Key), Interlaced: "auto"}
	if container := text(in.Container); container != "auto" {
		spec.Container = container
	}
	spec.FrameRate = r.frameRate("Input:FrameRate", in.FrameRate)
	spec.AspectRatio = r.aspectRatio("Input:AspectRatio", in.AspectRatio)
	if interlaced := r.oneOf("Input:Interlaced", in.Interlaced, "auto", "true", "false"); interlaced != "" {
		spec.Interlaced = interlaced
	}
	if resolution := text(in.Resolution); resolution != "" && resolution != "auto" {
		r.fail(invalid("Input:Resolution", resolution, "it is auto"))
	}
	spec.Encryption = sourceEncryption(r, "Input:Encryption", in.Encryption)
	spec.Clip = clip(r, "Input:TimeSpan", in.TimeSpan)
	if c := in.InputCaptions; c != nil && (c.MergePolicy != nil || len(c.CaptionSources) > 0) {
		spec.Captions = captionChoice(r, "Input:InputCaptions:", c.MergePolicy, c.CaptionSources, l)
	}
	return spec
}

// outputName is how messages call an output: by its key, or by its number.
func outputName(o *api.JobOutput) string {
	if text(o.Key) == "" {
		return "Output " + text(o.Id)
	}
	return "Output '" + *o.Key + "'"
}

func outputSpec(r *reader, o *api.JobOutput, presets map[string]*api.Preset, inputs []InputSpec, g *gallery, l *library) OutputSpec {
	spec := OutputSpec{ID: text(o.Id), Key: text(o.Key), Rotate: -1, ThumbnailPattern: text(o.ThumbnailPattern)}
	if spec.Key == "" {
		r.fail(missing("Key"))
	}
	spec.Preset = outputPreset(r, o, presets)
	if rotate := text(o.Rotate); rotate != "" && rotate != "auto" {
		r.oneOf("Rotate", o.Rotate, "auto", "0", "90", "180", "270")
		spec.Rotate = r.whole("Rotate", o.Rotate, 0, 270, -1)
	}
	spec.SegmentDuration = segmentDuration(r, o, spec.Preset.Container)
	spec.Clip = outputClip(r, o.Composition, inputs)
	spec.Watermarks = outputWatermarks(r, o.Watermarks, spec.Preset, g)
	spec.AlbumArt = albumArt(r, o.AlbumArt, spec.Preset, g)
	spec.CaptionFormats, spec.Captions = outputCaptions(r, o.Captions, spec.Preset, inputs, l)
	checkThumbnailPattern(r, spec)
	spec.Encryption = resultEncryption(r, "Encryption", o.Encryption)
	spec.ThumbnailEncryption = thumbnailEncryption(r, o)
	return spec
}

// outputPreset resolves an output's preset; what is wrong with it is told with its id.
func outputPreset(r *reader, o *api.JobOutput, presets map[string]*api.Preset) PresetSpec {
	id := text(o.PresetId)
	if id == "" {
		r.fail(missing("PresetId"))
		return PresetSpec{}
	}
	preset := presets[id]
	if preset == nil {
		r.fail(invalid("PresetId", id, "there is no such preset"))
		return PresetSpec{}
	}
	spec, err := PresetSpecOf(preset)
	r.within("Preset "+id, func(r *reader) { r.err = err })
	return spec
}

// segmentDuration reads 1 to 60 seconds with up to five decimals; 0 is not given.
func segmentDuration(r *reader, o *api.JobOutput, container Container) time.Duration {
	const member = "SegmentDuration"
	s := text(o.SegmentDuration)
	if s == "" {
		return 0
	}
	seconds, ok := parseSeconds(s)
	if !ok || seconds < time.Second || seconds > time.Minute {
		r.fail(invalid(member, s, "it is from 1 to 60 seconds"))
	}
	if container != TS && container != FMP4 && r.err == nil {
		r.fail(invalid(member, s, fmt.Sprintf("SegmentDuration is available only for 'ts' and 'fmp4' containers, and the preset's is '%s'", container)))
	}
	return seconds
}

// parseSeconds reads 1 to 5 digits, then a point and up to 5 more (API model,
// FloatString), exactly.
func parseSeconds(s string) (time.Duration, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole) < 1 || len(whole) > 5 || len(fraction) > 5 || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, false
	}
	ratio := rational(whole + "." + fraction)
	return time.Duration(ratio.Mul(media.NewRational(int64(time.Second), 1)).RoundHalfUp()), true
}

func checkThumbnailPattern(r *reader, o OutputSpec) {
	const member = "ThumbnailPattern"
	switch pattern := o.ThumbnailPattern; {
	case pattern == "" || r.err != nil:
	case !strings.Contains(pattern, "{count}"):
		r.fail(invalid(member, pattern, "it is empty or contains {count}"))
	case o.Preset.Video == nil:
		r.fail(invalid(member, pattern, "the preset "+o.Preset.ID+" has no Video to take thumbnails from"))
	case o.Preset.Thumbnails == nil:
		r.fail(invalid(member, pattern, "the preset "+o.Preset.ID+" has no Thumbnails"))
	}
}

// thumbnailEncryption reads what is only for outputs with thumbnails.
func thumbnailEncryption(r *reader, o *api.JobOutput) EncryptionSpec {
	spec := resultEncryption(r, "ThumbnailEncryption", o.ThumbnailEncryption)
	if spec.Mode != "" && text(o.ThumbnailPattern) == "" {
		r.fail(invalid("ThumbnailEncryption:Mode", spec.Mode, "the output has no ThumbnailPattern"))
	}
	return spec
}

// checkUnique refuses two outputs of one key: OutputKeys could not tell them apart.
func checkUnique(r *reader, outputs []OutputSpec) {
	seen := map[string]bool{}
	for _, o := range outputs {
		if seen[o.Key] {
			r.fail(invalid("Outputs:Key", o.Key, "each output has a Key of its own"))
		}
		seen[o.Key] = true
	}
}
