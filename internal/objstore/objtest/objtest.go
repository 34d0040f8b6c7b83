// Package objtest is the contract that every object store keeps.
package objtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore"
)

// Store is what the suite asks of a store.
type Store interface {
	BucketExists(ctx context.Context, bucket string) (bool, error)
	Stat(ctx context.Context, bucket, key string) (object.Info, error)
	Fetch(ctx context.Context, bucket, key, localPath string) (object.Info, error)
	Put(ctx context.Context, bucket, key, localPath string, opts object.PutOptions) error
	PutContent(ctx context.Context, bucket, key string, content []byte, opts object.PutOptions) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket, prefix string) ([]object.Info, error)
	Exists(ctx context.Context, bucket string, keys ...string) (*object.Info, error)
	Sweep(ctx context.Context) error
	ContentType(key, container string) string
}

// The buckets that open provides, empty.
const (
	In  = "objtest-in"
	Out = "objtest-out"
)

// Run runs the suite. open returns a fresh store in which the buckets [In] and
// [Out] exist, and no other; it cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) { run(t, open, false, all()) }

// RunKeys is the part of [Run] that is about keys, for a server that takes its time.
func RunKeys(t *testing.T, open func(t *testing.T) Store) {
	some := all()
	maps.DeleteFunc(some, func(name string, _ func(*fixture)) bool {
		return !slices.Contains([]string{"RoundTrip", "NoOverwrite", "List", "OddKeys", "BadKeys"}, name)
	})
	run(t, open, false, some)
}

// RunPaths is [Run] for a store whose server keeps keys as the paths of a file
// system: it is not asked for keys that are no clean paths.
func RunPaths(t *testing.T, open func(t *testing.T) Store) { run(t, open, true, all()) }

// all are the tests of the suite by name.
func all() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"Buckets":           buckets,
		"RoundTrip":         roundTrip,
		"Content":           putContent,
		"FetchLeavesObject": fetchLeavesObject,
		"FetchOntoFile":     fetchOntoFile,
		"ContentType":       contentType,
		"Missing":           missing,
		"NoOverwrite":       noOverwrite,
		"Replace":           replace,
		"Exists":            exists,
		"List":              list,
		"Delete":            deleteObject,
		"OddKeys":           oddKeys,
		"BadKeys":           badKeys,
		"BadFiles":          badFiles,
		"Canceled":          canceled,
		"OneWriterWins":     oneWriterWins,
		"NeverPartial":      neverPartial,
		"PutBesideDelete":   putBesideDelete,
		"SweepKeepsObjects": sweepKeepsObjects,
	}
}

func run(t *testing.T, open func(t *testing.T) Store, paths bool, tests map[string]func(*fixture)) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&fixture{t, open(t), paths})
		})
	}
}

type fixture struct {
	*testing.T
	store Store
	paths bool
}

// storable are the keys that the store can be asked for.
func (f *fixture) storable(keys ...string) []string {
	return slices.DeleteFunc(keys, func(key string) bool {
		long := slices.ContainsFunc(strings.Split(key, "/"), func(name string) bool { return len(name) > 255 })
		return f.paths && (long || path.Clean(key) != key || strings.HasPrefix(key, "/") || strings.HasPrefix(key, "."))
	})
}

// file writes a local file, for Put to take.
func (f *fixture) file(content string) string {
	f.Helper()
	path := filepath.Join(f.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		f.Fatal(err)
	}
	return path
}

func by(owner string) object.PutOptions { return object.PutOptions{Owner: object.ParseOwner(owner)} }

func (f *fixture) put(bucket, key, content string, opts object.PutOptions) {
	f.Helper()
	if err := f.store.Put(f.Context(), bucket, key, f.file(content), opts); err != nil {
		f.Fatalf("Put %q: %v", key, err)
	}
}

// read fetches an object of Out; it fails the test when there is none.
func (f *fixture) read(key string) string {
	f.Helper()
	text, err := f.tryRead(key)
	if err != nil {
		f.Fatalf("Fetch %q: %v", key, err)
	}
	return text
}

