package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSharedThreads has cases whose best division is plain to see.
func TestSharedThreads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		efforts []float64
		threads int
		want    []int
	}{
		{"one run has all", []float64{5}, 4, []int{4}},
		{"two alike", []float64{10, 10}, 2, []int{1, 1}},
		{"many alike", []float64{3, 3, 3, 3, 3, 3, 3}, 2, []int{1, 1, 1, 1, 1, 1, 1}},
		{"a long one and short ones", []float64{60, 5, 5}, 2, []int{2, 1, 1}},
		{"two long ones on many cores", []float64{50, 50}, 8, []int{4, 4}},
	} {
		if got := shared(c.efforts, slices.Repeat([]int{c.threads}, len(c.efforts)), c.threads); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestSharedNeverWaits wants a division that is no slower than all threads for
// each run, one after the other, and that gives no run more than it can use.
func TestSharedNeverWaits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		threads := rapid.IntRange(1, 32).Draw(t, "threads")
		n := rapid.IntRange(1, 8).Draw(t, "runs")
		efforts := rapid.SliceOfN(rapid.Float64Range(0.01, 1000), n, n).Draw(t, "efforts")
		most := rapid.SliceOfN(rapid.IntRange(1, 32), n, n).Draw(t, "most")
		got, after := shared(efforts, most, threads), make([]int, n)
		for i := range after {
			after[i] = min(most[i], threads)
			if got[i] < 1 || got[i] > after[i] {
				t.Fatalf("run %d of %v has %d threads and can use %d", i, efforts, got[i], after[i])
			}
		}
		if span, other := makespan(efforts, got, threads), makespan(efforts, after, threads); span > other*1.02 {
			t.Fatalf("%v takes %g, and all threads for each (%v) %g", got, span, after, other)
		}
	})
}
