package transcode

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// CaptionFormat is a value of CaptionFormats' member Format.
type CaptionFormat string

// The formats of outputs: two inside the media, four beside it.
const (
	MovText CaptionFormat = "mov-text"
	CEA708  CaptionFormat = "cea-708"
	SRT     CaptionFormat = "srt"
	WebVTT  CaptionFormat = "webvtt"
	SCC     CaptionFormat = "scc"
	DFXP    CaptionFormat = "dfxp"
)

// Embedded reports whether captions of the format are inside the media file.
func (f CaptionFormat) Embedded() bool { return f == MovText || f == CEA708 }

// extension is the ending of a sidecar's name with its point; "" for embedded
// formats. In fmp4 outputs dfxp is .ismt, as Smooth Streaming names it.
func (f CaptionFormat) extension(c Container) string {
	switch {
	case f == DFXP && c == FMP4:
		return ".ismt"
	case f == WebVTT:
		return ".vtt"
	case f.Embedded():
		return ""
	}
	return "." + string(f)
}

// CaptionKey is the key of the caption file number n, from 0, of an output in a
// format and language: the pattern with the language in it, or behind it where it
// does not say where, five digits and the ending (original.md 4.7).
func (s JobSpec) CaptionKey(o OutputSpec, f CaptionFormatSpec, language string, n int) string {
	name := strings.ReplaceAll(f.name(), languagePlaceholder, language)
	return s.OutputKeyPrefix + name + fmt.Sprintf("%05d", n) + f.Format.extension(o.Preset.Container)
}

// SubtitlesKey is the key of the HLS playlist of an output's caption files in a format
// and language: their common name with the ending of playlists.
func (s JobSpec) SubtitlesKey(f CaptionFormatSpec, language string) string {
	return s.OutputKeyPrefix + strings.ReplaceAll(f.name(), languagePlaceholder, language) + playlistSuffix
}

// languagePlaceholder stands for a track's language in the name of its files.
const languagePlaceholder = "{language}"

// name is the pattern with a place for the language.
func (f CaptionFormatSpec) name() string {
	if strings.Contains(f.Pattern, languagePlaceholder) {
		return f.Pattern
	}
	return f.Pattern + languagePlaceholder
}

// UnsupportedCaptionRate is 4105: an output's frame rate that CEA-708 does not support.
func UnsupportedCaptionRate(rate media.Rational) *Failure {
	return &Failure{CodeCaptionRate,
		fmt.Sprintf("Amazon Elastic Transcoder cannot embed your caption tracks because frame rate %.6g is not "+
			"supported for CEA-708 - only frame rates [29.97, 30] are supported.", rate.Float()),
		"Choose a preset with one of these frame rates, or write the captions as files."}
}

// CaptionFormatSpec is a format in which an output's captions are written.
type CaptionFormatSpec struct {
	Format CaptionFormat
	// Pattern makes the names of files; it means nothing for embedded formats.
	Pattern string
	// Encryption is of the files.
	Encryption EncryptionSpec
}

// CaptionChoice is which captions of an input are used.
type CaptionChoice struct {
	// Policy is MergeOverride, MergeRetain or Override; "" when nothing is said: the
	// embedded ones.
	Policy  string
	Sources []CaptionSourceSpec
}

// given reports whether the request says anything.
func (c CaptionChoice) given() bool { return c.Policy != "" || len(c.Sources) > 0 }

// CaptionSourceSpec is a caption file with what the request says of it.
type CaptionSourceSpec struct {
	// File is an index into JobSpec.CaptionFiles.
	File int
	// Language is a code as the client wrote it, Label the name shown to viewers or "".
	Language, Label string
	// Offset is added to all times.
	Offset time.Duration
}

// CaptionFileSpec is a caption file in the pipeline's input bucket.
type CaptionFileSpec struct {
	Key        string
	Encryption EncryptionSpec
}

// captionFileList gathers the caption files that a job uses.
type captionFileList struct{ all []CaptionFileSpec }

// index is the place of a file, which is added at its first use.
func (l *captionFileList) index(spec CaptionFileSpec) int {
	if at := slices.Index(l.all, spec); at >= 0 {
		return at
	}
	l.all = append(l.all, spec)
	return len(l.all) - 1
}

// maxCaptionSources is how many caption files an input may have (original.md 2.8).
const maxCaptionSources = 20

// captionChoice reads a MergePolicy and its CaptionSources (API model,
// InputCaptions; original.md 4.7).
func captionChoice(r *reader, member string, policy *string, sources []api.CaptionSource,
	files *captionFileList) (c CaptionChoice) {
	c.Policy = r.oneOf(member+"MergePolicy", policy, "MergeOverride", "MergeRetain", "Override")
	if c.Policy == "" && r.err == nil {
		r.fail(missing(member + "MergePolicy"))
	}
	for i := range sources {
		s := captionSource(r, member+"CaptionSources:", &sources[i], files)
		if slices.ContainsFunc(c.Sources, func(other CaptionSourceSpec) bool {
			return media.SameLanguage(s.Language, other.Language)
		}) {
			r.fail(invalid(member+"CaptionSources:Language", s.Language, "each language may have only one file"))
		}
		c.Sources = append(c.Sources, s)
	}
	if n := len(c.Sources); n > maxCaptionSources {
		r.fail(invalid(member+"CaptionSources", fmt.Sprintf("%d files", n),
			fmt.Sprintf("there may be at most %d", maxCaptionSources)))
	}
	return c
}

// languageCode is a code of ISO 639-1 or 639-2, with a region perhaps. It becomes
// part of the names of files.
var languageCode = regexp.MustCompile(`\A[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}\z`)

// LanguageCode reports whether a text is a language that names of files may have.
func LanguageCode(s string) bool { return languageCode.MatchString(s) }