func (f *fixture) tryRead(key string) (string, error) {
	path := filepath.Join(f.TempDir(), "fetched")
	if _, err := f.store.Fetch(f.Context(), Out, key, path); err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// refused wants an ObjectError about that object.
func (f *fixture) refused(err error, want object.Problem, bucket, key string) {
	f.Helper()
	e, ok := errors.AsType[*object.Error](err)
	if !ok || e.Problem != want || e.Object != (object.Key{Bucket: bucket, Key: key}) {
		f.Errorf("error %v, want %q for bucket %q, key %q", err, want, bucket, key)
	}
}

func (f *fixture) keys(bucket, prefix string) []string {
	f.Helper()
	found, err := f.store.List(f.Context(), bucket, prefix)
	if err != nil {
		f.Fatalf("List: %v", err)
	}
	keys := []string{}
	for _, o := range found {
		keys = append(keys, o.Key)
	}
	return keys
}

func (f *fixture) wantKeys(bucket, prefix string, want ...string) {
	f.Helper()
	if got := f.keys(bucket, prefix); !slices.Equal(got, want) {
		f.Errorf("List(%q) = %q, want %q", prefix, got, want)
	}
}

func buckets(f *fixture) {
	for bucket, want := range map[string]bool{
		In: true, Out: true, "objtest-none": false, "": false, ".": false, "..": false, ".reelastic": false,
		In + "/": false, "../" + In: false, In + "/..": false, "a\x00": false, strings.Repeat("b", 256): false,
	} {
		if got, err := f.store.BucketExists(f.Context(), bucket); got != want || err != nil {
			f.Errorf("BucketExists(%q) = %t, %v", bucket, got, err)
		}
		if want {
			continue
		}
		_, err := f.store.Stat(f.Context(), bucket, "k")
		f.refused(err, object.NoBucket, bucket, "k")
		_, err = f.store.Fetch(f.Context(), bucket, "k", filepath.Join(f.TempDir(), "x"))
		f.refused(err, object.NoBucket, bucket, "k")
		err = f.store.Put(f.Context(), bucket, "k", f.file("x"), by("job/1"))
		f.refused(err, object.NoBucket, bucket, "k")
		f.refused(f.store.Delete(f.Context(), bucket, "k"), object.NoBucket, bucket, "k")
		_, err = f.store.List(f.Context(), bucket, "")
		f.refused(err, object.NoBucket, bucket, "")
		_, err = f.store.Exists(f.Context(), bucket, "k")
		f.refused(err, object.NoBucket, bucket, "")
	}
}

func roundTrip(f *fixture) {
	for key, content := range map[string]string{"movie.mp4": "moov", "a/b/c.ts": "sync", "empty": "",
		"ü/日本 語.txt": "x"} {
		f.put(Out, key, content, by("1502631977930-rabioh/1"))
		if got := f.read(key); got != content {
			f.Errorf("%q holds %q, want %q", key, got, content)
		}
		info, err := f.store.Stat(f.Context(), Out, key)
		if err != nil || info.Key != key || info.SizeBytes != int64(len(content)) ||
			info.Owner.String() != "1502631977930-rabioh/1" || info.Modified.IsZero() {
			f.Errorf("Stat(%q) = %+v, %v", key, info, err)
		}
		_, err = f.store.Stat(f.Context(), In, key)
		f.refused(err, object.NoObject, In, key)
	}
}

// What is in no file is put as a file is.
func putContent(f *fixture) {
	put := func(bucket, key, content string, opts object.PutOptions) error {
		return f.store.PutContent(f.Context(), bucket, key, []byte(content), opts)
	}
	for key, content := range map[string]string{"a/film.key": "0123456789abcdef", "empty": ""} {
		if err := put(Out, key, content, by("job/1")); err != nil {
			f.Fatalf("PutContent %q: %v", key, err)
		}
		info, err := f.store.Stat(f.Context(), Out, key)
		if got := f.read(key); got != content || err != nil || info.Owner.String() != "job/1" ||
			info.ContentType != f.store.ContentType(key, "") {
			f.Errorf("%q holds %q, %+v, %v", key, got, info, err)
		}
		f.refused(put(Out, key, "other", by("other/1")), object.Exists, Out, key)
		if got := f.read(key); got != content {
			f.Errorf("%q holds %q after it was refused to another job", key, got)
		}
	}
	f.refused(put("objtest-none", "k", "x", by("job/1")), object.NoBucket, "objtest-none", "k")
	f.refused(put(Out, "", "x", by("job/1")), object.BadKey, Out, "")
	canceled, cancel := context.WithCancel(f.Context())
	cancel()
	if err := f.store.PutContent(canceled, Out, "late", []byte("x"), by("job/1")); !errors.Is(err, context.Canceled) {
		f.Errorf("after the end of its context: %v", err)
	}
	f.wantKeys(Out, "", "a/film.key", "empty")
}

// The caller removes its local files, on either side, without effect.
func fetchLeavesObject(f *fixture) {
	local := f.file("content")
	if err := f.store.Put(f.Context(), Out, "k", local, by("job/1")); err != nil {
		f.Fatal(err)
	}
	fetched := filepath.Join(f.TempDir(), "in0")
	info, err := f.store.Fetch(f.Context(), Out, "k", fetched)
	if err != nil || info.SizeBytes != 7 || info.Owner.String() != "job/1" || info.Key != "k" {
		f.Errorf("Fetch: %+v, %v", info, err)
	}
	if st, err := os.Lstat(fetched); err != nil || !st.Mode().IsRegular() {
		f.Errorf("fetched file: %v, %v; want a regular file", st, err)
	}
	if err := errors.Join(os.Remove(local), os.Remove(fetched)); err != nil {
		f.Fatal(err)
	}
	if got := f.read("k"); got != "content" {
		f.Errorf("object holds %q", got)
	}
}

func fetchOntoFile(f *fixture) {
	f.put(Out, "k", "content", by("job/1"))
	local := f.file("mine")
	if _, err := f.store.Fetch(f.Context(), Out, "k", local); err == nil {
		f.Error("Fetch took the place of a local file")
	}
	if text, err := os.ReadFile(local); string(text) != "mine" || err != nil {
		f.Errorf("local file holds %q, %v", text, err)
	}
}

func contentType(f *fixture) {
	f.put(Out, "a.m3u8", "x", by("job/1"))
	f.put(Out, "given", "x", object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}, ContentType: "video/mp2t"})
	f.put(Out, "unknown", "x", by("job/1"))
	const vector = "c2l4dGVlbiBieXRlcyBpdg=="
	f.put(Out, "sealed", "x", object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}, Vector: vector})
	for key, want := range map[string]string{"given": "", "sealed": vector} {
		if info, err := f.store.Stat(f.Context(), Out, key); err != nil || info.Vector != want {
			f.Errorf("%s: vector %q, %v; want %q", key, info.Vector, err, want)
		}
	}
	if got := f.store.ContentType("/output/400k", "ts"); got != "video/mp2t" {
		f.Errorf("ContentType = %q", got)
	}
	for key, want := range map[string]string{
		"a.m3u8": "application/vnd.apple.mpegurl", "given": "video/mp2t", "unknown": objstore.DefaultContentType,
	} {
		if info, err := f.store.Stat(f.Context(), Out, key); err != nil || info.ContentType != want {
			f.Errorf("%s: content type %q, %v; want %q", key, info.ContentType, err, want)
		}
	}
}

