package folder_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/reelastic/reelastic/internal/folder"
)

// confined makes the folders of a run that is given the file "own".
func confined(t *testing.T) (folder.Folder, *folder.Confined) {
	t.Helper()
	f := written(t, "own", "x")
	c, err := f.Confine([]string{"own", "own"})
	if err != nil {
		t.Fatal(err)
	}
	return f, c
}

func everything(string) bool { return true }

// TestConfineGivesWhatIsNamed shows a run its inputs, and nothing else.
func TestConfineGivesWhatIsNamed(t *testing.T) {
	t.Parallel()
	f, c := confined(t)
	if err := f.Write("other", []byte("y")); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]int{c.Inputs(): 1, c.Results(): 0} {
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != want {
			t.Errorf("%d files in %s, want %d; %v", len(entries), filepath.Base(dir), want, err)
		}
	}
	if err := os.Symlink("/etc/passwd", f.Path("link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "missing"} {
		if _, err := f.Confine([]string{name}); err == nil {
			t.Errorf("a run was given %q", name)
		}
	}
	if err := c.Remove(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(filepath.Dir(c.Inputs()))); err != nil || len(left) != 0 {
		t.Errorf("left of removed runs: %v, %v", left, err)
	}
	if got := read(t, f, "own"); got != "x" {
		t.Errorf("the job's file holds %q", got)
	}
}

// TestTake moves what was wanted, with the mode of all files, and leaves the rest.
func TestTake(t *testing.T) {
	t.Parallel()
	f, c := confined(t)
	for name, mode := range map[string]os.FileMode{"a": 0o777 | os.ModeSetuid, "b": 0, "own": 0o600} {
		path := filepath.Join(c.Results(), name)
		if err := os.WriteFile(path, []byte("new"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(c.Results(), "a"), 1<<30); err != nil {
		t.Skip("this file system has no files with holes")
	}
	if files, bytes, err := c.Usage(); files != 3 || bytes < 1<<30 || err != nil {
		t.Errorf("%d files of %d bytes, %v", files, bytes, err)
	}
	if err := c.Take(func(name string) bool { return name != "own" }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if info, err := os.Stat(f.Path(name)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	if got := read(t, f, "own"); got != "x" {
		t.Errorf("the job's own file holds %q", got)
	}
}

// TestTakeRefuses what is no plain file.
func TestTakeRefuses(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, leave := range map[string]func(path string) error{
		"link":      func(path string) error { return os.Symlink(outside, path) },
		"dangling":  func(path string) error { return os.Symlink(outside+"2", path) },
		"hard link": func(path string) error { return os.Link(outside, path) },
		"pipe":      func(path string) error { return syscall.Mkfifo(path, 0o666) },
		"folder":    func(path string) error { return os.Mkdir(path, 0o777) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, c := confined(t)
			if err := leave(filepath.Join(c.Results(), "left")); err != nil {
				t.Fatal(err)
			}
			if err := c.Take(everything); !errors.Is(err, folder.ErrHostile) {
				t.Errorf("error %v", err)
			}
			if f.Exists("left") {
				t.Error("it was taken")
			}
			if err := c.Remove(); err != nil {
				t.Error(err)
			}
			if secret, err := os.ReadFile(outside); err != nil || string(secret) != "secret" {
				t.Errorf("the file outside holds %q, %v", secret, err)
			}
		})
	}
}
