package caption

import (
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// What a caption screen takes at once: four rows, as the rules for CEA-608
// advise, of 32 cells.
const (
	pageRows = 4
	pageMost = 4 // cues shown together
)

// page is one filling of a caption screen.
type page struct {
	start, end int // frames
	rows       []string
}

// pages lays cues out for a screen: those that overlap are shown together, long
// lines are broken, and what needs more than four rows is shown in turn.
func pages(cues []Cue, rate media.Rational) []page {
	var all []page
	for _, c := range flatten(cues) {
		var rows []string
		for _, line := range c.Lines {
			rows = append(rows, wrap(plainer.Replace(line), line21Columns)...)
		}
		start, end := frameAt(c.Start, rate), frameAt(c.End, rate)
		count := (len(rows) + pageRows - 1) / pageRows
		for i, chunk := range slices.Collect(slices.Chunk(rows, pageRows)) {
			all = append(all, page{start + (end-start)*i/count, start + (end-start)*(i+1)/count, chunk})
		}
	}
	return slices.DeleteFunc(all, func(p page) bool { return p.end <= p.start })
}

// flatten turns cues into ones that do not overlap; where some do, the lines of
// the newest few follow each other in order of their start.
func flatten(cues []Cue) []Cue {
	var times []time.Duration
	for _, c := range cues {
		times = append(times, c.Start, c.End)
	}
	slices.Sort(times)
	times = slices.Compact(times)
	var flat, active []Cue
	next := 0
	for i, t := range times {
		active = slices.DeleteFunc(active, func(c Cue) bool { return c.End <= t })
		for next < len(cues) && cues[next].Start <= t {
			active = append(active, cues[next])
			next++
		}
		active = active[max(0, len(active)-pageMost):]
		if len(active) > 0 {
			flat = append(flat, Cue{Start: t, End: times[i+1], Lines: linesOf(active)})
		}
	}
	return flat
}

func linesOf(cues []Cue) []string {
	var lines []string
	for _, c := range cues {
		lines = append(lines, c.Lines...)
	}
	return lines
}

// wrap breaks a line at blanks into rows of at most width characters; words
// longer than that are cut.
func wrap(line string, width int) []string {
	var rows []string
	rest := []rune(line)
	for len(rest) > width {
		cut := width
		for cut > 0 && rest[cut] != ' ' {
			cut--
		}
		if cut == 0 {
			cut = width
		}
		if row := cleanLine(string(rest[:cut])); row != "" {
			rows = append(rows, row)
		}
		rest = rest[cut:]
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	if row := cleanLine(string(rest)); row != "" {
		rows = append(rows, row)
	}
	return rows
}
