package s3_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/objtest"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
)

const keyARN = "arn:aws:kms:eu-west-1:000000000000:key/11111111-2222-3333-4444-555555555555"

// TestHeaders looks at what a server is told of an object: with one request, and
// with the one that begins a multipart upload.
func TestHeaders(t *testing.T) {
	t.Parallel()
	all := object.Storage{
		Class: "ReducedRedundancy",
		Grants: []object.Grant{
			{Type: "Group", Grantee: "AllUsers", Access: []string{"Read"}},
			{Type: "Group", Grantee: "LogDelivery", Access: []string{"WriteAcp"}},
			{Type: "Canonical", Grantee: "79a59df900b949e5", Access: []string{"Read", "ReadAcp", "Read"}},
			{Type: "Email", Grantee: "a@example.com", Access: []string{"FullControl"}},
		},
		Encryption: object.Encryption{Mode: "s3-aws-kms", KeyARN: keyARN},
	}
	for _, c := range []struct {
		name    string
		storage object.Storage
		want    map[string]string
	}{
		{"nothing", object.Storage{}, map[string]string{}},
		{"s3", object.Storage{Class: "Standard", Encryption: object.Encryption{Mode: "s3"}},
			map[string]string{"storage-class": "STANDARD", "server-side-encryption": "AES256"}},
		{"service key", object.Storage{Encryption: object.Encryption{Mode: "s3-aws-kms"}},
			map[string]string{"server-side-encryption": "aws:kms"}},
		{"all", all, map[string]string{
			"storage-class": "REDUCED_REDUNDANCY", "server-side-encryption": "aws:kms",
			"server-side-encryption-aws-kms-key-id": keyARN,
			"grant-read": `uri="http://acs.amazonaws.com/groups/global/AllUsers",` +
				`id="79a59df900b949e5"`,
			"grant-read-acp":     `id="79a59df900b949e5"`,
			"grant-write-acp":    `uri="http://acs.amazonaws.com/groups/s3/LogDelivery"`,
			"grant-full-control": `emailAddress="a@example.com"`,
		}},
	} {
		for kind, size := range map[string]int{"single": 10, "multipart": 17 << 20} {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				t.Parallel()
				if got := told(t, size, c.storage); !cmp.Equal(got, c.want) {
					t.Error(cmp.Diff(c.want, got))
				}
			})
		}
	}
}

// told is what the first request of a write says of the object.
func told(t *testing.T, size int, storage object.Storage) map[string]string {
	var once sync.Once
	said := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if absent(w, r) {
			return
		}
		once.Do(func() {
			for _, name := range []string{"storage-class", "server-side-encryption",
				"server-side-encryption-aws-kms-key-id", "acl",
				"grant-read", "grant-read-acp", "grant-write-acp", "grant-write", "grant-full-control"} {
				if v := r.Header.Get("x-amz-" + name); v != "" {
					said[name] = v
				}
			}
			if r.Header.Get("Content-Type") != "video/mp4" || r.Header.Get("x-amz-meta-reelastic-owner") != "job/1" {
				t.Errorf("headers %v", r.Header)
			}
		})
		s3test.Answer(w, http.StatusForbidden, "AccessDenied")
	}))
	defer server.Close()
	opts := by("job/1")
	opts.Storage = storage
	err := openAt(t, server.URL, &uploads{}).Put(t.Context(), objtest.Out, "k.mp4", sized(t, size), opts)
	wantProblem(t, err, object.MayNotWrite)
	return said
}

// absent answers who looks for objects: there are none in the bucket.
func absent(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodHead && strings.Trim(r.URL.Path, "/") != objtest.Out {
		w.WriteHeader(http.StatusNotFound)
	}
	return r.Method == http.MethodHead
}

