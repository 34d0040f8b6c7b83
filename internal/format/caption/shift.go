package caption

import "time"

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
