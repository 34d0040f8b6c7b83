package s3_test

import (
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/objtest"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
)

// TestMain lets the tests reach servers by the names of their buckets.
func TestMain(m *testing.M) {
	proxy := s3test.Names()
	if err := os.Setenv("HTTP_PROXY", proxy.URL); err != nil { // read once, and not used for loopback
		panic(err)
	}
	code := m.Run()
	proxy.Close()
	os.Exit(code)
}

// TestHostContract reaches every bucket by a host of its name.
func TestHostContract(t *testing.T) {
	t.Parallel()
	objtest.RunPaths(t, func(t *testing.T) objtest.Store {
		cfg, err := s3.ParseConfig("s3://?path-style=false&endpoint="+serveBoth(t).Named(), s3test.Region)
		if err != nil {
			t.Fatal(err)
		}
		return openAs(t, cfg, keys{}, &uploads{})
	})
}

// exchange writes an object, small or in parts, and reads it.
func exchange(t *testing.T, store *s3.Store, bucket string, size int) {
	t.Helper()
	key := path.Base(t.Name())
	if err := store.Put(t.Context(), bucket, key, sized(t, size), by("job/1")); err != nil {
		t.Fatal(err)
	}
	if info, err := store.Fetch(t.Context(), bucket, key, filepath.Join(t.TempDir(), "fetched")); err != nil ||
		info.SizeBytes != int64(size) {
		t.Fatalf("%d bytes, %v", info.SizeBytes, err)
	}
}

// TestHostOfBucket looks at what stands in the address of an object, in either style.
func TestHostOfBucket(t *testing.T) {
	t.Parallel()
	server := serve(t)
	var mu sync.Mutex
	hosts := map[string]bool{}
	endpoint := server.Proxy(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		mu.Lock()
		if r.Method == http.MethodPut {
			hosts[strings.Split(r.Host, ":")[0]+r.URL.Path] = true
		}
		mu.Unlock()
		pass.ServeHTTP(w, r)
	})
	for _, style := range []string{"true", "false"} {
		cfg, err := s3.ParseConfig("s3://?path-style="+style+"&endpoint="+strings.Replace(endpoint, "127.0.0.1",
			s3test.Domain, 1), s3test.Region)
		if err != nil {
			t.Fatal(err)
		}
		if err := openAs(t, cfg, keys{}, &uploads{}).Put(t.Context(), objtest.Out, style, sized(t, 1),
			by("job/1")); err != nil {
			t.Error(err)
		}
	}
	want := []string{objtest.Out + "." + s3test.Domain + "/false", s3test.Domain + "/" + objtest.Out + "/true"}
	if got := slices.Sorted(maps.Keys(hosts)); !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
}

// TestCA reaches an endpoint with a certificate that only the file of the setting
// makes good.
func TestCA(t *testing.T) {
	t.Parallel()
	server := serve(t)
	endpoint, ca := server.TLSProxy(t,
		func(w http.ResponseWriter, r *http.Request, pass http.Handler) { pass.ServeHTTP(w, r) })
	open := func(setting string) *s3.Store {
		cfg, err := s3.ParseConfig("s3://?endpoint="+endpoint+setting, s3test.Region)
		if err != nil {
			t.Fatal(err)
		}
		return openAs(t, cfg, keys{}, &uploads{})
	}
	for name, size := range map[string]int{"small": 10, "parts": 17 << 20} {
		t.Run(name, func(t *testing.T) { exchange(t, open("&ca="+ca), objtest.Out, size) })
	}
	if _, err := open("").BucketExists(t.Context(), objtest.Out); err == nil ||
		!strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the certificate: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{empty: "ca: " + empty + " holds no certificate (PEM)",
		empty + "2": "ca: open " + empty + "2: no such file or directory"} {
		if _, err := s3.Open(s3.Config{CAFile: file}, keys{}, &uploads{}, nil); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestRegionIsLearned signs for another region than the bucket's, as each of the ways
// in which S3 says so is answered: every request is then repeated, the first only.
func TestRegionIsLearned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, code string
		status     int
		told       func(*http.Request) bool // whether the answer names the region
	}{
		{"moved", "PermanentRedirect", http.StatusMovedPermanently, func(*http.Request) bool { return true }},
		{"malformed", "AuthorizationHeaderMalformed", http.StatusBadRequest, func(*http.Request) bool { return true }},
		{"told of buckets only", "AuthorizationHeaderMalformed", http.StatusBadRequest,
			func(r *http.Request) bool { return r.Method == http.MethodHead }},
	} {
		for kind, size := range map[string]int{"small": 10, "parts": 17 << 20} {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				t.Parallel()
				server := serve(t)
				var mu sync.Mutex
				astray := 0
				endpoint := server.Proxy(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
					if strings.Contains(r.Header.Get("Authorization"), "/"+s3test.Region+"/s3/") {
						pass.ServeHTTP(w, r)
						return
					}
					mu.Lock()
					astray++
					mu.Unlock()
					if c.told(r) {
						w.Header().Set("X-Amz-Bucket-Region", s3test.Region)
					}
					s3test.Answer(w, c.status, c.code)
				})
				cfg, err := s3.ParseConfig("s3://?endpoint="+endpoint, "eu-west-1")
				if err != nil {
					t.Fatal(err)
				}
				store := openAs(t, cfg, keys{}, &uploads{})
				opts := by("job/1")
				opts.Overwrite = true // the first request is the one with the object, or for it
				if err := store.Put(t.Context(), objtest.Out, "k", sized(t, size), opts); err != nil {
					t.Fatal(err)
				}
				exchange(t, store, objtest.Out, size)
				if region, err := store.Region(t.Context(), objtest.Out); err != nil || region != s3test.Region {
					t.Errorf("the region is %q, %v", region, err)
				}
				if astray > 2 {
					t.Errorf("%d requests were signed for another region", astray)
				}
			})
		}
	}
}

