package ffmpeg

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// packetEntries are what is asked of every packet, and of the programmes.
const packetEntries = "packet=stream_index,pts_time,dts_time,duration_time,pos,flags:" +
	"packet_side_data=side_data_type,skip_samples,discard_padding:program=program_id:program_stream=index"

// packet is what ffprobe says of a packet.
type packet struct {
	Stream   int64            `json:"stream_index"`
	PTS      number           `json:"pts_time"`
	DTS      number           `json:"dts_time"`
	Duration number           `json:"duration_time"`
	Pos      number           `json:"pos"`
	Flags    string           `json:"flags"`
	SideData []packetSideData `json:"side_data_list"`
}

type packetSideData struct {
	Type    string `json:"side_data_type"`
	Skip    number `json:"skip_samples"`
	Discard number `json:"discard_padding"`
}

// skip lets decoders drop so many samples from the packet on.
func (p *packet) skip(samples int64) {
	p.SideData = append(p.SideData, packetSideData{Type: "Skip Samples", Skip: number(strconv.FormatInt(samples, 10))})
}

// discarded reports whether a packet is decoded and not shown, since an edit list leaves it out.
func (p packet) discarded() bool { return strings.Contains(p.Flags, "D") }

// timed reports whether a packet says when it is shown or decoded.
func (p packet) timed() bool {
	_, pts := p.PTS.seconds()
	_, dts := p.DTS.seconds()
	return pts || dts
}

// display tells from when to when the frames of a stream are shown, of which some may only
// have a time for decoding, as those in program streams.
type display struct {
	// delay is that of the first frame, from decoding to display; lacking tells that a frame
	// has come without a time for the latter.
	delay          time.Duration
	begun, lacking bool
}

func (d *display) of(p packet) (from, to time.Duration) {
	from, ok := p.PTS.seconds()
	at, known := p.DTS.seconds()
	switch {
	case !ok:
		d.lacking, from = true, at
	case known && !d.begun:
		d.delay = from - at
	}
	d.begun, to = true, from+p.Duration.duration()
	if d.lacking && known { // one of those so far is shown last
		to = max(to, at+d.delay+p.Duration.duration())
	}
	return from, to
}

// encrypted reports whether ffmpeg knows a packet's content to be encrypted.
func (p packet) encrypted() bool {
	for _, d := range p.SideData {
		if d.Type == "Encryption info" {
			return true
		}
	}
	return false
}

// contents is ffprobe's answer with the packets already reduced.
type contents struct {
	answer
	spans map[int64]*span // by stream index
	// goingOn are the spans with the clock of the file going on where it is set anew, and
	// nil where that is not asked: the demuxer, which is told last, decides whether it may be.
	goingOn map[int64]*span
	clock   clock
	packets int64 // of the file so far
	// encrypted counts the packets whose content is.
	encrypted int64
	// cutOff reports that the file ends before its end.
	cutOff bool
}

// read reads the answer without holding the packets, which may be millions. What is read
// beside them is bounded by the meter.
func (c *contents) read(dec *json.Decoder, m *meter) error {
	if err := expect(dec, json.Delim('{')); err != nil {
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		switch key {
		case "packets":
			err = c.readPackets(dec, m)
		case "streams":
			err = dec.Decode(&c.Streams)
		case "programs":
			err = dec.Decode(&c.Programs)
		case "format":
			err = dec.Decode(&c.Format)
		default:
			err = dec.Decode(new(json.RawMessage))
		}
		if err != nil {
			return err
		}
	}
	return expect(dec, json.Delim('}'))
}

// mostStreams is how many streams of a file are told apart.
const mostStreams = 10_000

