package ffmpeg

import (
	"math"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

const (
	// reordered is how many frames may stand between a frame's place in the file and its
	// place on the screen: more than the 16 of H.264 and H.265.
	reordered = 32
	// finest is the unit of the distances that are counted, farthest the last one that is
	// told from longer ones.
	finest   = 100 * time.Microsecond
	farthest = 10 * time.Second
	// nearest is the least distance of frames that are shown one after the other.
	nearest = time.Second / maxFrameRate
)

// spacing counts how far frames are from each other.
type spacing struct {
	waiting   []time.Duration // the latest times, sorted
	last      time.Duration
	begun     bool
	distances map[time.Duration]distances // by multiples of finest
	count     int64
	sum       time.Duration
	// shortest and longest are distances.
	shortest, longest time.Duration
}

// distances are some of nearly one length.
type distances struct {
	count int64
	sum   time.Duration
}

// add takes the time of a frame; frames come in the order of decoding.
func (s *spacing) add(at time.Duration) {
	i, _ := slices.BinarySearch(s.waiting, at)
	s.waiting = slices.Insert(s.waiting, i, at)
	if len(s.waiting) > reordered {
		s.take(s.waiting[0])
		s.waiting = s.waiting[1:]
	}
}

func (s *spacing) take(at time.Duration) {
	d := at - s.last
	if s.begun && d < nearest { // a frame that is not shown, as VP9 has them
		return
	}
	if s.begun {
		if s.distances == nil {
			s.distances = map[time.Duration]distances{}
		}
		length := min(d, farthest).Round(finest)
		some := s.distances[length]
		s.distances[length] = distances{some.count + 1, some.sum + d}
		s.count++
		s.sum += d
		s.longest = max(s.longest, d)
		if s.count == 1 || d < s.shortest {
			s.shortest = d
		}
	}
	s.begun, s.last = true, at
}

// end takes the frames that still wait.
func (s *spacing) end() {
	for _, at := range s.waiting {
		s.take(at)
	}
	s.waiting = nil
}

// within is how many distances lie between two, and their mean.
func (s *spacing) within(from, to time.Duration) (count int64, mean time.Duration) {
	var sum time.Duration
	for d, some := range s.distances {
		if from <= d && d <= to {
			count, sum = count+some.count, sum+some.sum
		}
	}
	if count > 0 {
		mean = sum / time.Duration(count)
	}
	return count, mean
}

// near is how far distances of one rate are apart, as a part of the distance: roundings of
// containers, and the unsteady clocks of phones.
const near = 0.25

func (s *spacing) around(d time.Duration) (count int64, mean time.Duration) {
	off := time.Duration(float64(d)*near) + finest
	return s.within(d-off, d+off)
}

// frequent is the least part of all distances that makes one of them a rate of its own.
const frequent = 0.25

// base is the rate of the most frequent distance, or of a shorter one that is frequent;
// zero where no distance is. Pictures that are shown for two fields and three in turn have
// the rate of their mean.
func (s *spacing) base() media.Rational {
	var best time.Duration
	most := int64(0)
	for d := range s.distances {
		if n, mean := s.around(d); n > most || n == most && mean < best {
			best, most = mean, n
		}
	}
	if most == 0 || float64(most) < frequent*float64(s.count) {
		return media.Rational{}
	}
	if n, mean := s.within(0, best*6/10); float64(n) >= frequent*float64(s.count) {
		if closer, _ := s.around(mean); float64(closer) >= frequent*float64(s.count) {
			best = mean
		}
	}
	if n, _ := s.within(best*14/10, best*16/10); float64(n) >= frequent*float64(s.count) {
		return media.Rational{}
	}
	_, best = s.around(best)
	rate := media.NewRational(int64(time.Second), int64(best))
	if rate.Float() > maxFrameRate {
		return media.Rational{}
	}
	return rate
}

// uneven is how much higher than the mean a base rate is at the least.
const uneven = 1.02

// steady reports whether all distances are alike, but for what containers round to.
func (s *spacing) steady() bool {
	const rounding = time.Millisecond + finest
	mean := s.sum / time.Duration(s.count)
	return s.longest <= mean+mean/20+rounding && s.shortest >= mean-mean/20-rounding
}

// believed reports whether the headers' rate agrees with the mean one of the distances.
// Rounded times come to a mean that is off by a millisecond over all of them; where frames
// are not evenly spaced the last one's length, which no distance tells, makes more.
func (s *spacing) believed(claimed media.Rational, mean float64) bool {
	off := math.Abs(mean/claimed.Float() - 1)
	if s.steady() {
		return off <= 0.001+time.Millisecond.Seconds()/s.sum.Seconds()
	}
	return off <= max(0.02, 1.5/float64(s.count))
}

// describe sets what the distances say of a stream's rate.
func (s *spacing) describe(v *media.VideoStream) {
	s.end()
	if s.count == 0 {
		return
	}
	v.LongestGap, v.Constant = s.longest, s.steady()
	claimed := v.FrameRate
	mean := media.NewRational(s.count*int64(time.Second), int64(s.sum))
	ratio := mean.Float() / v.FrameRate.Float()
	if v.Interlaced() && math.Abs(ratio-2) < 0.04 { // each field has a packet of its own
		return
	}
	if !s.believed(v.FrameRate, mean.Float()) && mean.Float() <= maxFrameRate {
		v.FrameRate = mean
	}
	base := s.base()
	if v.Codec == "theora" { // whose times count frames of the headers' rate, and which leaves out those that repeat
		base = claimed
	}
	if base.Float() > uneven*v.FrameRate.Float() {
		v.BaseRate = base
	}
}
