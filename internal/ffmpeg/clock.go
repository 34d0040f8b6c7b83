package ffmpeg

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// The jumps of a clock that are taken for a clock set anew, in formats that may do so
// (ffmpeg, -dts_delta_threshold).
const (
	clockJump = 10 * time.Second
	clockBack = 100 * time.Millisecond
)

// mendedFormats are the demuxers of formats in which a clock that is set anew can be mended.
var mendedFormats = []string{"mpegts", "mpeg"}

// clock lets the times of packets go on where the file's clock is set anew, nearly as ffmpeg
// does before it decodes.
type clock struct {
	offset time.Duration
	next   map[int64]time.Duration // by stream: when its next packet is due
	latest time.Duration           // of any stream
	// apart reports that a stream begins in the file where another one is far from it in time.
	apart bool
}

// shift is what is added to the times of the next packet in the file.
func (c *clock) shift(p packet) time.Duration {
	at, ok := p.DTS.seconds()
	if !ok {
		return c.offset
	}
	if c.next == nil {
		c.next = map[int64]time.Duration{}
	}
	at += c.offset
	due, known := c.next[p.Stream]
	if !known && len(c.next) > 0 {
		due = c.latest
	}
	if known || len(c.next) > 0 {
		if off := at - due; off.Abs() > clockJump || known && off < -clockBack {
			c.apart = c.apart || !known
			c.offset, at = c.offset-off, due
		}
	}
	c.next[p.Stream], c.latest = at+p.Duration.duration(), at
	return c.offset
}

// mostRuns is how many runs of a stream are told apart.
const mostRuns = 1000

// run is a part of a stream in which its clock goes on.
type run struct {
	stream int64
	// order and pos are which packet of the file begins it, and where that is.
	order, pos int64
	first, end time.Duration
	// due is when the packet after its last one would be decoded, head are its first packets.
	due  time.Duration
	head []timed
}

// timed is when a packet at a place of the file is decoded and shown, and how long it is.
type timed struct {
	pos                   int64
	decoded, shown, lasts time.Duration
}

// runs are those of a stream, in the order of the file.
type runs struct {
	all     []run
	due     time.Duration
	display display
}

// add takes a packet and its number among those of the file.
func (r *runs) add(p packet, order int64) {
	at, ok := p.DTS.seconds()
	if !ok || len(r.all) > mostRuns {
		return
	}
	shown, end := r.display.of(p)
	if off := at - r.due; len(r.all) == 0 || off > clockJump || off < -clockBack {
		r.all = append(r.all, run{stream: p.Stream, order: order, pos: p.Pos.int(), first: shown, end: end})
	}
	r.due = at + p.Duration.duration()
	last := &r.all[len(r.all)-1]
	last.first, last.end, last.due = min(last.first, shown), max(last.end, end), r.due
	if len(last.head) < reordered {
		last.head = append(last.head, timed{p.Pos.int(), at, shown, p.Duration.duration()})
	}
}

// epoch is a part of a file in which the clock of all streams goes on.
type epoch struct{ runs []run }

// of is how far streams reach in the epoch; false where it has none of them.
func (e epoch) of(streams map[int64]bool) (first, end time.Duration, ok bool) {
	for _, r := range e.runs {
		switch {
		case !streams[r.stream]:
		case ok:
			first, end = min(first, r.first), max(end, r.end)
		default:
			first, end, ok = r.first, r.end, true
		}
	}
	return first, end, ok
}

// takes reports whether a run has the clock of the epoch: it is near what other streams
// have, and where the stream has been in the epoch, it goes on after a pause.
func (e epoch) takes(r run) bool {
	near := false
	for _, other := range e.runs {
		if other.stream == r.stream && r.first < other.end {
			return false
		}
		near = near || other.stream != r.stream && r.first <= other.end+clockJump && r.end >= other.first-clockJump
	}
	return near
}

// epochs divides a file by the runs of some of its streams. Pauses tells that one of them
// pauses for so long that ffmpeg would take it for a clock set anew.
func epochs(all []run) (found []epoch, pauses bool) {
	slices.SortFunc(all, func(a, b run) int { return cmp.Compare(a.order, b.order) })
	for _, r := range all {
		last := len(found) - 1
		if last < 0 || !found[last].takes(r) {
			found = append(found, epoch{[]run{r}})
			continue
		}
		pauses = pauses || slices.ContainsFunc(found[last].runs, func(o run) bool { return o.stream == r.stream })
		found[last].runs = append(found[last].runs, r)
	}
	return found, pauses
}