// TestRefusals gives the errors of S3 as the client reads them; those about the credentials
// of this machine are not for clients.
func TestRefusals(t *testing.T) {
	t.Parallel()
	foreign := by("job/1")
	foreign.Storage.Encryption = object.Encryption{Mode: "s3-aws-kms", KeyARN: keyARN}
	for _, c := range []struct {
		status int
		code   string
		opts   object.PutOptions
		want   int // 0 is a store that can't be used
	}{
		{http.StatusNotFound, "NoSuchBucket", by("job/1"), 3005},
		{http.StatusForbidden, "AccessDenied", by("job/1"), 3004},
		{http.StatusForbidden, "InvalidAccessKeyId", by("job/1"), 0},
		{http.StatusForbidden, "SignatureDoesNotMatch", by("job/1"), 0},
		{http.StatusBadRequest, "AccessControlListNotSupported", by("job/1"), 3000},
		{http.StatusBadRequest, "KeyTooLongError", by("job/1"), 3000},
		{http.StatusConflict, "ObjectParentIsFile", by("job/1"), 3000},
		{http.StatusConflict, "XMinioObjectExistsAsDirectory", by("job/1"), 3000},
		{http.StatusBadRequest, "KMS.NotFoundException", foreign, 3006},
		{http.StatusForbidden, "AccessDenied", foreign, 3004},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if absent(w, r) {
				return
			}
			s3test.Answer(w, c.status, c.code)
		}))
		err := openAt(t, server.URL, &uploads{}).Put(t.Context(), objtest.Out, "k", sized(t, 1), c.opts)
		server.Close()
		got := -1
		if f := failure(err); f != nil {
			got = f.Code
		} else if errors.Is(err, object.ErrUnusable) {
			got = 0
		}
		if got != c.want {
			t.Errorf("%s: %v, want %d", c.code, err, c.want)
		}
	}
}

// flat is a server that keeps whole objects by their keys, whatever these look
// like, and does not look at conditions.
type flat struct {
	mu      sync.Mutex
	objects map[string]http.Header // by escaped path
	status  int                    // of a conditional write, if not 200
}

func (f *flat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key, ok := strings.CutPrefix(r.URL.Path, "/"+objtest.Out+"/")
	found := f.objects[key]
	switch {
	case !ok:
	case r.Method == http.MethodPut && r.Header.Get("If-None-Match") != "" && f.status != 0:
		s3test.Answer(w, f.status, "NotImplemented")
	case r.Method == http.MethodPut:
		f.objects[key] = r.Header
	case found == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		for name, values := range found {
			if strings.HasPrefix(name, "X-Amz-Meta-") {
				w.Header()[name] = values
			}
		}
		w.Header().Set("ETag", `"x"`)
	}
}

// TestNoConditions writes to endpoints that overlook conditions or refuse them: an
// object that stands there is not replaced all the same.
func TestNoConditions(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, http.StatusNotImplemented} {
		server := httptest.NewServer(&flat{objects: map[string]http.Header{}, status: status})
		defer server.Close()
		store := openAt(t, server.URL, &uploads{})
		for key := range 3 {
			name := string(rune('a' + key))
			if err := store.Put(t.Context(), objtest.Out, name, sized(t, 1), by("job/1")); err != nil {
				t.Fatalf("%d: %v", status, err)
			}
			wantProblem(t, store.Put(t.Context(), objtest.Out, name, sized(t, 1), by("other/1")), object.Exists)
			again := object.PutOptions{Owner: object.Owner{Job: "job", Attempt: 2}, ReplaceJob: "job"}
			if err := store.Put(t.Context(), objtest.Out, name, sized(t, 1), again); err != nil {
				t.Errorf("%d: %v", status, err)
			}
			if info, err := store.Stat(t.Context(), objtest.Out, name); err != nil || info.Owner.String() != "job/2" {
				t.Errorf("%d: %+v, %v", status, info, err)
			}
		}
	}
}

// TestKeysOnTheWire sends keys that look like no path to a server that takes them
// as they come.
func TestKeysOnTheWire(t *testing.T) {
	t.Parallel()
	server := &flat{objects: map[string]http.Header{}}
	endpoint := httptest.NewServer(server)
	defer endpoint.Close()
	store := openAt(t, endpoint.URL, &uploads{})
	keys := []string{"/lead", "//two", "a//b", "a b+c&d=e", "100%", "%2F", "ü/日本", "?x=#y", "a/", "..", "../x", "./y",
		"z/../y", strings.Repeat("k", 1024)}
	for _, key := range keys {
		if err := store.Put(t.Context(), objtest.Out, key, sized(t, 1), by("job/1")); err != nil {
			t.Errorf("Put(%q): %v", key, err)
		}
		if _, err := store.Stat(t.Context(), objtest.Out, key); err != nil {
			t.Errorf("Stat(%q): %v", key, err)
		}
		if server.objects[key] == nil {
			t.Errorf("%q came to be another key", key)
		}
	}
	if len(server.objects) != len(keys) {
		t.Errorf("%d objects of %d keys", len(server.objects), len(keys))
	}
}
