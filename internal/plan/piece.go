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
	// pixels are those of its pictures as they are coded, 0 without pictures.
	pixels int64
	// video is the pad of the pictures, "" without; pictures are the stages after it.
	video    string
	pictures []string
	// count is how many pictures reach the joint; 0 where that is not known.
	count int
	marks []mark
	// sound is the start of the chain of the sound, "" without.
	sound  string
	sounds []string
}

// decidePieces settles which part of each input is shown: its own clip, or else
// that of the output.
func (r *rendition) decidePieces(req Request, spec transcode.OutputSpec) *transcode.Failure {
	for i, p := range req.Probes {
		if p.StillImage {
			return transcode.UnsupportedCodec("a still picture")
		}
		c := req.Job.Inputs[i].Clip
		if c.Whole() {
			c = spec.Clip
		}
		e, warning, failure := newExcerpt(c, p, compositionOf(p, spec).length(p))
		if failure != nil {
			return failure
		}
		if warning != "" {
			r.warn(warning)
		}
		v, _ := p.MainVideo()
		file := cmp.Or(p.File, fmt.Sprintf("in%d", i))
		open := append(openArgs(p, e), alphaDecoder(req.Caps, v)...)
		r.pieces = append(r.pieces, piece{excerpt: e, open: open, file: file, pixels: pixels(v.Coded)})
	}
	return nil
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
		return fmt.Sprintf("tpad=stop=-1:stop_mode=clone,trim=start_frame=%d:end_frame=%d,setpts=PTS-STARTPTS", before, before+p.count)
	case holds:
		stop = -1
	}
	return fmt.Sprintf("tpad=stop=%d:stop_mode=clone,trim=end_frame=%d", stop, p.count)
}

// reading names what is read of the inputs: renditions of the same can share a run.
func (r *rendition) reading() string {
	var all []excerpt
	for _, p := range r.pieces {
		all = append(all, p.excerpt)
	}
	return fmt.Sprint(all)
}

// stream is where the chains of a whole output begin.
type stream struct {
	video, sound string // pads, "" without
	shown, heard []string
}

// pictures are the stages of the pictures, up to and with a last one.
func (s stream) pictures(last string) []string {
	return append(s.shown[:len(s.shown):len(s.shown)], last)
}

// sounds are the stages of the sound, up to and with a last one.
func (s stream) sounds(last string) []string {
	return append(s.heard[:len(s.heard):len(s.heard)], last)
}

// joined adds the pieces to a graph, one after the other where there are several,
// and returns where the output goes on. The graphics are inputs from first on.
func (r *rendition) joined(g *graph, first int, video, sound bool) stream {
	if len(r.pieces) == 1 {
		p := &r.pieces[0]
		all := stream{heard: p.sounds}
		if video {
			all.video, all.shown = p.video, r.marked(g, p, 1, first)
		}
		if sound {
			all.sound = p.sound
		}
		return all
	}
	n, pads, ends := r.Index+1, "", ""
	for i := range r.pieces {
		p := &r.pieces[i]
		if video {
			label := fmt.Sprintf("x%d_%d", n, i+1)
			g.add("split", p.video, r.marked(g, p, i+1, first), label)
			pads += bracket(label)
		}
		if sound {
			label := fmt.Sprintf("y%d_%d", n, i+1)
			g.add("asplit", p.sound, p.sounds, label)
			pads += bracket(label)
		}
	}
	all, streams := stream{}, []int{0, 0}
	if video {
		streams[0], all.video = 1, bracket(fmt.Sprintf("x%d", n))
		ends += all.video
		all.shown = regular(r.pictureRate, countOf(r.pieces))
	}
	if sound {
		streams[1], all.sound, all.heard = 1, bracket(fmt.Sprintf("y%d", n)), []string{"anull"}
		ends += all.sound
	}
	g.also(pads + fmt.Sprintf("concat=n=%d:v=%d:a=%d", len(r.pieces), streams[0], streams[1]) + ends)
	return all
}

// regular gives joined pictures their rate again. Sound may be longer than pictures:
// the last one stands until the next input. When the last input ends ffmpeg only
// guesses, by a few pictures; so many are left as are known to come.
func regular(rate media.Rational, count int) []string {
	if count == 0 {
		return []string{rateFilter(rate)}
	}
	return []string{"tpad=stop=2:stop_mode=clone", rateFilter(rate), fmt.Sprintf("trim=end_frame=%d", count)}
}

// countOf is how many pictures there are; 0 where that is not known.
func countOf(pieces []piece) (sum int) {
	for _, p := range pieces {
		if p.count == 0 {
			return 0
		}
		sum += p.count
	}
	return sum
}

// asLongAs cuts the sound where the pictures, of a rate, end: what an encoder has
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

// alike checks what the service asks of inputs that are joined: all have pictures
// or none has, and so for sound (behaviour 4.3.1).
func alike(req Request) *transcode.Failure {
	if len(req.Probes) < 2 {
		return nil
	}
	_, video := req.Probes[0].MainVideo()
	_, sound := req.Probes[0].MainAudio()
	for i, p := range req.Probes {
		if _, ok := p.MainVideo(); ok != video {
			return transcode.MixedInputs(i+1, "video")
		}
		if _, ok := p.MainAudio(); ok != sound {
			return transcode.MixedInputs(i+1, "audio")
		}
	}
	return nil
}
