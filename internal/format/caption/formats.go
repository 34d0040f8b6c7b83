package caption

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Format is a value of CaptionFormats' member Format.
type Format = transcode.CaptionFormat

// The formats by short names.
const (
	MovText = transcode.MovText
	CEA708  = transcode.CEA708
	SRT     = transcode.SRT
	WebVTT  = transcode.WebVTT
	SCC     = transcode.SCC
	DFXP    = transcode.DFXP
)

// Write writes a track as a sidecar of one file. mov-text is written as the SRT
// that the muxer takes; cea-708 has no text form, and gives nil (see [NewCarrier]).
func Write(f Format, t Track) []byte { return writeFrom(f, t, 0) }

// writeFrom writes a file whose first caption may be sent from a time on; that
// matters to SCC only.
func writeFrom(f Format, t Track, from time.Duration) []byte {
	switch f {
	case SRT:
		return writeSRT(atLeastMillisecond(t.Cues), escapeSRT)
	case MovText: // one sample is shown at a time
		return writeSRT(atLeastMillisecond(flatten(t.Cues)), movTextEscapes.Replace)
	case WebVTT:
		return writeWebVTT(atLeastMillisecond(t.Cues), "")
	case DFXP:
		return writeDFXP(atLeastMillisecond(t.Cues), t.Language)
	case SCC:
		return writeSCC(t.Cues, from)
	}
	return nil
}

// When the media begin that the times of WebVTT segments are tied to, on a clock of
// 90 kHz (RFC 8216, section 3.5): our transport streams begin at 10 seconds.
const (
	StreamClock   = 900000
	FragmentClock = 0
)

// Segments writes a track as one sidecar for each segment of the output, one at a time:
// each text is made when it is asked for, which must be before the next.
// starts is when the segments begin, in order, the first at 0. All times count
// from the begin of the output, when the media's clock stands at clock. A WebVTT cue that spans segments stands whole
// in each (RFC 8216, section 3.5); in the other formats, which know no such
// rule, each segment shows its part. A segment without captions is a file
// without cues.
func Segments(f Format, t Track, starts []time.Duration, clock int) iter.Seq[func() []byte] {
	timestampMap := fmt.Sprintf("X-TIMESTAMP-MAP=MPEGTS:%d,LOCAL:00:00:00.000\n", clock)
	return func(yield func(func() []byte) bool) {
		for i, cues := range Split(t.Cues, starts) {
			text := func() []byte {
				if f == WebVTT {
					return writeWebVTT(atLeastMillisecond(cues), timestampMap)
				}
				end := time.Duration(forever)
				if i+1 < len(starts) {
					end = starts[i+1]
				}
				part := t
				part.Cues = within(cues, starts[i], end)
				return writeFrom(f, part, starts[i])
			}
			if !yield(text) {
				return
			}
		}
	}
}

// Split gives each segment, by its number, the cues that it shows some part of; what is
// before the first one's start is the first one's. The cues are good until the next.
func Split(cues []Cue, starts []time.Duration) iter.Seq2[int, []Cue] {
	return func(yield func(int, []Cue) bool) {
		var shown []Cue
		next := 0
		for i, start := range starts {
			shown = slices.DeleteFunc(shown, func(c Cue) bool { return c.End <= start })
			for next < len(cues) && (i+1 == len(starts) || cues[next].Start < starts[i+1]) {
				shown = append(shown, cues[next])
				next++
			}
			if !yield(i, shown) {
				return
			}
		}
	}
}

// MaxTracks is how many tracks an output may have (original.md 2.8 and 4.7).
const MaxTracks = 300

// CheckTracks is 4103 for an output with more tracks than [MaxTracks].
func CheckTracks(tracks int) error {
	if tracks <= MaxTracks {
		return nil
	}
	return &transcode.Failure{Code: CodeTooManyTracks,
		Text: fmt.Sprintf("Amazon Elastic Transcoder was unable to process all of your caption tracks. You have "+
			"reached %d tracks, the maximum supported number of caption tracks.", MaxTracks),
		Advice: fmt.Sprintf("The input and its CaptionSources have %d; name those you want in CaptionSources, with "+
			"the MergePolicy Override.", tracks)}
}

// CheckFormat is 4106 for more tracks than a format holds: four in CEA-708, one
// for each channel of line 21. The others have no limit of their own.
func CheckFormat(f Format, tracks int) error {
	most := len(line21Channels)
	if f != CEA708 || tracks <= most {
		return nil
	}
	return &transcode.Failure{Code: CodeFormatTracks,
		Text: fmt.Sprintf("Amazon Elastic Transcoder cannot embed your caption tracks because format %s supports "+
			"only %d caption track(s).", f, most),
		Advice: fmt.Sprintf("There are %d: take fewer languages, or write the captions as files.", tracks)}
}
