package plan

import (
	"math"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// supportedRates are the output rates of the API, highest first, with their
// exact values: 29.97 is 30000/1001 (original.md 3.4).
var supportedRates = []media.Rational{
	{Num: 60, Den: 1}, {Num: 50, Den: 1}, {Num: 30, Den: 1}, {Num: 30000, Den: 1001}, {Num: 25, Den: 1},
	{Num: 24, Den: 1}, {Num: 24000, Den: 1001}, {Num: 15, Den: 1}, {Num: 10, Den: 1},
}

// standardRates are the rates that cameras and broadcasters use. An average
// measured over a file is often off by a frame or two.
var standardRates = append([]media.Rational{
	{Num: 120, Den: 1}, {Num: 120000, Den: 1001}, {Num: 100, Den: 1}, {Num: 60000, Den: 1001},
	{Num: 48, Den: 1}, {Num: 48000, Den: 1001}, {Num: 20, Den: 1}, {Num: 15000, Den: 1001},
	{Num: 25, Den: 2}, {Num: 12, Den: 1},
}, supportedRates...)

var (
	ntsc = media.Rational{Num: 1000, Den: 1001}
	// slowest is the rate of a source that shows a frame less than once a second: segments
	// and players need frames at more times than that. It is the lowest of the API.
	slowest = media.Rational{Num: 10, Den: 1}
	// rateStep is the finest step of an irregular rate; more digits than a
	// thousandth only make odd time bases.
	rateStep = media.Rational{Num: 1, Den: 1000}
)

// outputRate is the constant rate of an output: the preset's, or the source's
// own up to the preset's maximum, as near as the codec comes to it.
func outputRate(source media.Rational, v transcode.VideoSpec) media.Rational {
	codec := videoCodecs[v.Codec]
	fixed, limit := v.FrameRate, v.MaxFrameRate
	if highest := codec.highestRate; !highest.IsZero() {
		fixed, limit = smaller(fixed, highest), smaller(limit, highest)
	}
	if !fixed.IsZero() {
		return fixed
	}
	rate := snapRate(source)
	if rate.Cmp(whole(1)) < 0 {
		rate = slowest
	}
	if !limit.IsZero() && rate.Cmp(limit) > 0 {
		rate = reduceRate(rate, limit)
	}
	if codec.frameRates != nil {
		return nearestOf(codec.frameRates, rate, limit)
	}
	return rate
}

// nearestOf is the one of rising rates up to limit that is nearest to rate, the
// higher of two that are as near; the lowest is taken whatever the limit.
func nearestOf(rates []media.Rational, rate, limit media.Rational) media.Rational {
	best := rates[0]
	for _, r := range rates[1:] {
		if r.Cmp(limit) <= 0 && math.Abs(r.Float()-rate.Float()) <= math.Abs(best.Float()-rate.Float()) {
			best = r
		}
	}
	return best
}

// reduceRate is the highest supported rate up to limit by which rate is
// divisible, so that frames are dropped evenly. The rate's neighbour 1000/1001
// below counts too: 60 under a limit of 29.97 becomes 29.97, not 15. A rate
// that nothing divides is divided by the smallest number that is enough.
func reduceRate(rate, limit media.Rational) media.Rational {
	for _, r := range supportedRates {
		if r.Cmp(limit) <= 0 && (divides(r, rate) || divides(r, rate.Mul(ntsc))) {
			return r
		}
	}
	k := 2
	for rate.Div(whole(k)).Cmp(limit) > 0 {
		k++
	}
	return rate.Div(whole(k))
}

func divides(r, rate media.Rational) bool { return rate.Div(r).Den == 1 }

// snapRate is the nearest standard rate within 0.5 %, or the rate itself,
// rounded to a thousandth when it is an odd fraction.
func snapRate(rate media.Rational) media.Rational {
	best, bestOff := media.Rational{}, media.Rational{Num: 5, Den: 1000}
	for _, s := range standardRates {
		off := rate.Div(s)
		off = media.NewRational(absInt64(off.Num-off.Den), off.Den)
		if off.Num == 0 {
			return s
		}
		if off.Cmp(bestOff) <= 0 {
			best, bestOff = s, off
		}
	}
	switch {
	case !best.IsZero():
		return best
	case rate.Den <= 1001:
		return rate
	}
	return media.NewRational(max(1, rate.Div(rateStep).RoundHalfUp()), rateStep.Den)
}

func absInt64(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