func captionSource(r *reader, member string, s *api.CaptionSource, files *captionFileList) CaptionSourceSpec {
	spec := CaptionSourceSpec{Language: text(s.Language), Label: text(s.Label)}
	switch {
	case text(s.Key) == "":
		r.fail(missing(member + "Key"))
	case spec.Language == "":
		r.fail(missing(member + "Language"))
	case !LanguageCode(spec.Language):
		r.fail(invalid(member+"Language", spec.Language, "it must be a code of ISO 639-1 or 639-2 such as en or eng"))
	case strings.ContainsFunc(spec.Label, unicode.IsControl):
		r.fail(invalid(member+"Label", spec.Label, "it must have no control characters"))
	}
	spec.Offset = timeOffset(r, member+"TimeOffset", s.TimeOffset)
	spec.File = files.index(CaptionFileSpec{Key: text(s.Key),
		Encryption: sourceEncryption(r, member+"Encryption", s.Encryption)})
	return spec
}

// timeOffset reads [+-]SS.sss or [+-]HH:mm:SS.sss; 0 when it is not given.
func timeOffset(r *reader, member string, value *string) time.Duration {
	s := text(value)
	if s == "" {
		return 0
	}
	unsigned, negative := strings.CutPrefix(s, "-")
	if !negative {
		unsigned = strings.TrimPrefix(s, "+")
	}
	t, ok := parseTime(unsigned)
	if !ok {
		r.fail(invalid(member, s, "it must be [+-]SS.sss or [+-]HH:mm:SS.sss"))
	}
	if negative {
		t = -t
	}
	return t
}

// outputCaptions reads an output's Captions: the formats, and in the model's older
// form the sources too (API model, Captions).
func outputCaptions(r *reader, c *api.Captions, preset PresetSpec, inputs []InputSpec,
	files *captionFileList) (formats []CaptionFormatSpec, choice CaptionChoice) {
	if c == nil || r.err != nil {
		return nil, choice
	}
	if c.MergePolicy != nil || len(c.CaptionSources) > 0 {
		choice = captionChoice(r, "Captions:", c.MergePolicy, c.CaptionSources, files)
		checkChoice(r, choice, inputs)
	}
	if len(c.CaptionFormats) == 0 {
		if choice.given() {
			r.fail(invalidf("Captions:CaptionFormats is not allowed to be empty."))
		}
		return nil, choice
	}
	if preset.Video == nil {
		r.fail(invalidf("Captions require a preset with video; the preset %s has none.", preset.ID))
		return nil, choice
	}
	for i := range c.CaptionFormats {
		f := captionFormat(r, &c.CaptionFormats[i], preset)
		if slices.ContainsFunc(formats, func(other CaptionFormatSpec) bool { return other.Format == f.Format }) {
			r.fail(invalid("Captions:CaptionFormats:Format", string(f.Format), "each format may be listed only once"))
		}
		if f.Format.Embedded() && slices.ContainsFunc(formats,
			func(other CaptionFormatSpec) bool { return other.Format.Embedded() }) {
			r.fail(invalid("Captions:CaptionFormats:Format", string(f.Format),
				"there may be at most one of the embedded formats mov-text and cea-708"))
		}
		formats = append(formats, f)
	}
	return formats, choice
}

// checkChoice holds the two places of sources against each other: the older one is
// about the one input of the job.
func checkChoice(r *reader, choice CaptionChoice, inputs []InputSpec) {
	switch {
	case len(inputs) > 1 && choice.given():
		r.fail(invalidf("Captions:MergePolicy and CaptionSources are allowed with one input only: give " +
			"InputCaptions to each of the Inputs."))
	case len(inputs) == 1 && choice.given() && inputs[0].Captions.given():
		r.fail(invalidf("Captions:CaptionSources and Input:InputCaptions are mutually exclusive: keep " +
			"Input:InputCaptions."))
	}
}

func captionFormat(r *reader, f *api.CaptionFormat, preset PresetSpec) CaptionFormatSpec {
	const member = "Captions:CaptionFormats:"
	spec := CaptionFormatSpec{Pattern: text(f.Pattern)}
	if text(f.Format) == "" {
		r.fail(missing(member + "Format"))
	}
	spec.Format = CaptionFormat(r.oneOf(member+"Format", f.Format,
		string(MovText), string(CEA708), string(SRT), string(WebVTT), string(SCC), string(DFXP)))
	switch container, codec := preset.Container, preset.Video.Codec; {
	case r.err != nil:
	case spec.Format == MovText && container != MP4:
		r.fail(invalid(member+"Format", string(MovText), "it requires the container mp4; the preset's is "+
			string(container)))
	case spec.Format == CEA708 && !slices.Contains(codec.rules().carriesCEA708, container):
		r.fail(invalid(member+"Format", string(CEA708),
			"it requires H.264 in the container mp4 or ts; the preset has "+
				string(codec)+" in "+string(container)))
	case container == FMP4 && spec.Format != DFXP && spec.Format != WebVTT:
		r.fail(invalid(member+"Format", string(spec.Format), "captions of fmp4 containers must be dfxp or webvtt"))
	}
	spec.Encryption = resultEncryption(r, member+"Encryption", f.Encryption)
	if spec.Encryption.Mode != "" && spec.Format.Embedded() {
		r.fail(invalid(member+"Encryption:Mode", spec.Encryption.Mode,
			"it must be left out for captions inside the media, which the output's Encryption covers"))
	}
	return spec
}

// CaptionsOf is which captions of an input an output uses: those that it names itself, in
// the model's older form, or the input's.
func (s JobSpec) CaptionsOf(o OutputSpec, input int) CaptionChoice {
	if o.Captions.Policy != "" {
		return o.Captions
	}
	return s.Inputs[input].Captions
}
