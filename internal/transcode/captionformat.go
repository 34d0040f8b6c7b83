package transcode

import (
	"fmt"
	"strings"

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

// Embedded tells a format that is inside the media file.
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
// does not say where, five digits and the ending (behaviour 4.7).
func (s JobSpec) CaptionKey(o OutputSpec, f CaptionFormatSpec, language string, n int) string {
	return s.OutputKeyPrefix + strings.ReplaceAll(f.name(), languageMark, language) + fmt.Sprintf("%05d", n) + f.Format.extension(o.Preset.Container)
}

// SubtitlesKey is the key of the HLS playlist of an output's caption files in a format
// and language: their common name with the ending of playlists.
func (s JobSpec) SubtitlesKey(f CaptionFormatSpec, language string) string {
	return s.OutputKeyPrefix + strings.ReplaceAll(f.name(), languageMark, language) + playlistSuffix
}

// languageMark stands for a track's language in the name of its files.
const languageMark = "{language}"

// name is the pattern with a place for the language.
func (f CaptionFormatSpec) name() string {
	if strings.Contains(f.Pattern, languageMark) {
		return f.Pattern
	}
	return f.Pattern + languageMark
}

// UnsupportedCaptionRate is 4105: an output's frame rate that CEA-708 does not support.
func UnsupportedCaptionRate(rate media.Rational) *Failure {
	return &Failure{CodeCaptionRate,
		fmt.Sprintf("Amazon Elastic Transcoder cannot embed your caption tracks because frame rate %.6g is not supported for CEA-708 - only frame rates [29.97, 30] are supported.", rate.Float()),
		"Choose a preset with one of these frame rates, or write the captions as files."}
}
