package caption

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// ntsc is the rate of line 21: SCC time codes count its frames, and a frame
// carries one pair of bytes in each field.
func ntsc() media.Rational { return media.Rational{Num: 30000, Den: 1001} }

// frameAt is the frame nearest to a time.
func frameAt(d time.Duration, rate media.Rational) int {
	return int(math.Round(d.Seconds() * rate.Float()))
}

// timeOfFrame is when a frame begins, to the nearest nanosecond.
func timeOfFrame(n int, rate media.Rational) time.Duration {
	second := int64(time.Second)
	whole, rest := int64(n)/rate.Num, int64(n)%rate.Num
	return time.Duration(whole*rate.Den*second + (rest*rate.Den*second+rate.Num/2)/rate.Num)
}

// Drop-frame counting (SMPTE 12M): each minute but every tenth leaves out its
// first two numbers, so that the count keeps pace with the clock.
const (
	framesPerMinute     = 60*30 - 2
	framesPerTenMinutes = 10*framesPerMinute + 2
)

// formatDropFrame writes a frame number of 29.97 per second as hh:mm:ss;ff.
func formatDropFrame(n int) string {
	tens, rest := n/framesPerTenMinutes, n%framesPerTenMinutes
	number := n + 18*tens
	if rest > 1 {
		number += 2 * ((rest - 2) / framesPerMinute)
	}
	return fmt.Sprintf("%02d:%02d:%02d;%02d", number/(30*3600), number/(30*60)%60, number/30%60, number%30)
}

// parseTimecode reads hh:mm:ss:ff, counted without drops, or with a semicolon,
// point or comma before the frames, counted with drops; the result is a frame
// number.
func parseTimecode(s string) (n int, ok bool) {
	at := strings.LastIndexAny(s, ":;.,")
	if at < 0 {
		return 0, false
	}
	drop := s[at] != ':'
	parts := strings.Split(strings.ReplaceAll(s[:at], ";", ":"), ":")
	if len(parts) != 3 {
		return 0, false
	}
	var values [4]int
	for i, part := range append(parts, s[at+1:]) {
		if values[i], ok = digits(part); !ok {
			return 0, false
		}
	}
	h, m, sec, f := values[0], values[1], values[2], values[3]
	if time.Duration(h) >= latest/time.Hour || m > 59 || sec > 59 || f > 29 {
		return 0, false
	}
	n = ((h*60+m)*60+sec)*30 + f
	if drop {
		minutes := h*60 + m
		n -= 2 * (minutes - minutes/10)
	}
	return n, true
}
