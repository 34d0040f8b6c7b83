package plan

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestFirstStreams reads the stream with which a source begins, unless the graph does, or there
// are too many of them.
func TestFirstStreams(t *testing.T) {
	t.Parallel()
	film := piece{together: []timedStream{{0, 0, true}, {1, time.Second, false}}}
	for graph, want := range map[string][]string{
		"[0:1]anull[a]":                     {"-map", "0:0", "-c", "copy", "-f", "null", "-"},
		"[0:0]null[v];[0:1]anull[a]":        nil,
		"[1:1]anull[a]":                     {"-map", "1:0", "-c", "copy", "-f", "null", "-"},
		"anullsrc[a]":                       nil,
		"[0:1][1:1]concat=n=2:v=0:a=1[out]": {"-map", "0:0", "-map", "1:0", "-c", "copy", "-f", "null", "-"},
	} {
		a := assembly{sources: []piece{film, film}}
		if got := a.firstStreams(graph); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", graph, got, want)
		}
	}
	many := assembly{sources: slices.Repeat([]piece{film}, mostFrameStreams+1)}
	graph := ""
	for i := range many.sources {
		graph += fmt.Sprintf("[%d:1]", i)
	}
	if got := many.firstStreams(graph); got != nil {
		t.Errorf("too many streams of frames: %q", got)
	}
}
