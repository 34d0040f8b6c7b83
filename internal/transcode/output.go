package transcode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// OutputSpec is one output.
type OutputSpec struct {
	// ID is the output's id in the job: "1" for the first.
	ID string
	// Key is without OutputKeyPrefix.
	Key    string
	Preset PresetSpec
	// Rotate is the clockwise turn relative to the coded picture; -1 is "auto".
	Rotate int
	// SegmentDuration is 0 for an output that is not segmented.
	SegmentDuration time.Duration
	// Formats are those of the playlists that list the output, each once, and
	// decide with the container how a segmented output is laid into files. One
	// that is in no playlist has HLSv3, or in fmp4 MPEG-DASH. None without segments.
	Formats []PlaylistFormat
	// ThumbnailPattern is "" when the output has no thumbnails.
	ThumbnailPattern string
	// Clip is the part of the one input that the output shows.
	Clip Clip
	// Watermarks are the images over the video, later ones on top of earlier ones.
	Watermarks []OutputWatermark
	// AlbumArt is the artwork of an output without video.
	AlbumArt AlbumArt
	// Encryption is of the media files, ThumbnailEncryption of the thumbnails.
	// Playlists are never encrypted.
	Encryption, ThumbnailEncryption EncryptionSpec
	// CaptionFormats are how captions are written; none without.
	CaptionFormats []CaptionFormatSpec
	// Captions, when it says anything, is in the place of the input's.
	Captions CaptionChoice
}

// Segmented reports whether an output is cut into segments.
func (o OutputSpec) Segmented() bool { return o.SegmentDuration > 0 }

// For reports whether an output has the files of a playlist's format.
func (o OutputSpec) For(f PlaylistFormat) bool { return slices.Contains(o.Formats, f) }

// outputName is how messages call an output: by its key, or by its number.
func outputName(o *api.JobOutput) string {
	if text(o.Key) == "" {
		return "Output " + text(o.Id)
	}
	return "Output '" + *o.Key + "'"
}

func outputSpec(r *reader, o *api.JobOutput, presets map[string]*api.Preset, inputs []InputSpec, images *imageList,
	files *captionFileList) OutputSpec {
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
	spec.Watermarks = outputWatermarks(r, o.Watermarks, spec.Preset, images)
	spec.AlbumArt = albumArt(r, o.AlbumArt, spec.Preset, images)
	spec.CaptionFormats, spec.Captions = outputCaptions(r, o.Captions, spec.Preset, inputs, files)
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
		r.fail(invalid(member, s, "it must be from 1 to 60 seconds"))
	}
	if container != TS && container != FMP4 && r.err == nil {
		r.fail(invalid(member, s, fmt.Sprintf("SegmentDuration is available only for 'ts' and 'fmp4' containers, "+
			"and the preset's is '%s'", container)))
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

// checkUnique refuses two outputs of one key: OutputKeys could not tell them apart.
func checkUnique(r *reader, outputs []OutputSpec) {
	seen := map[string]bool{}
	for _, o := range outputs {
		if seen[o.Key] {
			r.fail(invalid("Outputs:Key", o.Key, "each output must have a Key of its own"))
		}
		seen[o.Key] = true
	}
}

// shownOutput is an output as it is read back before the job has started; index
// counts from 0.
func shownOutput(index int, o api.CreateJobOutput) api.JobOutput {
	shown := api.JobOutput{
		Id: new(strconv.Itoa(index + 1)), Key: o.Key, PresetId: o.PresetId, Status: new(string(Submitted)),
		ThumbnailPattern: o.ThumbnailPattern, ThumbnailEncryption: o.ThumbnailEncryption, Rotate: o.Rotate,
		SegmentDuration: o.SegmentDuration, Watermarks: o.Watermarks, AlbumArt: o.AlbumArt,
		Composition: o.Composition, Captions: o.Captions, Encryption: o.Encryption,
	}
	if shown.Watermarks == nil {
		shown.Watermarks = []api.JobWatermark{}
	}
	return shown
}

// showSegmentDurations writes the one member that reads back otherwise than it was sent:
// as the original's double printed, "10" as "10.0".
func showSegmentDurations(outputs []api.JobOutput) {
	for i := range outputs {
		if o := &outputs[i]; o.SegmentDuration != nil {
			o.SegmentDuration = new(Decimal(*o.SegmentDuration))
		}
	}
}