func missing(f *fixture) {
	f.put(Out, "a/b", "x", by("job/1"))
	for _, key := range f.storable("none", "a", "a/b/c", "a/b/", "a/", "/a/b", "a//b") {
		_, err := f.store.Stat(f.Context(), Out, key)
		f.refused(err, object.NoObject, Out, key)
		local := filepath.Join(f.TempDir(), "x")
		_, err = f.store.Fetch(f.Context(), Out, key, local)
		f.refused(err, object.NoObject, Out, key)
		if _, err := os.Lstat(local); err == nil {
			f.Errorf("a failed Fetch of %q left a file", key)
		}
	}
}

func noOverwrite(f *fixture) {
	f.put(Out, "k", "first", by("job-a/1"))
	for _, opts := range []object.PutOptions{
		{}, by("job-a/1"), by("job-a/2"), by("job-b/1"),
		{Owner: object.Owner{Job: "job-b", Attempt: 2}, ReplaceJob: "job-b"},
		{Owner: object.Owner{Job: "job-b", Attempt: 2}, ReplaceJob: "job-a"},
		{Owner: object.Owner{Job: "job-a", Attempt: 1}, ReplaceJob: "job-a"},
	} {
		err := f.store.Put(f.Context(), Out, "k", f.file("second"), opts)
		f.refused(err, object.Exists, Out, "k")
	}
	if got := f.read("k"); got != "first" {
		f.Errorf("object holds %q", got)
	}
	if info, err := f.store.Stat(f.Context(), Out, "k"); err != nil || info.Owner.String() != "job-a/1" {
		f.Errorf("Stat: %+v, %v", info, err)
	}
	f.wantKeys(Out, "", "k")
}

