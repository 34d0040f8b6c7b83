package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/transcode"
)

// view shows a job's progress.
type view interface {
	show(v1.Progress)
	close()
}

// newView shows live bars on a terminal and plain lines elsewhere.
func newView(w io.Writer) view {
	if isTerminal(w) {
		return &bars{progress: mpb.New(mpb.WithOutput(rawOf(w)))}
	}
	return &lines{w: w}
}

// lines prints a line whenever the job has come further by a tenth or changed
// its status.
type lines struct {
	w      io.Writer
	shown  bool
	status string
	tenth  int
}

func (l *lines) show(p v1.Progress) {
	tenth := int(p.Percent / 10)
	if l.shown && p.Status == l.status && tenth == l.tenth {
		return
	}
	l.shown, l.status, l.tenth = true, p.Status, tenth
	fmt.Fprintf(l.w, "%-11s %3.0f%%%s\n", p.Status, p.Percent, pace(p.Speed, p.SecondsLeft))
}

func (l *lines) close() {}

// bars draws one bar for each output.
type bars struct {
	progress *mpb.Progress
	rows     []*row
}

// barSteps is how finely bars are drawn: twice as finely as the widest is.
const barSteps = 1000

// row is one output's bar and the words beside it, which the painter reads.
type row struct {
	bar  *mpb.Bar
	note atomic.Pointer[string]
}

func (b *bars) show(p v1.Progress) {
	if b.rows == nil {
		for _, o := range p.Outputs {
			b.rows = append(b.rows, b.add(o))
		}
	}
	for i, o := range p.Outputs {
		if i >= len(b.rows) {
			break
		}
		r := b.rows[i]
		r.note.Store(new(note(o)))
		r.bar.SetCurrent(int64(math.Round(o.Percent * barSteps / 100)))
	}
}

// noteWidth is that of the longest usual note, so that bars are equally long.
const noteWidth = 19

// note is what stands behind the bar of an output.
func note(o v1.OutputProgress) string {
	text := o.Status
	if o.Status == string(transcode.Progressing) {
		text = strings.TrimSpace(pace(o.Speed, o.SecondsLeft))
		if o.Percent >= 100 {
			text = "checking"
		}
	}
	return fmt.Sprintf("  %-*s", noteWidth, shown(text))
}

func (b *bars) add(o v1.OutputProgress) *row {
	r := &row{}
	r.note.Store(new(note(v1.OutputProgress{})))
	name := shown(o.Key)
	r.bar = b.progress.AddBar(barSteps+1, // one more than shown: the last state keeps the bar open until close
		mpb.PrependDecorators(decor.Any(func(s decor.Statistics) string { return barName(name, s.AvailableWidth) })),
		mpb.AppendDecorators(
			decor.Any(func(s decor.Statistics) string { return fmt.Sprintf("%3d%%", s.Current*100/barSteps) }),
			decor.Any(func(decor.Statistics) string { return *r.note.Load() })))
	return r
}

// barName is the name before a bar, a third of the line at most. What is too long loses its
// middle: names of one job differ at their ends.
func barName(name string, line int) string {
	width := max(line/3, 8)
	runes := []rune(name)
	if n := len(runes); n > width {
		head := (width - 1) / 2
		runes = slices.Concat(runes[:head], []rune("…"), runes[n-(width-1-head):])
	}
	// What a terminal shows of a key, such as ^C, stands at the beginning of the line.
	return "\r" + fmt.Sprintf("%-*s", width, string(runes))
}

func (b *bars) close() {
	for _, r := range b.rows {
		if r.bar.Current() == barSteps {
			r.note.Store(new(note(v1.OutputProgress{})))
			r.bar.SetCurrent(barSteps + 1) // it is full
		}
		r.bar.Abort(false)
	}
	b.progress.Wait()
}

// pace is speed and time left, as far as they are known.
func pace(speed float64, left *float64) string {
	text := ""
	if speed > 0 {
		text = fmt.Sprintf("  %.1fx", speed)
	}
	if left != nil && *left >= 1 {
		text += fmt.Sprintf("  %s left", (time.Duration(*left) * time.Second).String())
	}
	return text
}
