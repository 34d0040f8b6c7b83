package folder_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/reelastic/reelastic/internal/folder"
)

// written makes a folder with one file.
func written(t *testing.T, name, content string) folder.Folder {
	t.Helper()
	f := folder.New(t.TempDir())
	if err := f.Write(name, []byte(content)); err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t *testing.T, f folder.Folder, name string) string {
	t.Helper()
	content, err := f.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestReplace(t *testing.T) {
	t.Parallel()
	f := written(t, "a", "old")
	err := f.Replace(t.Context(), "a", func(dst *os.File, old *folder.File) error {
		before, err := io.ReadAll(old)
		if err != nil {
			return err
		}
		_, err = dst.WriteString(string(before) + ", and new")
		return err
	})
	if got := read(t, f, "a"); err != nil || got != "old, and new" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestReplaceFails wants the old file, and nothing else, where the new one can't be made.
func TestReplaceFails(t *testing.T) {
	t.Parallel()
	f, broken := written(t, "a", "old"), errors.New("broken")
	err := f.Replace(t.Context(), "a", func(dst *os.File, _ *folder.File) error {
		_, err := dst.WriteString("half of the n")
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if got := read(t, f, "a"); got != "old" || f.Exists("a.new") {
		t.Errorf("the file holds %q, and a.new is there: %v", got, f.Exists("a.new"))
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	f := written(t, "a", "0123456789")
	if err := f.Copy(t.Context(), "b", "a", 3, 4); err != nil {
		t.Fatal(err)
	}
	if got := read(t, f, "b"); got != "3456" {
		t.Errorf("copied %q", got)
	}
	if n, err := f.Size("b"); n != 4 || err != nil {
		t.Errorf("size %d, %v", n, err)
	}
}

func TestReadsEndWithTheContext(t *testing.T) {
	t.Parallel()
	f, stopped := written(t, "a", "0123456789"), errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	file, err := f.Edit(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	b := make([]byte, 4)
	if n, err := file.Read(b); n != 4 || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	cancel(stopped)
	if _, err := file.Read(b); !errors.Is(err, stopped) {
		t.Errorf("Read: %v", err)
	}
	if _, err := file.ReadAt(b, 0); !errors.Is(err, stopped) {
		t.Errorf("ReadAt: %v", err)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	f := written(t, "a", "x")
	for range 2 { // the second time it is gone already
		if err := f.Remove("a"); err != nil || f.Exists("a") {
			t.Errorf("%v, there: %v", err, f.Exists("a"))
		}
	}
	if _, err := f.Open(t.Context(), "a"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open: %v", err)
	}
}

// TestHostileFiles leaves in the folder what a program that was taken over might: nothing is
// read, written or waited for through it.
func TestHostileFiles(t *testing.T) {
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
			f := written(t, "own", "x")
			if err := leave(f.Path("left")); err != nil {
				t.Fatal(err)
			}
			if content, err := f.Read("left"); name != "hard link" && err == nil {
				t.Errorf("read %q", content)
			}
			if _, err := f.Edit(t.Context(), "left"); name != "hard link" && err == nil {
				t.Error("opened for writing")
			}
			if _, err := f.Size("left"); name != "hard link" && !errors.Is(err, folder.ErrHostile) {
				t.Errorf("Size: %v", err)
			}
			if err := f.Write("left", []byte("own")); err != nil {
				t.Errorf("write in its place: %v", err)
			}
			if got := read(t, f, "left"); got != "own" {
				t.Errorf("wrote %q", got)
			}
			if secret, err := os.ReadFile(outside); err != nil || string(secret) != "secret" {
				t.Errorf("the file outside holds %q, %v", secret, err)
			}
			if _, err := os.Lstat(outside + "2"); !errors.Is(err, os.ErrNotExist) {
				t.Error("a file was made outside")
			}
		})
	}
}

// TestReadIsBounded does not read a file without end.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	f := written(t, "a", "x")
	if err := os.Truncate(f.Path("a"), 1<<40); err != nil {
		t.Skip("this file system has no files with holes")
	}
	if _, err := f.Read("a"); err == nil {
		t.Error("read a terabyte")
	}
}
