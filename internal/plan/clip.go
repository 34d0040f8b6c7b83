package plan

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// excerpt is the part of the source that an output shows.
type excerpt struct {
	// asked is where the clip says that it begins: captions count from there.
	asked time.Duration
	// start is where it begins, counted from the source's first timestamp; with the
	// first frame at or after the clip's start where frames are evenly spaced.
	start time.Duration
	// seek is where the source is read from. Times after it count from there.
	seek time.Duration
	// margin is how much earlier than start frames are looked for: a part of
	// their distance, which the roundings of containers are smaller than.
	margin time.Duration
	// duration is 0 for all up to the end of the source.
	duration time.Duration
	// standing reports that it begins with a frame that is older than its start, so that
	// frames have a constant rate before the excerpt is cut.
	standing bool
}

// seekable are the formats in which ffmpeg begins at exactly the frame that was
// asked for: it decodes from the keyframe before. In transport and program
// streams it begins elsewhere, in some mxf files at the keyframe before, and formats
// without an index are read through anyway.
var seekable = []string{"mov", "matroska", "avi", "wav"}

// newExcerpt turns a clip of a source, whose streams last length, into what is
// read and shown of it; a length of 0 is not known. The warning is for a clip that
// ends after the source (original.md 4.3.2).
func newExcerpt(c transcode.Clip, p media.Probe, length time.Duration) (
	e excerpt, warning string, failure *transcode.Failure,
) {
	if length > 0 && c.Start >= length {
		return e, "", transcode.StartAfterEnd(transcode.ClipText(c.Start)+" s", transcode.ClipText(length)+" s")
	}
	e = excerpt{asked: c.Start, start: c.Start, duration: c.Duration, standing: stands(p, c.Start)}
	from := c.Start
	if e.standing {
		from = standingSeek(p, c.Start)
	} else if at, distance := frameAt(p, c.Start); at > 0 && (length == 0 || at < length) {
		e.start, e.margin = at, distance/4
		from = e.start - e.margin
	}
	if slices.Contains(seekable, p.Demuxer) {
		e.seek = from
	}
	if c.Duration > 0 && length > 0 && c.Start+c.Duration > length+overrun {
		warning = clipShortened
	}
	return e, warning, nil
}

// frameAt is the time of the first frame at or after a time of a source, both
// counted from its first timestamp, and the distance of frames; 0 where these are
// not evenly spaced or longer than a second, and up to the first frame. A time may be
// a millisecond late, since clips are given in whole ones and some containers round to
// them.
func frameAt(p media.Probe, t time.Duration) (at, distance time.Duration) {
	const late = time.Millisecond
	v, ok := p.MainVideo()
	first := max(0, v.Start-p.Origin())
	if !ok || !v.Constant || v.FrameRate.Float() < 1 || t <= first+late {
		return 0, 0
	}
	seconds := 1 / snapRate(v.FrameRate).Float()
	n := math.Ceil((t - late - first).Seconds() / seconds)
	return first + time.Duration(n*seconds*float64(time.Second)), time.Duration(seconds * float64(time.Second))
}

// overrun is how much a clip may end after its source without a warning: what
// containers round their lengths by, and less than a frame.
const overrun = 10 * time.Millisecond

// clipShortened is the original's StatusDetail, which has no code (original.md 4.3.2).
const clipShortened = "The starting time plus the duration of a clip exceeded the length of the input file." +
	" Amazon Elastic Transcoder created an output file that is shorter than the specified duration."

// length is how long what is shown lasts, of a source that lasts total; 0 when
// that is not known.
func (e excerpt) length(total time.Duration) time.Duration {
	switch {
	case total <= 0:
		return e.duration
	case e.duration == 0:
		return max(0, total-e.start)
	}
	return min(max(0, total-e.start), e.duration)
}

// readAhead is what is read after the end of a clip: the streams of a file are
// not cut at the same times.
const readAhead = 2 * time.Second

// args stand before the source's -i. Of a bare stream as much is read as the clip takes: where
// the sample rate changes, ffmpeg makes a time wrong by which it would then end.
func (e excerpt) args(source media.Probe) (args []string) {
	if e.seek > 0 {
		args = append(args, "-ss", secondsText(e.seek))
	}
	if e.duration > 0 && !bare(source) {
		args = append(args, "-t", secondsText(e.start-e.seek+e.duration+readAhead))
	}
	return args
}

// first drops the frames before the excerpt, by their own times and before they
// have a constant rate: the first one left then is the first of the output.
func (e excerpt) first() string {
	if e.standing {
		return ""
	}
	if before := e.start - e.margin - e.seek; before > 0 {
		return fmt.Sprintf("trim=start=%[1]s,setpts=PTS-%[1]s/TB", secondsText(before))
	}
	return ""
}

// before is how many frames of a constant rate are read before an excerpt that begins with
// a standing one; 0 where they were dropped by their own times.
func (e excerpt) before(rate media.Rational) int {
	if !e.standing {
		return 0
	}
	return int(rate.Mul(media.NewRational((e.start - e.seek).Microseconds(), 1e6)).RoundHalfUp())
}

// audio cuts audio on a timeline that begins at seek; "" when all is heard.
func (e excerpt) audio() string {
	from := e.start - e.seek
	switch {
	case from > 0 && e.duration > 0:
		return fmt.Sprintf("atrim=start=%s:end=%s,asetpts=PTS-STARTPTS", secondsText(from),
			secondsText(from+e.duration))
	case from > 0:
		return fmt.Sprintf("atrim=start=%s,asetpts=PTS-STARTPTS", secondsText(from))
	case e.duration > 0:
		return "atrim=end=" + secondsText(e.duration)
	}
	return ""
}

// secondsText is a time in seconds, to the microsecond, as ffmpeg reads it.
func secondsText(t time.Duration) string {
	return strconv.FormatFloat(t.Round(time.Microsecond).Seconds(), 'f', -1, 64)
}

// microseconds is a time as whole ones.
func microseconds(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }

// framesOf is how many frames of a constant rate come nearest to a length, but one at least.
func framesOf(length time.Duration, rate media.Rational) int {
	return int(max(1, rate.Mul(media.NewRational(length.Microseconds(), 1e6)).RoundHalfUp()))
}

// framesLength is how long so many frames of a constant rate last.
func framesLength(frames int, rate media.Rational) time.Duration {
	return time.Duration(float64(frames) / rate.Float() * float64(time.Second))
}
