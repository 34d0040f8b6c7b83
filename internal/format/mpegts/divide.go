package mpegts

import (
	"errors"
	"io"
	"math"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// Division is how a stream is divided.
type Division struct {
	// Length is that of segments, above 0: each but the first begins with the first
	// keyframe that is shown at a multiple of it or later, and what is heard with it.
	Length time.Duration
	// Begin is when the programme begins, in ticks. Audio may begin earlier.
	Begin int64
	// Lead is by how many seconds the first frame is decoded before it is shown.
	Lead media.Rational
	// Rate is that of the frames: the stream's own; or of those that, with audio, may be
	// played in place of a stream of audio alone, which then has its segments where they
	// have theirs. Else audio alone begins each segment with the block that a multiple of
	// the length falls into.
	Rate media.Rational
	// Edit changes a frame before it is written; nil for none.
	Edit func(frame []byte)
}

// Segment is a part of a divided stream.
type Segment struct {
	// Start is when it begins, and Duration how long it is, in ticks.
	Start, Duration int64
	// Offset is where it begins, counted over all segments.
	Offset, SizeBytes int64
	// Keyframes are those in it.
	Keyframes []Keyframe
}

// Keyframe is a frame that decodes by itself.
type Keyframe struct {
	// Offset is where the tables before it begin, counted as those of segments are, and
	// SizeBytes reaches from there to the end of its last packet.
	Offset, SizeBytes int64
	// Start is when it is shown, and Duration the time until the next one, in ticks.
	Start, Duration int64
}

const (
	// ahead is how much of a stream is known before anything of it is written, in ticks,
	// and patience how much of one stream is read while another has nothing.
	ahead    = Clock
	patience = 5 * Clock
	// packBytes and packTicks bound what blocks of audio are packed together: few packets
	// then have room left over, and what a receiver buffers of AAC holds them.
	packBytes = 2048
	packTicks = Clock / 5
	// mostPadding is how many blocks of audio at the end are no segment of their own: what
	// encoders put behind the programme.
	mostPadding = 2
)

// divider is where the division of a stream stands.
type divider struct {
	Division
	in       *demuxer
	out      *muxer
	open     func(n int) (io.WriteCloser, error)
	video    int // the stream of frames, -1 without
	frames   []*unit
	audio    [][]block // by stream
	ids      []byte    // by stream, the stream_id
	timed    []bool    // by stream, its first block was written
	latest   []int64   // by stream, the time that it was read up to
	ended    bool      // there is nothing more to read
	late     int64     // what the times of decoding are off by
	shown    int64     // when the last frame ends
	heard    int64     // when the last block ends
	segments []Segment
}

// Divide reads the only program of a transport stream, which begins with a keyframe
// where it has frames, and writes it again as segments: the n-th into what open
// returns for it, after all others have been written and closed. Every segment and keyframe
// begins with the tables. What is not such a stream is [ErrMalformed].
func Divide(r io.Reader, how Division, open func(n int) (io.WriteCloser, error)) ([]Segment, error) {
	d := &divider{Division: how, in: newDemuxer(r), open: open, video: -1}
	err := d.divide()
	if d.out != nil {
		err = errors.Join(err, d.out.end())
	}
	if err != nil {
		return nil, err
	}
	d.measure()
	return d.segments, nil
}

func (d *divider) divide() error {
	for {
		if err := d.read(); err != nil {
			return err
		}
		s := d.first()
		if s < 0 {
			return nil
		}
		var err error
		if s == d.video {
			err = d.writeFrame()
		} else {
			err = d.writeAudio(s)
		}
		if err != nil {
			return err
		}
	}
}

// read reads until enough is known of what comes next.
func (d *divider) read() error {
	for !d.ended && !d.enough() {
		s, u, err := d.in.next()
		if errors.Is(err, io.EOF) {
			d.ended = true
			break
		}
		if err != nil {
			return err
		}
		if d.out == nil {
			d.begin()
		}
		if s == d.video {
			d.takeFrame(u)
		} else {
			d.takeAudio(s, u)
		}
		d.latest[s] = max(d.latest[s], u.dts)
	}
	if d.out == nil {
		return malformed("it holds nothing")
	}
	return nil
}

// enough reports whether every stream has been read far enough beyond what comes next,
// or one of them much farther.
func (d *divider) enough() bool {
	next := int64(math.MaxInt64)
	for s := range d.latest {
		if at, ok := d.head(s); ok {
			next = min(next, at)
		}
	}
	if next == math.MaxInt64 {
		return false
	}
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	for _, at := range d.latest {
		least, most = min(least, at), max(most, at)
	}
	return least >= next+ahead || most >= next+patience
}

// begin sets up what depends on the tables.
func (d *divider) begin() {
	d.out = newMuxer(&d.in.tables)
	streams := d.in.tables.streams
	d.audio, d.ids, d.timed = make([][]block, len(streams)), make([]byte, len(streams)), make([]bool, len(streams))
	d.latest = make([]int64, len(streams))
	for s, stream := range streams {
		if d.video < 0 && stream.video() {
			d.video = s
		}
	}
}

func (d *divider) takeFrame(u *unit) {
	if len(d.frames) == 0 && len(d.segments) == 0 {
		lead := d.Lead.Mul(media.NewRational(Clock, 1)).RoundHalfUp()
		d.late = u.pts - u.dts - lead
	}
	u.dts += d.late
	if d.Edit != nil {
		d.Edit(u.data)
	}
	d.frames = append(d.frames, u)
}

// takeAudio leaves out what comes too late to be heard: where audio ends long before
// the frames, its encoder's last blocks stand at the very end of the stream.
func (d *divider) takeAudio(s int, u *unit) {
	d.ids[s] = u.id
	for _, b := range blocks(d.in.tables.streams[s].kind, u) {
		if !d.out.started || b.pts >= d.out.clock {
			d.audio[s] = append(d.audio[s], b)
		}
	}
}

// head is when the next of a stream is needed.
func (d *divider) head(s int) (at int64, ok bool) {
	switch {
	case s == d.video && len(d.frames) > 0:
		return d.frames[0].dts, true
	case s != d.video && len(d.audio[s]) > 0:
		return d.audio[s][0].pts, true
	}
	return 0, false
}

// first is the stream whose turn it is: the one that is needed first, but a segment
// begins with a frame, after all that is heard before it is shown. -1 is the end.
func (d *divider) first() int {
	next, from := -1, int64(math.MaxInt64)
	for s := range d.latest {
		if at, ok := d.head(s); ok && (at < from || at == from && s == d.video) {
			next, from = s, at
		}
	}
	if len(d.frames) == 0 {
		return next
	}
	if len(d.segments) == 0 {
		return d.video
	}
	if next == d.video && d.begins(d.frames[0]) {
		for s := range d.audio {
			if len(d.audio[s]) > 0 && d.audio[s][0].pts < d.frames[0].pts {
				return s
			}
		}
	}
	return next
}

// passed is the multiple of the length at which the next segment may begin, in seconds
// from the beginning.
func (d *divider) passed() media.Rational {
	return media.NewRational(int64(len(d.segments)), 1).Mul(media.NewRational(int64(d.Length), int64(time.Second)))
}

// ticks is a time in seconds from the beginning on the stream's clock.
func (d *divider) ticks(seconds media.Rational) int64 {
	return d.Begin + seconds.Mul(media.NewRational(Clock, 1)).RoundHalfUp()
}

// begins reports whether a segment begins with a frame, whose time may be a tick short
// by rounding.
func (d *divider) begins(u *unit) bool {
	return u.random && (len(d.segments) == 0 || u.pts+1 >= d.ticks(d.passed()))
}

// audioBoundary is from when on audio, of which a block comes next, belongs to the next
// segment.
func (d *divider) audioBoundary(next block) int64 {
	if d.video >= 0 {
		for _, u := range d.frames {
			if d.begins(u) {
				return u.pts
			}
		}
		return math.MaxInt64
	}
	if d.Rate.IsZero() {
		return d.ticks(d.passed()) - int64(next.duration+0.5)
	}
	const late = 1e-6 // what encoders let a keyframe be late by, in seconds
	frame := math.Ceil((d.passed().Float() - late) * d.Rate.Float())
	return d.ticks(media.NewRational(int64(frame), 1).Div(d.Rate))
}

// cut begins a segment at a time.
func (d *divider) cut(at int64) error {
	if n := len(d.segments); n > 0 {
		last := &d.segments[n-1]
		last.Duration, last.SizeBytes = at-last.Start, d.out.written-last.Offset
	}
	if err := d.out.end(); err != nil {
		return err
	}
	file, err := d.open(len(d.segments))
	if err != nil {
		return err
	}
	d.out.begin(file)
	d.segments = append(d.segments, Segment{Start: at, Offset: d.out.written})
	return d.out.putDescription()
}

func (d *divider) writeFrame() error {
	u := d.frames[0]
	d.frames = d.frames[1:]
	if d.begins(u) {
		if err := d.cut(u.pts); err != nil {
			return err
		}
	}
	if len(d.segments) == 0 {
		return malformed("it does not begin with a keyframe")
	}
	from := d.out.written
	if u.random {
		if err := d.out.putTables(); err != nil {
			return err
		}
	}
	err := d.out.putElementary(elementary{stream: d.in.tables.streams[d.video], id: u.id, pts: u.pts, dts: u.dts,
		random: u.random,
		needed: u.dts, parts: [][]byte{u.data}})
	if u.random {
		s := &d.segments[len(d.segments)-1]
		s.Keyframes = append(s.Keyframes, Keyframe{Offset: from, SizeBytes: d.out.written - from, Start: u.pts})
	}
	d.shown = max(d.shown, u.pts+media.NewRational(Clock, 1).Div(d.Rate).RoundHalfUp())
	return err
}

// writeAudio writes the next blocks of a stream, as many as go together. The first one
// goes alone: readers that learn from it how long blocks are give a second one its time.
func (d *divider) writeAudio(s int) error {
	queue := d.audio[s]
	end := d.audioBoundary(queue[0])
	if d.video < 0 && (len(d.segments) == 0 || queue[0].pts >= end && !d.padding(s)) {
		if err := d.cut(queue[0].pts); err != nil {
			return err
		}
		if err := d.out.putTables(); err != nil {
			return err
		}
		end = d.audioBoundary(queue[0])
	}
	if len(d.segments) == 0 {
		return malformed("it does not begin with a frame")
	}
	longest := float64(packTicks)
	if d.video < 0 { // each packet of the stream says the time
		longest = clockGap
	}
	n := 1
	if d.timed[s] {
		n = together(queue, end, longest)
	}
	d.timed[s] = true
	e := elementary{stream: d.in.tables.streams[s], id: d.ids[s], pts: queue[0].pts, dts: queue[0].pts,
		random: d.video < 0, needed: queue[0].pts}
	if len(d.frames) > 0 { // the clock must not pass what the next frame needs
		e.needed = min(e.needed, d.frames[0].dts)
	}
	for _, b := range queue[:n] {
		e.parts = append(e.parts, b.data)
	}
	d.audio[s] = queue[n:]
	last := queue[n-1]
	d.heard = max(d.heard, last.pts+int64(last.duration+0.5))
	return d.out.putElementary(e)
}

// padding reports whether so little is left of a stream that it is no segment.
func (d *divider) padding(s int) bool {
	queue := d.audio[s]
	return d.ended && (len(queue) <= mostPadding || queue[len(queue)-1].pts-queue[0].pts < packTicks)
}

// together is how many blocks go into one packet of the elementary stream: those that
// follow each other without a gap before a time, for no longer than so many ticks.
func together(queue []block, end int64, longest float64) int {
	n, bytes := 1, len(queue[0].data)
	for n < len(queue) {
		b := queue[n]
		bytes += len(b.data)
		gap := float64(b.pts-queue[n-1].pts) - queue[n-1].duration
		if bytes > packBytes || float64(b.pts-queue[0].pts)+b.duration > longest ||
			b.pts >= end && queue[0].pts < end || math.Abs(gap) > 2 {
			return n
		}
		n++
	}
	return n
}

// measure tells how long the last segment is, and each keyframe stands.
func (d *divider) measure() {
	last := &d.segments[len(d.segments)-1]
	end := d.shown
	if d.video < 0 || d.heard > d.shown+packTicks {
		end = d.heard
	}
	last.Duration, last.SizeBytes = end-last.Start, d.out.written-last.Offset
	next := max(d.shown, last.Start)
	for n := len(d.segments) - 1; n >= 0; n-- {
		keys := d.segments[n].Keyframes
		for k := len(keys) - 1; k >= 0; k-- {
			keys[k].Duration, next = next-keys[k].Start, keys[k].Start
		}
	}
}
