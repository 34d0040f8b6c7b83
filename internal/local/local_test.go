package local

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
)

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// files are all files and folders below a folder, with what the files hold.
func files(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if d.IsDir() {
			found[name] = "folder"
			return nil
		}
		content, err := os.ReadFile(filepath.Join(root, name))
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func open(t *testing.T, folder string) *Runner {
	t.Helper()
	r, err := Open(folder, job.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMoveAll moves all files, or none where one can't be moved.
func TestMoveAll(t *testing.T) {
	t.Parallel()
	results := t.TempDir()
	write(t, filepath.Join(results, "taken"), "theirs")
	r := open(t, results)
	from := func(name string) string { return write(t, filepath.Join(r.scratch.dir, name), name) }
	to := func(name string) string { return filepath.Join(results, name) }

	err := r.moveAll(Job{}, []move{{from("a"), to("x/y/a")}, {from("b"), to("taken")}})
	if taken, ok := errors.AsType[*ExistsError](err); !ok || taken.Path != to("taken") {
		t.Errorf("moved over a file: %v", err)
	}
	err = r.moveAll(Job{}, []move{{from("a"), to("x/y/a")}, {filepath.Join(r.scratch.dir, "none"), to("b")}})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("moved what is not there: %v", err)
	}
	if _, err := os.Stat(to("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder is left: %v", err)
	}
	overwriting := Job{}
	overwriting.Spec.Overwrite = true
	if err := r.moveAll(overwriting, []move{{from("a"), to("x/y/a")}, {from("b"), to("taken")}}); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	want := map[string]string{"taken": "b", "x": "folder", "x/y": "folder", "x/y/a": "a"}
	if diff := cmp.Diff(want, files(t, results)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestScratch makes folders that go when nothing is in them, and removes what died.
func TestScratch(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	results := filepath.Join(root, "a[1]", "b")
	write(t, filepath.Join(results, ".reelastic-dead", "1", "in0"), "left")
	living := open(t, results)
	other := open(t, results) // which does not remove what lives
	if err := errors.Join(living.Close(), other.Close()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(map[string]string{"a[1]": "folder", "a[1]/b": "folder"}, files(t, root)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	made := open(t, filepath.Join(root, "c", "d"))
	if err := made.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, "c")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folders are left: %v", err)
	}
}

// TestSources reads files by their keys, through links too, and leaves them as they are.
func TestSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	film := write(t, filepath.Join(dir, "film"), "film")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(film, link); err != nil {
		t.Fatal(err)
	}
	s := sources{"film": film, "link": link, "folder": dir, "gone": filepath.Join(dir, "gone")}
	for _, key := range []string{"film", "link"} {
		path := filepath.Join(dir, "fetched-"+key)
		info, err := s.Fetch(t.Context(), Bucket, key, path)
		if err != nil || info.SizeBytes != 4 {
			t.Errorf("%s: %+v, %v", key, info, err)
		}
		if content, err := os.ReadFile(path); string(content) != "film" {
			t.Errorf("%s is %q, %v", key, content, err)
		}
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s is no file: %v", key, err)
		}
	}
	for _, key := range []string{"folder", "gone", "unknown"} {
		_, err := s.Fetch(t.Context(), Bucket, key, filepath.Join(dir, "no"))
		if refused, ok := errors.AsType[*object.Error](err); !ok || refused.Problem != object.NoObject {
			t.Errorf("%s: %v", key, err)
		}
	}
	src, err := os.Open(film)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := copyTo(ended, filepath.Join(dir, "copy"), src); !errors.Is(err, context.Canceled) {
		t.Errorf("copied after the end: %v", err)
	}
	if err := copyTo(t.Context(), filepath.Join(dir, "copied"), src); err != nil {
		t.Error(err)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "copied")); string(content) != "film" {
		t.Errorf("the copy is %q, %v", content, err)
	}
}

// TestFigures takes the ratio of the codec at the size that is nearest.
func TestFigures(t *testing.T) {
	t.Parallel()
	f := &Figures{Figures: []Figure{
		{Codec: "H.264", Width: 640, Height: 360, Ratio: 2}, {Codec: "H.264", Width: 1920, Height: 1080, Ratio: 3},
		{Codec: "vp8", Width: 640, Height: 360, Ratio: 4},
	}}
	for _, c := range []struct {
		figures *Figures
		work    plan.Work
		want    float64
	}{
		{f, plan.Work{Kind: "H.264", Pixels: 320 * 180}, 2},
		{f, plan.Work{Kind: "H.264", Pixels: 1280 * 720}, 3},
		{f, plan.Work{Kind: "vp8", Pixels: 1920 * 1080}, 4},
		{f, plan.Work{Kind: "vp9", Pixels: 1920 * 1080}, 3}, // that of H.264
		{f, plan.Work{Kind: plan.Decoding, Pixels: 640 * 360}, 2},
		{&Figures{}, plan.Work{Kind: "H.264", Pixels: 1}, 1},
		{nil, plan.Work{Kind: "H.264", Pixels: 1}, 1},
	} {
		if got := c.figures.ratio(c.work); got != c.want {
			t.Errorf("%+v: %g, want %g", c.work, got, c.want)
		}
	}
}
