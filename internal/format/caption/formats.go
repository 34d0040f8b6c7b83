package caption

import (
	"fmt"
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

// WriteSegments writes a track as one sidecar for each segment of the output.
// starts is when the segments begin, in order, the first at 0. All times count
// from the begin of the output, when the media's clock stands at clock. A WebVTT cue that spans segments stands whole
// in each (RFC 8216, section 3.5); in the other formats, which know no such
// rule, each segment shows its part. A segment without captions is a file
// without cues.
func WriteSegments(f Format, t Track, starts []time.Duration, clock int) [][]byte {
	timestampMap := fmt.Sprintf("X-TIMESTAMP-MAP=MPEGTS:%d,LOCAL:00:00:00.000\n", clock)
	files := make([][]byte, len(starts))
	for i, cues := range split(t.Cues, starts) {
		if f == WebVTT {
			files[i] = writeWebVTT(atLeastMillisecond(cues), timestampMap)
			continue
		}
		end := time.Duration(forever)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		t.Cues = within(cues, starts[i], end)
		files[i] = writeFrom(f, t, starts[i])
	}
	return files
}

// split gives each segment the cues that it shows some part of.
func split(cues []Cue, starts []time.Duration) [][]Cue {
	segments := make([][]Cue, len(starts))
	for _, c := range cues {
		first, found := slices.BinarySearch(starts, c.Start)
		if !found {
			first = max(first-1, 0)
		}
		for i := first; i < len(starts) && (i == first || starts[i] < c.End); i++ {
			segments[i] = append(segments[i], c)
		}
	}
	return segments
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
