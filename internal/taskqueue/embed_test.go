package taskqueue

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// TestTemporaryFolders wants the next start to remove what a process that was killed has
// left, and nothing of one that runs.
func TestTemporaryFolders(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dead := filepath.Join(os.TempDir(), tempName+"dead")
	if err := os.MkdirAll(filepath.Join(dead, "jetstream"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dead, lockName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := Config{MemoryBytes: 1 << 20, Log: slog.New(slog.DiscardHandler)}
	first, err := startEmbedded(cfg)
	if err != nil {
		t.Fatal(err)
	}
	second, err := startEmbedded(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{dead: false, first.tempDir: true, second.tempDir: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", dir, err == nil, want)
		}
	}
	first.stop()
	second.stop()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}
