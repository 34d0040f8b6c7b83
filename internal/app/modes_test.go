package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFolderIsClosed takes from others what they might do in the data folder, and refuses
// one that is everybody's.
func TestFolderIsClosed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode, want os.FileMode
		refused    string
	}{
		{0o755, 0o700, ""},
		{0o770, 0o700, ""},
		{0o500, 0o500, ""},
		{0o777 | os.ModeSticky, 0o777, "a folder of everybody's"},
	} {
		dir := filepath.Join(t.TempDir(), "data")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, c.mode); err != nil {
			t.Fatal(err)
		}
		err := closeFolder(dir)
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%v: %v, want %q", c.mode, err, c.refused)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != c.want {
			t.Errorf("%v: the mode is %v, want %v", c.mode, info.Mode(), c.want)
		}
	}
}

func TestSecretsOfEverybodyAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, refused := range map[os.FileMode]bool{
		0o600: false, 0o400: false, 0o640: false, 0o644: true, 0o604: true, 0o660: true, 0o602: true,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		err := checkSecretFile(path)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "run chmod 600 on it") {
			t.Errorf("%o: %v", mode, err)
		}
	}
}
