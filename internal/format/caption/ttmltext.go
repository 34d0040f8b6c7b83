package caption

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of laying out paragraphs: a small file could ask for any number of changes.
const (
	maxTTMLRuns = 10_000     // in a paragraph
	maxTTMLWork = 50_000_000 // elements and bytes of text, for all moments of all paragraphs
)

// ttmlRun is text in one element, shown when that is. A break is a run too. White space
// that does not count is collapsed.
type ttmlRun struct {
	text     string
	preserve bool
	node     *ttmlNode
}

// text takes text of an element.
func (r *ttmlReader) text(text string, n *ttmlNode) error {
	if strings.TrimSpace(text) != "" {
		n.holdsText()
	}
	if !n.preserve {
		text = collapse(text)
	}
	return r.addRun(ttmlRun{text, n.preserve, n})
}

// addRun takes a run, unless it is never shown. Text in a sequence of elements is not:
// it lasts no time.
func (r *ttmlReader) addRun(run ttmlRun) error {
	if run.node.sequential || run.node.start >= run.node.end {
		return nil
	}
	if len(r.runs) >= maxTTMLRuns {
		return fmt.Errorf("a paragraph has more than %d parts", maxTTMLRuns)
	}
	r.runs = append(r.runs, run)
	return nil
}

// paragraph makes cues of the runs collected: one for each time in which the same
// words are shown.
func (r *ttmlReader) paragraph(p *ttmlNode) error {
	runs := r.runs
	r.runs = nil
	if p.region == nil && slices.ContainsFunc(runs, func(run ttmlRun) bool { return run.node.region != nil }) {
		// What is in no region is not shown, where others are; blanks part those.
		runs = slices.DeleteFunc(runs, func(run ttmlRun) bool {
			return run.node.region == nil &&
				strings.TrimSpace(run.text) != ""
		})
	}
	first := len(r.cues)
	times := r.moments(runs)
	for i, t := range times {
		if i+1 == len(times) {
			break
		}
		lines := cleanLines(r.shown(runs, t))
		if r.work > maxTTMLWork {
			return errors.New("the captions change too often")
		}
		if last := len(r.cues) - 1; last >= first && r.cues[last].End == t && slices.Equal(r.cues[last].Lines, lines) {
			r.cues[last].End = times[i+1]
			continue
		}
		if len(lines) == 0 {
			continue
		}
		r.cues = append(r.cues, Cue{Start: t, End: times[i+1], Lines: lines})
		if r.bytes += textSize(lines); r.bytes > maxTextBytes || len(r.cues) > maxCues {
			return errors.New("there are too many captions")
		}
	}
	return nil
}

// moments are the times at which any of the runs may come or go, in order.
func (r *ttmlReader) moments(runs []ttmlRun) []time.Duration {
	var times []time.Duration
	for _, run := range runs {
		times = append(times, run.node.start, run.node.end)
		if region := run.node.region; region != nil {
			times = append(times, region.start, region.end)
		}
	}
	if len(times) == 0 {
		return nil
	}
	first, last := slices.Min(times), slices.Max(times)
	met := map[*ttmlLook]bool{}
	for _, run := range runs {
		for look := range run.node.lineage() {
			if r.work++; met[look] {
				continue
			}
			met[look] = true
			r.work += len(look.sets)
			for _, set := range look.sets {
				if set.start < last && set.end > first {
					times = append(times, set.start, set.end)
				}
			}
		}
	}
	slices.Sort(times)
	return slices.Compact(times)
}

// shown is the text of the runs that are seen at a time. White space counts as in XSL:
// a run of it is a blank, also across elements.
func (r *ttmlReader) shown(runs []ttmlRun, t time.Duration) string {
	var b strings.Builder
	blank := true // what stands last is a blank, or the begin of a line
	for _, run := range runs {
		if r.work += run.node.depth; run.node.start > t || run.node.end <= t || !r.seen(run.node, t) {
			continue
		}
		text := run.text
		if blank && !run.preserve {
			text = strings.TrimPrefix(text, " ")
		}
		r.work += len(text)
		b.WriteString(text)
		if text != "" {
			blank = text == "\n" || !run.preserve && text[len(text)-1] == ' '
		}
	}
	return b.String()
}

// collapse is the white space of XML that does not count: each run is a blank.
func collapse(text string) string {
	words := strings.Fields(text)
	joined := strings.Join(words, " ")
	if len(words) == 0 {
		if text == "" {
			return ""
		}
		return " "
	}
	if strings.ContainsAny(text[:1], " \t\r\n") {
		joined = " " + joined
	}
	if strings.ContainsAny(text[len(text)-1:], " \t\r\n") {
		joined += " "
	}
	return joined
}
