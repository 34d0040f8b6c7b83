package caption

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// ttmlClock is what a document says about its times: the parameters of TTML
// (TTML1, section 6.2).
type ttmlClock struct {
	nominal   int64          // ttp:frameRate, whole frames per second
	rate      media.Rational // with the multiplier: frames in a second of media
	subFrames int64
	ticks     int64 // per second
	smpte     bool  // frames are counted rather than seconds
	drop      bool  // dropNTSC: as the drop-frame counting of 29.97
}

// newTTMLClock reads the parameters of the tt element. What is not said has
// the defaults of TTML1: 30 frames, one tick a second, or one a sub-frame
// where a frame rate is given.
func newTTMLClock(attrs []xml.Attr) ttmlClock {
	c := ttmlClock{nominal: 30, rate: media.Rational{Num: 30, Den: 1}, subFrames: 1}
	rateGiven := false
	multiplier := media.Rational{Num: 1, Den: 1}
	for _, a := range attrs {
		value := strings.TrimSpace(a.Value)
		switch a.Name.Local {
		case "frameRate":
			if n, ok := digits(value); ok && n > 0 && n <= 1000 {
				c.nominal, rateGiven = int64(n), true
			}
		case "subFrameRate":
			if n, ok := digits(value); ok && n > 0 && n <= 1000 {
				c.subFrames = int64(n)
			}
		case "frameRateMultiplier":
			multiplier = parseMultiplier(value)
		case "tickRate":
			if n, ok := digits(value); ok {
				c.ticks = int64(n)
			}
		case "timeBase":
			c.smpte = value == "smpte"
		case "dropMode":
			c.drop = value == "dropNTSC"
		}
	}
	c.rate = media.NewRational(c.nominal, 1).Mul(multiplier)
	if c.ticks == 0 {
		c.ticks = 1
		if rateGiven {
			c.ticks = c.nominal * c.subFrames
		}
	}
	return c
}

// parseMultiplier reads "1000 1001" or the older "1000:1001"; anything else is 1.
func parseMultiplier(s string) media.Rational {
	parts := strings.Fields(strings.ReplaceAll(s, ":", " "))
	if len(parts) == 2 {
		n, ok1 := digits(parts[0])
		d, ok2 := digits(parts[1])
		if ok1 && ok2 && n > 0 && d > 0 && n <= 1_000_000 && d <= 1_000_000 && n <= 100*d && d <= 100*n {
			return media.NewRational(int64(n), int64(d))
		}
	}
	return media.Rational{Num: 1, Den: 1}
}

var (
	clockTime  = regexp.MustCompile(`\A(\d{2,9}):(\d\d):(\d\d)(?:\.(\d+)|[:;](\d{2,3})(?:\.(\d{1,3}))?)?\z`)
	offsetTime = regexp.MustCompile(`\A(\d{1,12})(?:\.(\d+))?(h|ms|m|s|f|t)\z`)
)

// parse reads a time expression (TTML1, section 10.3.1): a clock time with a
// fraction or frames, or a number with the metric h, m, s, ms, f or t. ok is
// false for anything else and for times beyond [latest].
func (c ttmlClock) parse(s string) (d time.Duration, ok bool) {
	s = strings.TrimSpace(s)
	if m := clockTime.FindStringSubmatch(s); m != nil {
		d, ok = c.clockTime(m)
	} else if m := offsetTime.FindStringSubmatch(s); m != nil {
		d, ok = c.offsetTime(m)
	}
	return d, ok && d < latest
}

// clockTime takes hours, minutes, seconds, fraction, frames and sub-frames.
func (c ttmlClock) clockTime(m []string) (time.Duration, bool) {
	h, _ := digits(m[1])
	minutes, _ := digits(m[2])
	sec, _ := digits(m[3])
	if minutes > 59 || sec > 60 || time.Duration(h) >= latest/time.Hour {
		return 0, false
	}
	seconds := int64(h)*3600 + int64(minutes)*60 + int64(sec)
	fraction, ok := parseDecimal("0." + m[4])
	if m[5] == "" {
		return time.Duration(seconds)*time.Second + fraction, m[4] == "" || ok
	}
	frames, _ := digits(m[5])
	sub, _ := digits(m[6])
	if int64(frames) >= c.nominal || int64(sub) >= c.subFrames && sub > 0 {
		return 0, false
	}
	count := int64(frames)
	if c.smpte {
		count += seconds * c.nominal
		if c.drop {
			whole := int64(h)*60 + int64(minutes)
			count -= 2 * (whole - whole/10)
		}
		seconds = 0
	}
	d := float64(count) + float64(sub)/float64(c.subFrames)
	return time.Duration(seconds)*time.Second + c.frames(d), true
}

// offsetTime takes a number, its fraction and a metric.
func (c ttmlClock) offsetTime(m []string) (time.Duration, bool) {
	n, err := strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
	if err != nil {
		return 0, false
	}
	var seconds float64
	switch m[3] {
	case "h":
		seconds = n * 3600
	case "m":
		seconds = n * 60
	case "s":
		seconds = n
	case "ms":
		seconds = n / 1000
	case "f":
		seconds = n / c.rate.Float()
	case "t":
		seconds = n / float64(c.ticks)
	}
	if seconds >= latest.Seconds() {
		return 0, false
	}
	return toMicrosecond(seconds), true
}

func (c ttmlClock) frames(n float64) time.Duration { return toMicrosecond(n / c.rate.Float()) }

// toMicrosecond rounds away what floating point adds; no format is finer.
func toMicrosecond(seconds float64) time.Duration {
	return time.Duration(seconds*1e6+0.5) * time.Microsecond
}
