package cli

import (
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// view shows a job's progress.
type view interface {
	show(v1.Progress)
	close()
}

// newView shows live bars on a terminal and plain lines elsewhere.
func newView(w io.Writer) view {
	if isTerminal(w) {
		return &bars{progress: mpb.New(mpb.WithOutput(rawOf(w)), mpb.WithWidth(40))}
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
		r.note.Store(new(fmt.Sprintf(" %s%s", shown(o.Status), pace(o.Speed, o.SecondsLeft))))
		r.bar.SetCurrent(int64(math.Round(o.Percent)))
	}
}

func (b *bars) add(o v1.OutputProgress) *row {
	r := &row{}
	r.note.Store(new(""))
	r.bar = b.progress.AddBar(101, // one more than shown: the last state keeps the bar open until close
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-24.24s", shown(o.Key)))),
		mpb.AppendDecorators(
			decor.Any(func(s decor.Statistics) string { return fmt.Sprintf("%3d%%", min(s.Current, 100)) }),
			decor.Any(func(decor.Statistics) string { return *r.note.Load() })))
	return r
}

func (b *bars) close() {
	for _, r := range b.rows {
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