func (c *contents) readPackets(dec *json.Decoder, m *meter) error {
	return eachElement(dec, func() error {
		var p packet
		if err := dec.Decode(&p); err != nil {
			return err
		}
		m.reset()
		if c.spans[p.Stream] == nil && len(c.spans) >= mostStreams {
			return errTooMuch
		}
		if p.encrypted() {
			c.encrypted++
		}
		c.packets++
		own := spanOf(c.spans, p.Stream)
		own.add(p, 0)
		own.runs.add(p, c.packets)
		if c.goingOn != nil {
			spanOf(c.goingOn, p.Stream).add(p, c.clock.shift(p))
		}
		return nil
	})
}

func spanOf(spans map[int64]*span, stream int64) *span {
	s := spans[stream]
	if s == nil {
		s = new(span)
		spans[stream] = s
	}
	return s
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := dec.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%v where %v belongs", got, want)
	}
	return err
}

// meter bounds what is read from a program between two resets.
type meter struct {
	r    io.Reader
	left int
}

func newMeter(r io.Reader) *meter { return &meter{r: r, left: maxAnswer} }

func (m *meter) reset() { m.left = maxAnswer }

// Read fails with errTooMuch at the bound.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errTooMuch
	}
	n, err := m.r.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

// span is the extent of a stream's packets, of those that are shown.
type span struct {
	packets int64
	// timed counts the packets with a time, first and last are the earliest and
	// the latest of these, end is the latest end, covered the sum of their durations.
	timed                     int64
	first, last, end, covered time.Duration
	// skip and discard are samples that the decoder drops at the begin and at the end.
	skip, discard int64
	// block and lastBlock are how long the last packet but one is, and the last.
	block, lastBlock time.Duration
	display          display
	spacing          spacing
	joints           joints
	runs             runs
}

// add counts a packet, whose times are shifted.
func (s *span) add(p packet, shift time.Duration) {
	s.block, s.lastBlock = s.lastBlock, p.Duration.duration()
	if p.discarded() {
		return
	}
	s.packets++
	for _, d := range p.SideData {
		if s.packets == 1 {
			s.skip += d.Skip.int()
		}
		s.discard = d.Discard.int()
	}
	if !p.timed() {
		return
	}
	at, end := s.display.of(p)
	at, end = at+shift, end+shift
	s.spacing.add(at)
	s.joints.add(at, p.Duration.duration())
	s.covered += p.Duration.duration()
	if s.timed++; s.timed == 1 {
		s.first, s.last, s.end = at, at, end
		return
	}
	s.first, s.last, s.end = min(s.first, at), max(s.last, at), max(s.end, end)
}

// length is the time from the first packet to the end of the last. A last
// packet without a duration counts as long as the mean of the others, and
// packets without times as long as each.
func (s *span) length(each time.Duration) time.Duration {
	switch {
	case s.timed == 0:
		return time.Duration(s.packets) * each
	case s.end > s.last:
		return s.end - s.first
	case s.timed == 1:
		return each
	}
	return s.last - s.first + (s.last-s.first)/time.Duration(s.timed-1)
}

// heard is the part of a span of audio that a decoder gives out: from when, and how long.
func (s *span) heard(sampleRate int) (start, length time.Duration) {
	if sampleRate <= 0 {
		return s.first, s.length(0)
	}
	skip, discard := samples(s.skip, sampleRate), samples(s.discard, sampleRate)
	const rounding = 50 * time.Microsecond
	if (s.lastBlock + discard - s.block).Abs() < rounding {
		discard = 0 // from ffmpeg 8 on the last packet of mp4 is as long as what is heard of it
	}
	return s.first + skip, max(0, s.length(0)-skip-discard)
}

func samples(n int64, rate int) time.Duration {
	return time.Duration(float64(n) / float64(rate) * float64(time.Second))
}

// readAll runs ffprobe and reduces the packets of its answer.
func readAll(c *contents) func(io.Reader) error {
	return func(r io.Reader) error {
		m := newMeter(r)
		return c.read(json.NewDecoder(m), m)
	}
}

// tooMuch reports whether a program was stopped for what it printed.
func tooMuch(err error) bool { return errors.Is(err, errTooMuch) }
