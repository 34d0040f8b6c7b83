package folder_test

import (
	"context"
	"errors"
	"io"
	"os"
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
