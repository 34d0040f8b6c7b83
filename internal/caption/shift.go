package caption

import (
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// ParseTimeOffset reads a CaptionSource's TimeOffset: seconds or HH:mm:SS with
// up to three decimals and an optional sign. "" is 0. Any other text is a
// [*transcode.Error] that quotes it.
func ParseTimeOffset(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	unsigned, negative := strings.CutPrefix(s, "-")
	unsigned = strings.TrimPrefix(unsigned, "+")
	d, ok := parseDecimal(unsigned)
	if !ok {
		d, ok = parseClock(unsigned)
	}
	if !ok || d >= 100_000*time.Second || len(s) > len("+HH:mm:SS.sss") {
		return 0, transcode.Errorf(api.ValidationException, "TimeOffset %q is not valid: it is [+-]SS.sss or [+-]HH:mm:SS.sss.", s)
	}
	if negative {
		d = -d
	}
	return d, nil
}

// Shift moves cues in time. What comes to lie before 0 is cut off or dropped.
func Shift(cues []Cue, by time.Duration) []Cue {
	moved := make([]Cue, len(cues))
	for i, c := range cues {
		c.Start, c.End = c.Start+by, c.End+by
		moved[i] = c
	}
	return within(moved, 0, forever)
}

// Clip is what remains of cues in a clip of an input, with times that count
// from the begin of the clip. A length of 0 means to the end.
func Clip(cues []Cue, start, length time.Duration) []Cue {
	end := time.Duration(forever)
	if length > 0 {
		end = start + length
	}
	return Shift(within(cues, start, end), -start)
}

// within cuts cues to a range and drops those outside of it.
func within(cues []Cue, start, end time.Duration) []Cue {
	var inside []Cue
	for _, c := range cues {
		c.Start, c.End = max(c.Start, start), min(c.End, end)
		if c.End > c.Start {
			inside = append(inside, c)
		}
	}
	return inside
}