func replace(f *fixture) {
	f.put(Out, "k", "first", by("job/1"))
	f.put(Out, "k", "the second",
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 2}, ReplaceJob: "job", ContentType: "video/mp4"})
	if got := f.read("k"); got != "the second" {
		f.Errorf("object holds %q", got)
	}
	if info, err := f.store.Stat(f.Context(), Out, "k"); err != nil || info.Owner.String() != "job/2" ||
		info.ContentType != "video/mp4" {
		f.Errorf("Stat: %+v, %v", info, err)
	}
	err := f.store.Put(f.Context(), Out, "k", f.file("late"),
		object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 1}, ReplaceJob: "job"})
	f.refused(err, object.Exists, Out, "k")

	f.put(Out, "k", "third", object.PutOptions{Owner: object.Owner{Job: "other", Attempt: 1}, Overwrite: true})
	if got := f.read("k"); got != "third" {
		f.Errorf("object holds %q", got)
	}
	if info, err := f.store.Stat(f.Context(), Out, "k"); err != nil || info.Owner.String() != "other/1" {
		f.Errorf("Stat: %+v, %v", info, err)
	}
}

func exists(f *fixture) {
	f.put(Out, "b", "x", by("job/1"))
	f.put(Out, "c/d", "xyz", by("job/2"))
	for _, c := range []struct {
		keys []string
		want string // key and owner
	}{
		{nil, ""}, {[]string{"a", "c", "b/x"}, ""}, {[]string{"a", "b", "c/d"}, "b job/1"},
		{[]string{"c/d", "b"}, "c/d job/2"},
	} {
		info, err := f.store.Exists(f.Context(), Out, c.keys...)
		got := ""
		if info != nil {
			got = info.Key + " " + info.Owner.String()
		}
		if err != nil || got != c.want {
			f.Errorf("Exists(%q) = %q, %v; want %q", c.keys, got, err, c.want)
		}
	}
}

func list(f *fixture) {
	f.wantKeys(Out, "")
	for _, key := range []string{"b", "a/2", "a/1", "a!", "ab/c"} {
		f.put(Out, key, key, by("job/1"))
	}
	f.wantKeys(Out, "", "a!", "a/1", "a/2", "ab/c", "b")
	f.wantKeys(Out, "a/", "a/1", "a/2")
	f.wantKeys(Out, "a/1", "a/1")
	f.wantKeys(Out, "none")
	f.wantKeys(In, "")
	found, err := f.store.List(f.Context(), Out, "ab")
	if err != nil || len(found) != 1 || found[0].SizeBytes != 4 {
		f.Errorf("List: %+v, %v", found, err)
	}
}

func deleteObject(f *fixture) {
	f.put(Out, "a/b/c", "x", by("job/1"))
	f.put(Out, "a/d", "x", by("job/1"))
	for _, key := range []string{"none", "a/b", "a", "a/b/c/d", "a/b/c"} {
		if err := f.store.Delete(f.Context(), Out, key); err != nil {
			f.Errorf("Delete(%q): %v", key, err)
		}
	}
	f.wantKeys(Out, "", "a/d")

	// Nothing of the old object clings to a new one, nor its folder to a new key.
	f.put(Out, "a/b", "new", by("job-b/1"))
	if info, err := f.store.Stat(f.Context(), Out, "a/b"); err != nil || info.Owner.String() != "job-b/1" {
		f.Errorf("Stat: %+v, %v", info, err)
	}
}

// Clients use keys that look like no path, above all with a leading slash.
// Each is an object of its own.
func oddKeys(f *fixture) {
	keys := f.storable("/output/400k", "output/400k", "//output/400k", "output//400k", "a b+c&d", "%2Foutput",
		"%-/output/400k",
		"%+x", "%=x", "x%-", "~", "-rf", "a\nb", "*?[x]", "\\", "C:x", strings.Repeat("l", 255),
		"d/"+strings.Repeat("é", 127)+".m4")
	for _, key := range keys {
		f.put(Out, key, key, by("job/1"))
	}
	for _, key := range keys {
		if got := f.read(key); got != key {
			f.Errorf("%q holds %q", key, got)
		}
	}
	slices.Sort(keys)
	f.wantKeys(Out, "", keys...)
	for _, key := range keys {
		if err := f.store.Delete(f.Context(), Out, key); err != nil {
			f.Errorf("Delete(%q): %v", key, err)
		}
	}
	f.wantKeys(Out, "")
}

