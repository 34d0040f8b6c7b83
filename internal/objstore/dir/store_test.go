package dir_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/objstore/objtest"
)

// The storage folder of the process of TestCrash, and when it dies.
const (
	crashEnv = "OBJSTORE_CRASH_STORAGE"
	delayEnv = "OBJSTORE_CRASH_DELAY"
)

func TestMain(m *testing.M) {
	if storage := os.Getenv(crashEnv); storage != "" {
		if err := putForever(storage); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func newStorage(t *testing.T) string {
	t.Helper()
	storage := filepath.Join(t.TempDir(), "buckets")
	for _, b := range []string{objtest.In, objtest.Out} {
		if err := os.MkdirAll(filepath.Join(storage, b), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return storage
}

func open(t *testing.T, storage string) *dir.Store {
	t.Helper()
	s, err := dir.Open(storage)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	objtest.Run(t, func(t *testing.T) objtest.Store { return open(t, newStorage(t)) })
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
		os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantProblem(t *testing.T, err error, want object.Problem) {
	t.Helper()
	if e, ok := errors.AsType[*object.Error](err); !ok || e.Problem != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

// The folder says of an object what S3 would have been told, also to a process that
// comes later, and nothing of what stood there before.
func TestStorageIsRecorded(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	file := filepath.Join(t.TempDir(), "file")
	want := object.Storage{
		Class:      "ReducedRedundancy",
		Grants:     []object.Grant{{Type: "Group", Grantee: "AllUsers", Access: []string{"Read", "ReadAcp"}}},
		Encryption: object.Encryption{Mode: "s3-aws-kms", KeyARN: "arn:aws:kms:us-east-1:000000000000:key/k"},
	}
	for attempt, kept := range []object.Storage{want, {}} {
		if err := os.WriteFile(file, []byte{byte(attempt)}, 0o600); err != nil {
			t.Fatal(err)
		}
		opts := object.PutOptions{Owner: object.Owner{Job: "job", Attempt: attempt}, ReplaceJob: "job", Storage: kept}
		if err := open(t, storage).Put(t.Context(), objtest.Out, "k", file, opts); err != nil {
			t.Fatal(err)
		}
		info, err := open(t, storage).Stat(t.Context(), objtest.Out, "k")
		if err != nil || !cmp.Equal(info.Storage, kept) {
			t.Errorf("Stat: %+v, %v; want %+v", info.Storage, err, kept)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// Files that people copy into a bucket are objects that belong to nobody.
func TestForeignFile(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	s := open(t, storage)
	write(t, filepath.Join(storage, objtest.In, "films/a.mp4"), "moov")
	info, err := s.Stat(t.Context(), objtest.In, "films/a.mp4")
	if err != nil || info.SizeBytes != 4 || info.Owner != (object.Owner{}) || info.ContentType != "video/mp4" {
		t.Errorf("Stat: %+v, %v", info, err)
	}
	err = s.Put(t.Context(), objtest.In, "films/a.mp4", write(t, filepath.Join(t.TempDir(), "f"), "x"),
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 2}, ReplaceJob: "job"})
	wantProblem(t, err, object.Exists)
}

// A record says nothing about a file that takes the place of its object.
func TestStaleRecord(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	s := open(t, storage)
	local := write(t, filepath.Join(t.TempDir(), "f"), "ours")
	if err := s.Put(t.Context(), objtest.Out, "k", local,
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(storage, objtest.Out, "k")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write(t, path, "mine")
	if info, err := s.Stat(t.Context(), objtest.Out, "k"); err != nil || info.Owner != (object.Owner{}) {
		t.Errorf("Stat: %+v, %v; want no owner", info, err)
	}
	err := s.Put(t.Context(), objtest.Out, "k", local,
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 2}, ReplaceJob: "job"})
	wantProblem(t, err, object.Exists)
}

func TestLinksInsteadOfCopying(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	s := open(t, storage)
	local := write(t, filepath.Join(t.TempDir(), "f"), "content")
	if err := s.Put(t.Context(), objtest.Out, "k", local,
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}}); err != nil {
		t.Fatal(err)
	}
	fetched := filepath.Join(t.TempDir(), "in0")
	if _, err := s.Fetch(t.Context(), objtest.Out, "k", fetched); err != nil {
		t.Fatal(err)
	}
	first, err1 := os.Stat(local)
	last, err2 := os.Stat(fetched)
	if errors.Join(err1, err2) != nil || !os.SameFile(first, last) {
		t.Errorf("the file was copied on one file system (%v, %v)", err1, err2)
	}
}

// Between file systems files are copied.
func TestOtherFileSystem(t *testing.T) {
	t.Parallel()
	shm, err := os.MkdirTemp("/dev/shm", "objstore") //nolint:usetesting // another file system than t.TempDir's
	if err != nil {
		t.Skipf("no second file system: %v", err)
	}
	defer os.RemoveAll(shm)
	storage := newStorage(t)
	if device(t, shm) == device(t, storage) {
		t.Skip("/dev/shm is on the file system of the temporary folder")
	}
	s := open(t, storage)
	local := write(t, filepath.Join(shm, "f"), "content")
	if err := s.Put(t.Context(), objtest.Out, "k", local,
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}}); err != nil {
		t.Fatal(err)
	}
	fetched := filepath.Join(shm, "in0")
	if info, err := s.Fetch(t.Context(), objtest.Out, "k", fetched); err != nil || info.Owner.String() != "job/1" {
		t.Fatalf("Fetch: %+v, %v", info, err)
	}
	if text, err := os.ReadFile(fetched); err != nil || string(text) != "content" {
		t.Errorf("fetched %q, %v", text, err)
	}
}

func device(t *testing.T, path string) uint64 {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Dev
}

func TestSymbolicLinksAndSpecialFiles(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	s := open(t, storage)
	in := filepath.Join(storage, objtest.In)
	outside := write(t, filepath.Join(t.TempDir(), "outside"), "outside")
	write(t, filepath.Join(in, "real/film"), "film")
	write(t, filepath.Join(storage, objtest.Out, "other"), "other")
	for name, target := range map[string]string{
		"good": "real/film", "real/up": "../real/film", "folder": "real", "circle": "circle", "nowhere": "none",
		"absolute": outside, "relative": "../../../outside", "neighbour": "../" + objtest.Out + "/other",
		"outside-folder": filepath.Dir(outside), "neighbour-folder": "../" + objtest.Out,
	} {
		if err := os.Symlink(target, filepath.Join(in, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(in, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"good": "film", "real/up": "film", "folder/film": "film",
		"circle": "", "nowhere": "", "absolute": "", "relative": "", "neighbour": "", "outside-folder/outside": "",
		"neighbour-folder/other": "", "fifo": "", "real": "", "folder": "",
	} {
		local := filepath.Join(t.TempDir(), "x")
		_, err := s.Fetch(t.Context(), objtest.In, key, local)
		_, statErr := s.Stat(t.Context(), objtest.In, key)
		if want == "" {
			wantProblem(t, err, object.NoObject)
			wantProblem(t, statErr, object.NoObject)
			continue
		}
		if text, readErr := os.ReadFile(local); errors.Join(err, statErr, readErr) != nil || string(text) != want {
			t.Errorf("%s: %q, %v", key, text, errors.Join(err, statErr, readErr))
		}
	}

	found, err := s.List(t.Context(), objtest.In, "")
	if err != nil || len(found) != 3 {
		t.Errorf("List: %+v, %v; want real/film and two links to it", found, err)
	}
	for _, key := range []string{"absolute", "neighbour", "nowhere", "fifo"} {
		err := s.Put(t.Context(), objtest.In, key, outside,
			object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}})
		wantProblem(t, err, object.Exists)
	}
	for _, key := range []string{"outside-folder/new", "neighbour-folder/new", "circle/new", "nowhere/new", "good/new",
		"real"} {
		err := s.Put(t.Context(), objtest.In, key, outside,
			object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}, Overwrite: true})
		wantProblem(t, err, object.BadKey)
	}
	if err := errors.Join(s.Delete(t.Context(), objtest.In, "neighbour"),
		s.Delete(t.Context(), objtest.In, "neighbour-folder/other")); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if _, err := s.Stat(t.Context(), objtest.Out, "other"); err != nil {
		t.Errorf("the neighbour's object: %v", err)
	}
}

func TestFileBesideFolder(t *testing.T) {
	t.Parallel()
	s := open(t, newStorage(t))
	local := write(t, filepath.Join(t.TempDir(), "f"), "x")
	opts := object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}}
	for _, key := range []string{"a", "b/c"} {
		if err := s.Put(t.Context(), objtest.Out, key, local, opts); err != nil {
			t.Fatal(err)
		}
	}
	wantProblem(t, s.Put(t.Context(), objtest.Out, "a/b", local, opts), object.BadKey)
	wantProblem(t, s.Put(t.Context(), objtest.Out, "b", local, opts), object.BadKey)
}

