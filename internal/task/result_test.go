package task

import (
	"testing"

	"github.com/reelastic/reelastic/internal/transcode"
)

func TestResultStatus(t *testing.T) {
	t.Parallel()
	complete, failed := OutputResult{Status: transcode.Complete}, OutputResult{Status: transcode.Errored}
	for name, c := range map[string]struct {
		result Result
		want   transcode.Status
	}{
		"all complete": {Result{Outputs: []OutputResult{complete, complete}}, transcode.Complete},
		"one output":   {Result{Outputs: []OutputResult{complete, failed}}, transcode.Errored},
		"a playlist": {Result{Outputs: []OutputResult{complete},
			Playlists: []PlaylistResult{{Status: transcode.Errored}}}, transcode.Errored},
	} {
		if got := c.result.Status(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
