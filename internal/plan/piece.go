package plan

import (
	"cmp"
	"fmt"
	"math"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// piece is what an output shows of one input: chains of filters from the input's
// pads to where all inputs are alike and can be joined.
type piece struct {
	excerpt excerpt
	// open are the options that read the file, but for the threads.
	open []string
	file string
	// together are the streams whose earliest is the beginning of all; nil for formats in
	// which that does not depend on which of them are read.
	together []timedStream
	// pixels are those of its frames as they are coded, 0 without video.
	pixels int64
	// video is the pad of the video, "" without; videoStages are the stages after it.
	video       string
	videoStages []string
	// count is how many frames reach the joint; 0 where that is not known.
	count      int
	watermarks []watermark
	// audio is the start of the chain of the audio, "" without.
	audio       string
	audioStages []string
}

// newPieces settles which part of each input is shown: its own clip, or else
// that of the output. Warnings are for an output that is made all the same.
func newPieces(req Request, spec transcode.OutputSpec) (all []piece, warnings []string, failure *transcode.Failure) {
	for i, p := range req.Probes {
		if p.StillImage {
			return nil, nil, transcode.UnsupportedCodec("a still picture")
		}
		c := req.Job.Inputs[i].Clip
		if c.Whole() {
			c = spec.Clip
		}
		e, warning, failure := newExcerpt(c, p, compositionOf(p, spec).length(p))
		if failure != nil {
			return nil, nil, failure
		}
		v, _ := p.MainVideo()
		all = append(all, piece{
			excerpt:  e,
			open:     append(openArgs(p, e), alphaDecoder(req.Caps, v)...),
			file:     cmp.Or(p.File, fmt.Sprintf("in%d", i)),
			together: together(p),
			pixels:   pixels(v.Coded),
		})
		warnings = append(warnings, warning)
	}
	return all, warnings, nil
}

// steady is the filter that gives the frames their rate. Where their count is known none is
// rounded away at the end: the only one of a source may be shorter than one of the output.
func (p *piece) steady(rate media.Rational) string {
	if p.count == 0 {
		return rateFilter(rate)
	}
	return rateFilter(rate) + ":eof_action=pass"
}

// end is the filter that brings the frames, which have a rate, to their count; "" where the
// source alone decides. The last one stands until then where it is held; otherwise only for
// about as long as frames of the source do, since ffmpeg has to guess how long its last one
// is: a source that ends too early must not be made up for. A clip may end in a pause.
func (p *piece) end(holds bool, rate media.Rational, source media.VideoStream) string {
	stop := 2 + int(math.Ceil(rate.Float()/source.FrameRate.Float()))
	if p.excerpt.duration > 0 {
		stop += int(math.Ceil(rate.Float() * source.LongestGap.Seconds()))
	}
	switch {
	case p.count == 0 && p.excerpt.duration > 0:
		return fmt.Sprintf("trim=end_frame=%d", framesOf(p.excerpt.duration, rate))
	case p.count == 0:
		return ""
	case p.excerpt.standing: // it may be older than the excerpt, and the last
		before := p.excerpt.before(rate)
		// setpts forgets the rate from ffmpeg 7 on. The end is cut after it: fps fills up to the
		// end that it is told, which setpts does not move.
		return fmt.Sprintf("tpad=stop=-1:stop_mode=clone,trim=start_frame=%d,setpts=PTS-STARTPTS,fps=%s,trim=end_frame=%d",
			before, rate, p.count)
	case holds:
		stop = -1
	}
	return fmt.Sprintf("tpad=stop=%d:stop_mode=clone,trim=end_frame=%d", stop, p.count)
}

// regular gives joined frames their rate again. Audio may be longer than frames:
// the last one stands until the next input. When the last input ends ffmpeg only
// guesses, by a few frames; so many are left as are known to come.
func regular(rate media.Rational, count int) []string {
	if count == 0 {
		return []string{rateFilter(rate)}
	}
	return []string{"tpad=stop=2:stop_mode=clone", rateFilter(rate), fmt.Sprintf("trim=end_frame=%d", count)}
}

// countOf is how many frames there are; 0 where that is not known.
func countOf(pieces []piece) (sum int) {
	for _, p := range pieces {
		if p.count == 0 {
			return 0
		}
		sum += p.count
	}
	return sum
}

// asLongAs cuts the audio where the frames, of a rate, end: what an encoder has
// padded it with would hold the next input up. "" when the file does not say where
// that is.
func (p *piece) asLongAs(source media.Probe, rate media.Rational) string {
	switch {
	case p.count > 0:
		return "atrim=end=" + secondsText(framesLength(p.count, rate))
	case source.VideoEnd() > 0:
		return "atrim=end=" + secondsText(p.excerpt.length(source.VideoEnd()))
	}
	return ""
}

// sourceArgs read the parts of the sources as inputs from 0 on, decoded with so
// many threads; each of many sources with one, since each has buffers of its own. A graph
// that ffmpeg built anew where frames change would begin all timelines at 0 again.
func sourceArgs(threads int, pieces []piece) []string {
	if len(pieces) > 1 {
		threads = 1
	}
	args := []string{"-y"}
	for _, p := range pieces {
		args = append(args, withThreads(p.open, threads)...)
		args = append(args, "-reinit_filter", "0", "-i", "file:"+p.file)
	}
	return args
}