// laidOver is how much of the audio before a clock set anew may lie over that after it: what
// encoders put before and after it, and no more than ffmpeg lets pass. More is audio that
// outlasts its video.
const laidOver = clockBack

// extent is how far video and audio reach.
type extent struct {
	video, audio     run
	visible, audible bool
}

func (e epoch) extent(video, audio map[int64]bool) (x extent) {
	x.video.first, x.video.end, x.visible = e.of(video)
	x.audio.first, x.audio.end, x.audible = e.of(audio)
	return x
}

// follows is what must be added to the times of x so that it goes on where last ends: video
// without a gap, and audio with it.
func (x extent) follows(last extent) time.Duration {
	video, audio := last.video.end-x.video.first, last.audio.end-x.audio.first
	switch both := x.visible && last.visible; {
	case both && x.audible && last.audible && audio-video > laidOver:
		return audio
	case both:
		return video
	case x.audible && last.audible && !x.visible && !last.visible:
		return audio
	}
	return last.whole().end - x.whole().first
}

// whole is how far any stream reaches.
func (x extent) whole() run {
	switch {
	case !x.audible:
		return x.video
	case !x.visible:
		return x.audio
	}
	return run{first: min(x.video.first, x.audio.first), end: max(x.video.end, x.audio.end)}
}

// then is how far both reach, next shifted.
func (x extent) then(next extent, shift time.Duration) extent {
	next.video.end += shift
	next.audio.end += shift
	if x.visible && (!next.visible || x.video.end > next.video.end) {
		next.video = x.video
	}
	if x.audible && (!next.audible || x.audio.end > next.audio.end) {
		next.audio = x.audio
	}
	next.visible, next.audible = x.visible || next.visible, x.audible || next.audible
	return next
}

// resets is what to add to the times of a file, from where on, so that its clock goes on for
// the streams of the probe. Pauses tells that ffmpeg would find the clock set anew elsewhere
// too: where a stream pauses, or where it lies far behind another one in the file.
func (c *contents) resets(p media.Probe) (all []media.Reset, pauses bool) {
	video, audio, ids := map[int64]bool{}, map[int64]bool{}, map[int64]int{}
	var parts []run
	add := func(index int, kind map[int64]bool) {
		kind[int64(index)] = true
		parts = append(parts, spanOf(c.spans, int64(index)).runs.all...)
	}
	if v, ok := p.MainVideo(); ok {
		add(v.Index, video)
	}
	for _, a := range p.Audio {
		add(a.Index, audio)
	}
	if p.Demuxer == "mpegts" {
		for _, s := range c.Streams {
			id, _ := strconv.ParseInt(s.ID, 0, 32)
			ids[s.Index.int()] = int(id)
		}
	}
	found, pauses := epochs(parts)
	var done extent
	latest := map[int64]run{} // of each stream, shifted
	for i, e := range found {
		x, shift := e.extent(video, audio), time.Duration(0)
		if i > 0 {
			shift = x.follows(done)
			all = append(all, e.resets(shift, ids)...)
		}
		done = done.then(x, shift)
		for _, r := range e.runs {
			if id := ids[r.stream]; id != 0 && latest[r.stream].head != nil {
				all = append(all, r.lifts(latest[r.stream].due, shift, id)...)
			}
			r.due += shift
			latest[r.stream] = r
		}
	}
	return all, pauses || c.clock.apart
}

// lifts are what to add to the decode times that a shifted run begins with where these would
// come before the last run is due, by more than ffmpeg lets pass: where frames that are shown
// as they come are followed by those of an encoder that reorders them.
func (r run) lifts(due, shift time.Duration, id int) (all []media.Reset) {
	for _, p := range r.head {
		early := due - p.decoded - shift
		if early <= clockBack {
			if len(all) > 0 {
				all = append(all, media.Reset{ID: id, Pos: p.pos, Shift: shift})
			}
			return all
		}
		lift := min(early-clockBack/2, max(0, p.shown-p.decoded))
		all = append(all, media.Reset{ID: id, Pos: p.pos, Shift: shift, Lift: lift})
		due = p.decoded + shift + lift + p.lasts
	}
	return all
}

// resets are those of an epoch: of its streams, as far as their ids are known, and of all
// others from its begin on.
func (e epoch) resets(shift time.Duration, ids map[int64]int) []media.Reset {
	all := []media.Reset{{Pos: e.runs[0].pos, Shift: shift}}
	for _, r := range e.runs {
		all[0].Pos = min(all[0].Pos, r.pos)
		if id := ids[r.stream]; id != 0 {
			all = append(all, media.Reset{ID: id, Pos: r.pos, Shift: shift})
		}
	}
	return all
}
