package plan

import (
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// frameCount is how many frames of the output an excerpt comes to; 0 where only decoding tells.
func frameCount(e excerpt, p media.Probe, shows composition, rate media.Rational) int {
	length := shows.length(p)
	switch {
	case e.duration > 0 && e.start+e.duration <= length:
		return framesOf(e.duration, rate)
	case p.Measured && length > 0:
		return framesOf(e.length(length), rate)
	}
	return 0
}

// decideLength adds up the pieces. Of each it takes the stream's own length,
// counted from the origin, before the container's claim.
func decideLength(r *rendition, req Request, spec transcode.OutputSpec) {
	claimed := r.Video != nil
	for i, p := range req.Probes {
		shows, e := compositionOf(p, spec), r.pieces[i].excerpt
		length := shows.length(p)
		if length == 0 {
			length = p.Duration
		}
		part := Part{Start: e.asked, Length: shownLength(r, i, length)}
		r.Parts = append(r.Parts, part)
		r.Duration += part.Length
		claimed = claimed && p.VideoEnd() > 0
		if v, ok := p.MainVideo(); ok {
			r.SourceFrames += min(part.Length, p.VideoEnd()).Seconds() * v.FrameRate.Float()
		}
		r.Measured = p.Measured && (i == 0 || r.Measured)
		// A clip's length is no claim about its source.
		r.Estimated = r.Estimated || length == 0 || !p.Measured && bare(p)
	}
	if claimed {
		r.Video.Duration = r.Duration
	}
	if r.Video != nil {
		r.Video.Frames = int64(countOf(r.pieces) / times(r.Video.Scan))
	}
	if r.Audio != nil && r.Measured {
		r.Audio.Duration = audioLength(r, req)
	}
}

// audioLength is when the audio ends: with that of the last input, as far as it is shown.
func audioLength(r *rendition, req Request) time.Duration {
	last := len(req.Probes) - 1
	part, ends := r.Parts[last].Length, audioEnd(req.Probes[last])
	length := r.pieces[last].excerpt.length(ends)
	switch {
	case last == 0:
		return length
	case ends == 0:
		return r.Duration
	}
	return r.Duration - part + min(part, length)
}

// shownLength is how long the excerpt of input i, which lasts total, is in the output: a whole
// number of frames, or longer where its audio is and nothing follows.
func shownLength(r *rendition, i int, total time.Duration) time.Duration {
	e := r.pieces[i].excerpt
	length := e.length(total)
	if r.Video == nil || r.pieces[i].count == 0 {
		return length
	}
	frames := framesLength(r.pieces[i].count, r.video.rate)
	if r.audio == nil || len(r.pieces) > 1 || e.duration == 0 {
		return frames
	}
	return max(length, frames)
}