// TestPlacesOfBuckets has a bucket at an endpoint of its own, in another region.
func TestPlacesOfBuckets(t *testing.T) {
	t.Parallel()
	here, there := s3test.Start(t), s3test.Start(t)
	here.Bucket(t, objtest.In)
	there.Bucket(t, objtest.Out)
	cfg, err := s3.ParseConfig("s3://?region=eu-west-1"+
		"&bucket."+objtest.In+".region="+s3test.Region+"&endpoint="+here.Endpoint+
		"&bucket."+objtest.Out+".region="+s3test.Region+"&bucket."+objtest.Out+".endpoint="+there.Endpoint, "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	store := openAs(t, cfg, keys{}, &uploads{})
	for bucket, server := range map[string]*s3test.Server{objtest.In: here, objtest.Out: there} {
		exchange(t, store, bucket, 10)
		if _, err := os.Stat(filepath.Join(server.Folder, bucket, path.Base(t.Name()))); err != nil {
			t.Error(err)
		}
	}
}

// TestOddKeysOnFiles asks a server that keeps objects as files for keys which look
// like no path of a file. What it takes it gives back under the same key, whatever it
// refuses is told with its reason, and nothing comes to lie outside of the bucket.
func TestOddKeysOnFiles(t *testing.T) {
	t.Parallel()
	server := serveBoth(t)
	store := openAt(t, server.Endpoint, &uploads{})
	if err := store.Put(t.Context(), objtest.In, "secret", sized(t, 3), by("job/1")); err != nil {
		t.Fatal(err)
	}
	taken := 0
	keys := []string{"/lead", "//two", "c//d", "e/", "a b+c&d=e", "100%", "%2F", "ü/日本", "?x=#y", ".hidden", "..", ".",
		"../" + objtest.In + "/secret",
		"/../" + objtest.In + "/new", "./y", "z/../y2", "nul\x00", strings.Repeat("k", 1024),
		strings.Repeat(strings.Repeat("k", 200)+"/", 5) + "1024 bytes of key"}
	for i, key := range keys {
		size := 10 + i
		err := store.Put(t.Context(), objtest.Out, key, sized(t, size), by("job/1"))
		if err != nil {
			if f := failure(err); f == nil || f.Code != 3000 {
				t.Errorf("Put(%q): %v, want 3000", key, err)
			}
			continue
		}
		taken++
		info, err := store.Fetch(t.Context(), objtest.Out, key, filepath.Join(t.TempDir(), "fetched"))
		if err != nil || info.SizeBytes != int64(size) {
			t.Errorf("%q: %d bytes, %v", key, info.SizeBytes, err)
		}
		wantProblem(t, store.Put(t.Context(), objtest.Out, key, sized(t, 1), by("other/1")), object.Exists)
	}
	for _, key := range []string{"file", "folder/file"} {
		if err := store.Put(t.Context(), objtest.In, key, sized(t, 3), by("job/1")); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"file/x", "folder"} {
		wantProblem(t, store.Put(t.Context(), objtest.In, key, sized(t, 1), by("job/1")), object.BadKey)
	}
	if taken < 10 {
		t.Errorf("%d of %d keys were taken", taken, len(keys))
	}
	if all, err := store.List(t.Context(), objtest.In, ""); err != nil || len(all) != 3 ||
		slices.ContainsFunc(all, func(o object.Info) bool { return o.SizeBytes != 3 }) {
		t.Errorf("beside the bucket: %v, %v", all, err)
	}
}
