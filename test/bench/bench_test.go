package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(withTable{m}) }

// withTable prints all figures after the benchmarks have run.
type withTable struct{ m *testing.M }

func (w withTable) Run() int {
	status := w.m.Run()
	results.print()
	return status
}

// figure is one measured value.
type figure struct {
	section, name, value string
	// target is "" for a value that has none; met then means nothing.
	target string
	met    bool
}

// table collects the figures of all benchmarks.
type table struct {
	mu      sync.Mutex
	figures []figure
}

var results table

// add keeps a figure and shows it at once.
func (t *table) add(b *testing.B, f figure) {
	b.Helper()
	f.section = strings.TrimPrefix(b.Name(), "Benchmark")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.figures = append(t.figures, f)
	b.Log(f.name+":", f.value, f.verdict())
}

// below adds a figure whose target is an upper bound.
func (t *table) below(b *testing.B, name string, value, target float64, unit string) {
	b.Helper()
	t.add(b, figure{name: name, value: number(value, unit), target: "≤ " + number(target, unit), met: value <= target})
}

// above adds a figure whose target is a lower bound.
func (t *table) above(b *testing.B, name string, value, target float64, unit string) {
	b.Helper()
	t.add(b, figure{name: name, value: number(value, unit), target: "≥ " + number(target, unit), met: value >= target})
}

// note adds a figure without a target.
func (t *table) note(b *testing.B, name, value string) {
	b.Helper()
	t.add(b, figure{name: name, value: value})
}

func (f figure) verdict() string {
	switch {
	case f.target == "":
		return ""
	case f.met:
		return f.target + " met"
	}
	return f.target + " MISSED"
}

func (t *table) print() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.figures) == 0 {
		return
	}
	fmt.Printf("\n%d cores, %s/%s, %s\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range t.figures {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.section, f.name, f.value, f.verdict())
	}
	_ = w.Flush() // standard output
}

// number writes a value with three digits that count, and its unit.
func number(value float64, unit string) string {
	digits := 0
	switch {
	case value < 10:
		digits = 3
	case value < 100:
		digits = 1
	}
	text := fmt.Sprintf("%.*f", digits, value)
	if unit != "" {
		text += " " + unit
	}
	return text
}

// load notes how busy the machine is with other work, when a benchmark begins.
func load(b *testing.B) {
	b.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		b.Fatal(err)
	}
	results.note(b, "load average before", strings.Join(strings.Fields(string(text))[:2], " "))
}

// quantile is the value that the given share of all values does not exceed.
func quantile[T int | float64 | time.Duration](values []T, share float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, min(len(sorted)-1, int(share*float64(len(sorted)))))]
}

// median is the middle value, or the mean of the two in the middle.
func median[T int | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