// A store takes these keys and gives them back, or refuses them; they lead
// nowhere else in either case.
func badKeys(f *fixture) {
	f.put(In, "secret", "secret", by("job/1"))
	for _, key := range f.storable("../"+In+"/secret", "../new", "..", ".", "./x", "x/../y", "x/./y",
		"/../"+In+"/secret", "a/", "/",
		"nul\x00", strings.Repeat("l", 256), strings.Repeat("long", 250), strings.Repeat("/", 200)) {
		if _, err := f.store.Stat(f.Context(), Out, key); err == nil {
			f.Errorf("Stat(%q) found an object", key)
		}
		err := f.store.Put(f.Context(), Out, key, f.file("content"), by("job/1"))
		if err != nil {
			f.refused(err, object.BadKey, Out, key)
			continue
		}
		if got := f.read(key); got != "content" {
			f.Errorf("%q holds %q", key, got)
		}
		f.wantKeys(Out, "", key)
		if err := f.store.Delete(f.Context(), Out, key); err != nil {
			f.Errorf("Delete(%q): %v", key, err)
		}
	}
	for _, key := range []string{"", strings.Repeat("k", 1025)} {
		f.refused(f.store.Put(f.Context(), Out, key, f.file("x"), by("job/1")), object.BadKey, Out, key)
		_, err := f.store.Stat(f.Context(), Out, key)
		f.refused(err, object.NoObject, Out, key)
	}
	f.wantKeys(Out, "")
	f.wantKeys(In, "", "secret")
}

// What is no regular file cannot be published.
func badFiles(f *fixture) {
	link := filepath.Join(f.TempDir(), "link")
	if err := os.Symlink(f.file("x"), link); err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{link, f.TempDir(), filepath.Join(f.TempDir(), "none")} {
		if err := f.store.Put(f.Context(), Out, "k", path, by("job/1")); err == nil {
			f.Errorf("Put took %s", path)
		}
	}
	f.wantKeys(Out, "")
}

func canceled(f *fixture) {
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	if err := f.store.Put(ctx, Out, "k", f.file("x"), by("job/1")); !errors.Is(err, context.Canceled) {
		f.Errorf("Put: %v, want context.Canceled", err)
	}
	f.wantKeys(Out, "")
}

func oneWriterWins(f *fixture) {
	const writers = 16
	errs := make([]error, writers)
	files := make([]string, writers)
	for i := range files {
		files[i] = f.file(fmt.Sprint("writer ", i))
	}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			errs[i] = f.store.Put(f.Context(), Out, "deep/in/folders/k", files[i], by(fmt.Sprintf("job-%d/1", i)))
		})
	}
	wg.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err != nil:
			f.refused(err, object.Exists, Out, "deep/in/folders/k")
		case winner >= 0:
			f.Errorf("writers %d and %d both won", winner, i)
		default:
			winner = i
		}
	}
	if got, want := f.read("deep/in/folders/k"), fmt.Sprint("writer ", winner); got != want {
		f.Errorf("object holds %q, want %q", got, want)
	}
	if info, err := f.store.Stat(f.Context(), Out, "deep/in/folders/k"); err != nil ||
		info.Owner.String() != fmt.Sprintf("job-%d/1", winner) {
		f.Errorf("Stat: %+v, %v", info, err)
	}
}

// Readers see nothing, or one whole version, while attempts replace each other.
func neverPartial(f *fixture) {
	const attempts, size = 20, 300_000
	files := make([]string, attempts)
	for i := range files {
		files[i] = f.file(strings.Repeat(string(rune('a'+i)), size))
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				text, err := f.tryRead("k")
				switch _, absent := errors.AsType[*object.Error](err); {
				case err != nil && !absent:
					f.Errorf("Fetch: %v", err)
				case err == nil && (len(text) != size || bytes.Count([]byte(text), []byte(text[:1])) != size):
					f.Errorf("a reader saw %d bytes, not all %.1q", len(text), text)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i, file := range files {
		opts := object.PutOptions{Owner: object.Owner{Job: "job", Attempt: i + 1}, ReplaceJob: "job"}
		if err := f.store.Put(f.Context(), Out, "k", file, opts); err != nil {
			f.Errorf("attempt %d: %v", i+1, err)
		}
	}
	close(done)
	wg.Wait()
}

// A Delete that empties a folder does not disturb a Put into it.
func putBesideDelete(f *fixture) {
	if f.paths {
		f.Skip("the folders are the server's own affair")
	}
	const rounds = 30
	var wg sync.WaitGroup
	for w := range 4 {
		file := f.file("x")
		wg.Go(func() {
			key := fmt.Sprintf("a/b/%d", w)
			for range rounds {
				if err := f.store.Put(f.Context(), Out, key, file, by("job/1")); err != nil {
					f.Errorf("Put: %v", err)
				}
				if err := f.store.Delete(f.Context(), Out, key); err != nil {
					f.Errorf("Delete: %v", err)
				}
			}
		})
	}
	wg.Wait()
	f.wantKeys(Out, "")
}

func sweepKeepsObjects(f *fixture) {
	f.put(Out, "k", "x", by("job/1"))
	if err := f.store.Sweep(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.wantKeys(Out, "", "k")
	f.put(Out, "l", "y", by("job/1")) // the store works on
}