func TestBucketOutsideStorage(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	if err := os.Symlink(t.TempDir(), filepath.Join(storage, "linked")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(storage, "file"), "x")
	s := open(t, storage)
	for _, bucket := range []string{"linked", "file"} {
		if ok, err := s.BucketExists(t.Context(), bucket); ok || err != nil {
			t.Errorf("BucketExists(%s) = %t, %v", bucket, ok, err)
		}
		_, err := s.Stat(t.Context(), bucket, "k")
		wantProblem(t, err, object.NoBucket)
	}
}

// Sweep spares the temporary files of a store that lives, and takes the rest.
func TestSweep(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	living, sweeper := open(t, storage), open(t, storage)
	tmp := filepath.Join(storage, ".reelastic", "tmp")
	write(t, filepath.Join(tmp, "DEAD", "part"), "half")
	write(t, filepath.Join(tmp, "stray"), "half")
	if err := sweeper.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v; want the folders of the two stores", left, err)
	}
	local := write(t, filepath.Join(t.TempDir(), "f"), "x")
	if err := living.Put(t.Context(), objtest.Out, "k", local,
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}}); err != nil {
		t.Errorf("the other store: %v", err)
	}
}

// putForever is the process of TestCrash: attempts of one job that replace each
// other, until it kills itself, a while after the first writes.
func putForever(storage string) error {
	s, err := dir.Open(storage)
	if err != nil {
		return err
	}
	delay, err := time.ParseDuration(os.Getenv(delayEnv))
	if err != nil {
		return err
	}
	local := filepath.Join(filepath.Dir(storage), "scratch")
	for n := 1; ; n++ {
		if n == 3 {
			time.AfterFunc(delay, func() { syscall.Kill(os.Getpid(), syscall.SIGKILL) })
		}
		os.Remove(local)
		content := strings.Repeat(string(rune('a'+n%26)), 50_000+n)
		if err := os.WriteFile(local, []byte(content), 0o600); err != nil {
			return err
		}
		opts := object.PutOptions{Owner: object.Owner{Job: "job", Attempt: int(time.Now().UnixMicro())},
			ReplaceJob: "job"}
		if err := s.Put(context.Background(), objtest.Out, "folder/k", local, opts); err != nil {
			return err
		}
		if n%5 == 0 {
			if err := s.Delete(context.Background(), objtest.Out, "folder/k"); err != nil {
				return err
			}
		}
	}
}

