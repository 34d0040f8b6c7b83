package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// excerpt is the part of the source that an output shows.
type excerpt struct {
	// seek is where the source is read from. Times after it count from there.
	seek time.Duration
	// from and to bound what is shown on the timeline that begins at seek; to is 0
	// for the end of the source.
	from, to time.Duration
}

// seekable are the formats in which ffmpeg begins at exactly the frame that was
// asked for: it decodes from the keyframe before. In transport and program
// streams it begins elsewhere, in some mxf files at the keyframe before, and formats
// without an index are read through anyway.
var seekable = []string{"mov", "matroska", "avi", "wav"}

// newExcerpt turns a clip of a source, whose streams last length, into what is
// read and shown of it; a length of 0 is not known. The warning is for a clip that
// ends after the source (behaviour 4.3.2).
func newExcerpt(c transcode.Clip, demuxer string, length time.Duration) (e excerpt, warning string, failure *transcode.Failure) {
	if length > 0 && c.Start >= length {
		return e, "", transcode.StartAfterEnd(transcode.ClipText(c.Start)+" s", transcode.ClipText(length)+" s")
	}
	e.from = c.Start
	if slices.Contains(seekable, demuxer) {
		e.seek, e.from = c.Start, 0
	}
	if c.Duration > 0 {
		e.to = e.from + c.Duration
		if length > 0 && c.Start+c.Duration > length+overrun {
			warning = clipShortened
		}
	}
	return e, warning, nil
}

// overrun is how much a clip may end after its source without a warning: what
// containers round their lengths by, and less than a frame.
const overrun = 10 * time.Millisecond

// clipShortened is the original's StatusDetail, which has no code (behaviour 4.3.2).
const clipShortened = "The starting time plus the duration of a clip exceeded the length of the input file." +
	" Amazon Elastic Transcoder created an output file that is shorter than the specified duration."

// length is how long what is shown lasts, of a source that lasts total; 0 when
// that is not known.
func (e excerpt) length(total time.Duration) time.Duration {
	if total > 0 {
		total = max(0, total-e.seek-e.from)
	}
	if e.to == 0 {
		return total
	}
	if total == 0 {
		return e.to - e.from
	}
	return min(total, e.to-e.from)
}

// readAhead is what is read after the end of a clip: the streams of a file are
// not cut at the same times.
const readAhead = 2 * time.Second

// args stand before the source's -i.
func (e excerpt) args() (args []string) {
	if e.seek > 0 {
		args = append(args, "-ss", transcode.ClipText(e.seek))
	}
	if e.to > 0 {
		args = append(args, "-t", transcode.ClipText(e.to+readAhead))
	}
	return args
}

// filter cuts pictures ("") or sound ("a") on a timeline that begins at 0; "" when
// all is shown.
func (e excerpt) filter(kind string) string {
	switch {
	case e.from > 0 && e.to > 0:
		return fmt.Sprintf("%strim=start=%s:end=%s,%ssetpts=PTS-STARTPTS", kind, transcode.ClipText(e.from), transcode.ClipText(e.to), kind)
	case e.from > 0:
		return fmt.Sprintf("%strim=start=%s,%ssetpts=PTS-STARTPTS", kind, transcode.ClipText(e.from), kind)
	case e.to > 0:
		return fmt.Sprintf("%strim=end=%s", kind, transcode.ClipText(e.to))
	}
	return ""
}

// sourceLength is how long a source's main streams last, counted from its first
// timestamp; 0 when only an estimate tells.
func sourceLength(p media.Probe) time.Duration {
	if slices.Contains(streamFormats, p.Demuxer) {
		return 0
	}
	length := p.Duration
	if v, ok := p.MainVideo(); ok && v.Duration > 0 {
		length = v.Duration + max(0, v.Start-p.Start)
	} else if a, ok := p.MainAudio(); ok && a.Duration > 0 && len(p.Video) == 0 {
		length = a.Duration + max(0, a.Start-p.Start)
	}
	return length
}
