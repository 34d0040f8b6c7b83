package task_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/task"
)

func TestWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 40) // 80 bytes
	for text, want := range map[string][]string{
		"":                     nil,
		"/-_.":                 nil,
		"Summer/Trip-2026.MP4": {"summer", "trip", "2026", "mp4"},
		"a_b a":                {"a", "b"},
		"1502631977930-rabioh": {"1502631977930", "rabioh"},
		"Straße 東京":            {"straße", "東京"},
		long:                   {long[:64]},
		"x" + long:             {"x" + long[:62]},
	} {
		if got := task.Words(text); !slices.Equal(got, want) {
			t.Errorf("words of %q are %q, want %q", text, got, want)
		}
	}
}