// A process killed at any moment leaves whole objects with a known owner, which
// the next attempt may replace, and nothing else once swept.
func TestCrash(t *testing.T) {
	t.Parallel()
	storage := newStorage(t)
	for round := range 20 {
		killed(t, storage, time.Duration(round)*700*time.Microsecond)
		s := open(t, storage)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := s.List(t.Context(), objtest.Out, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range found {
			text, err := os.ReadFile(filepath.Join(storage, objtest.Out, o.Key))
			if err != nil || o.Owner.Job != "job" || len(text) < 50_000 ||
				strings.Trim(string(text), string(text[:1])) != "" {
				t.Errorf("round %d: %+v with %d bytes, %v", round, o, len(text), err)
			}
		}
		if err := s.Put(t.Context(), objtest.Out, "folder/k",
			write(t, filepath.Join(t.TempDir(), "f"), strings.Repeat("z", 60_000)),
			object.PutOptions{Owner: object.Owner{Job: "job", Attempt: int(time.Now().UnixMicro())},
				ReplaceJob: "job"}); err != nil {
			t.Errorf("round %d: the next attempt: %v", round, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(storage, ".reelastic", "tmp", "*", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
}

// killed runs putForever until it kills itself.
func killed(t *testing.T, storage string, after time.Duration) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = []string{crashEnv + "=" + storage, delayEnv + "=" + after.String()}
	out, err := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Errorf("the process ended by itself: %v\n%s", err, out)
	}
}

func BenchmarkPut(b *testing.B) {
	storage := b.TempDir()
	if err := os.Mkdir(filepath.Join(storage, "out"), 0o755); err != nil {
		b.Fatal(err)
	}
	s, err := dir.Open(storage)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	local := filepath.Join(b.TempDir(), "f")
	for n := 0; b.Loop(); n++ {
		if err := os.WriteFile(local, []byte("segment"), 0o600); err != nil {
			b.Fatal(err)
		}
		if err := s.Put(b.Context(), "out", fmt.Sprintf("hls/%05d.ts", n), local,
			object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}}); err != nil {
			b.Fatal(err)
		}
		if err := os.Remove(local); err != nil {
			b.Fatal(err)
		}
	}
}
