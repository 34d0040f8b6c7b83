package worker

import (
	"math"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/transcode"
)

// TestRoom wants a job that its scratch folder can't hold to fail before anything is
// fetched, and to be told which folder and how much.
func TestRoom(t *testing.T) {
	t.Parallel()
	w := &Worker{Config: Config{Scratch: t.TempDir()}}
	if err := w.checkRoom(1); err != nil {
		t.Errorf("a byte: %v", err)
	}
	f := transcode.AsFailure(w.checkRoom(math.MaxInt64))
	if f == nil || f.Code != transcode.CodeInternal || !strings.Contains(f.Advice, w.Scratch) ||
		!strings.Contains(f.Advice, "9223372036854775807 bytes") || !strings.Contains(f.Advice, "--scratch") {
		t.Errorf("more than any disk: %+v", f)
	}
	w.Scratch += "/absent"
	if err := w.checkRoom(1); err == nil || transcode.AsFailure(err) != nil {
		t.Errorf("an absent folder: %v", err)
	}
}
