package ffmpeg

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/reelastic/reelastic/internal/plan"
)

// progressReader reads what -progress prints: lines of key=value in blocks
// that end with progress=continue or progress=end.
type progressReader struct {
	report func(plan.Progress) // nil for none
	line   []byte
	now    plan.Progress
	size   int64
	seen   string // the last block's counts
	ended  bool
	// moves counts the blocks that differ from the one before.
	moves atomic.Int64
	// waits reports whether the program may be waiting for its inputs; nil for never.
	waits func() bool
}

// moved grows as long as the program gets on, or may be waiting for its inputs: what
// brings these tells by itself when it does not.
func (r *progressReader) moved() int64 {
	if r.waits != nil && r.waits() {
		return r.moves.Add(1)
	}
	return r.moves.Load()
}

// maxProgressLine is the most of a line that is kept; the longest real one has 40 bytes.
const maxProgressLine = 256

// Write takes any amount and never fails.
func (r *progressReader) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 {
		part, rest, whole := bytes.Cut(p, []byte("\n"))
		r.line = append(r.line, part[:min(len(part), maxProgressLine-len(r.line))]...)
		if whole {
			r.take(strings.TrimSpace(string(r.line)))
			r.line = r.line[:0]
		}
		p = rest
	}
	return written, nil
}

func (r *progressReader) take(line string) {
	key, value, _ := strings.Cut(line, "=")
	value = strings.TrimSpace(value)
	switch key {
	case "frame":
		r.now.Frames = max(r.now.Frames, count(value))
	case "total_size":
		r.size = count(value)
	case "out_time_us":
		if us := count(value); us <= math.MaxInt64/1000 {
			r.now.OutTime = max(r.now.OutTime, time.Duration(us)*time.Microsecond)
		}
	case "speed":
		r.now.Speed = speed(value)
	case "progress":
		r.block(value == "end")
	}
}

// block ends a block of lines.
func (r *progressReader) block(end bool) {
	if r.ended {
		return
	}
	counts := strconv.FormatInt(int64(r.now.OutTime), 36) + " " + strconv.FormatInt(r.now.Frames, 36) + " " +
		strconv.FormatInt(r.size, 36)
	if counts != r.seen {
		r.seen = counts
		r.moves.Add(1)
	}
	r.ended, r.now.Done = end, end
	if r.report != nil {
		r.report(r.now)
	}
}

// finish tells of the good end of a program that prints no progress.
func (r *progressReader) finish(length time.Duration) {
	r.now.OutTime = length
	r.block(true)
}

// count reads a number; N/A, negative and absurd ones are 0.
func count(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// speed reads "1.5x"; N/A and anything else is 0.
func speed(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || f < 0 || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0
	}
	return f
}
