package ffmpeg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

// TestListsAreKept asks the program once: the next runner reads what was kept, until the
// program is another one or the file is no good.
func TestListsAreKept(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg", "ffprobe")
	folder := t.TempDir()
	detect := func() media.Caps {
		t.Helper()
		caps, err := tested(Config{Keep: folder}).Caps(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return caps
	}
	asked, file := detect(), filepath.Join(folder, listsFile)
	if diff := cmp.Diff(asked, detect()); diff != "" {
		t.Errorf("kept lists are others (-asked +kept):\n%s", diff)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(old, new string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(`"libx264":`, `"of-the-file":true,"libx264":`)
	if caps := detect(); !caps.Encoders["of-the-file"] {
		t.Error("the program was asked again")
	}
	for old, new := range map[string]string{`"build":"`: `"build":"other`, `{`: ``} {
		rewrite(old, new)
		if diff := cmp.Diff(asked, detect()); diff != "" {
			t.Errorf("with %q for %q (-asked +got):\n%s", new, old, diff)
		}
		if again, err := os.ReadFile(file); err != nil || string(again) != string(text) {
			t.Errorf("with %q for %q: the file was not mended: %v", new, old, err)
		}
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v in the folder, want one file", left, err)
	}
}
