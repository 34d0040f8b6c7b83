package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	aws "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/objtest"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/internal/transcode"
)

func by(owner string) object.PutOptions {
	return object.PutOptions{Owner: object.ParseOwner(owner), ContentType: "video/mp4"}
}

// sized is a file of that many bytes, which do not repeat.
func sized(t *testing.T, bytes int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{1}), int64(bytes))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func failure(err error) *transcode.Failure {
	if refused, ok := errors.AsType[*object.Error](err); ok {
		return transcode.ObjectFailure(refused)
	}
	return nil
}

func wantProblem(t *testing.T, err error, want object.Problem) {
	t.Helper()
	if e, ok := errors.AsType[*object.Error](err); !ok || e.Problem != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func serve(t *testing.T) *s3test.Server {
	t.Helper()
	server := s3test.Start(t)
	server.Bucket(t, objtest.Out)
	return server
}

// nothingLeft wants no upload to be open once those are swept that failed, whose
// last parts may still be on their way.
func nothingLeft(t *testing.T, server *s3test.Server, u *uploads) {
	t.Helper()
	service := openAt(t, server.Endpoint, u)
	u.left = slices.Collect(maps.Values(u.open))
	for within := time.After(10 * time.Second); ; {
		if err := service.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		keys := server.Uploads(t, objtest.Out)
		if len(keys) == 0 && len(u.open) == 0 {
			return
		}
		select {
		case <-within:
			t.Fatalf("uploads of %q are left, %d are remembered", keys, len(u.open))
		default:
		}
	}
}

// TestFaults has every third request answered with 503, once with credentials that
// are said to have ended, and connections break in the middle, either way.
func TestFaults(t *testing.T) {
	t.Parallel()
	server, u := serve(t), &uploads{}
	var requests atomic.Int32
	endpoint := server.Proxy(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		switch n := requests.Add(1); {
		case n == 4:
			s3test.Answer(w, http.StatusBadRequest, "ExpiredToken")
		case n%3 == 0:
			s3test.Answer(w, http.StatusServiceUnavailable, "SlowDown")
		case n%4 == 1 && r.Method == http.MethodPut:
			_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
			panic(http.ErrAbortHandler)
		case n%4 == 1 && r.Method == http.MethodGet:
			pass.ServeHTTP(&s3test.Cut{ResponseWriter: w, Left: 5 << 20}, r)
		default:
			pass.ServeHTTP(w, r)
		}
	})
	store, file, fetched := openAt(t, endpoint, u), sized(t, 50<<20), filepath.Join(t.TempDir(), "fetched")
	if err := store.Put(t.Context(), objtest.Out, "k", file, by("job/1")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Fetch(t.Context(), objtest.Out, "k", fetched); err != nil {
		t.Fatal(err)
	}
	sent, err := os.ReadFile(file)
	got, err2 := os.ReadFile(fetched)
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(sent, got) {
		t.Errorf("%d bytes came back as %d others, %v", len(sent), len(got), err)
	}
	nothingLeft(t, server, u)
}

// TestLostAnswer loses the answer to the request that makes the object: the one
// that is sent again is refused, and the object is the writer's own.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"single": 100 << 10, "multipart": 17 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, u := serve(t), &uploads{}
			var lost sync.Once
			endpoint := server.Proxy(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
				query := r.URL.Query()
				if r.Method == http.MethodPut && !query.Has("partNumber") || r.Method == http.MethodPost &&
					query.Has("uploadId") {
					lost.Do(func() { w = &s3test.Cut{ResponseWriter: w} })
				}
				pass.ServeHTTP(w, r)
			})
			if err := openAt(t, endpoint, u).Put(t.Context(), objtest.Out, "k", sized(t, size),
				by("job/1")); err != nil {
				t.Error(err)
			}
			nothingLeft(t, server, u)
		})
	}
}

// TestCanceledUpload ends the context when the second part is on its way.
func TestCanceledUpload(t *testing.T) {
	t.Parallel()
	server, u := serve(t), &uploads{}
	ctx, cancel := context.WithCancel(t.Context())
	endpoint := server.Proxy(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.URL.Query().Get("partNumber") == "2" {
			cancel()
		}
		pass.ServeHTTP(w, r)
	})
	store := openAt(t, endpoint, u)
	if err := store.Put(ctx, objtest.Out, "k", sized(t, 40<<20), by("job/1")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v", err)
	}
	_, err := store.Stat(t.Context(), objtest.Out, "k")
	wantProblem(t, err, object.NoObject)
	nothingLeft(t, server, u)
}

// TestOneUploadWins has several jobs upload to one key at the same time.
func TestOneUploadWins(t *testing.T) {
	t.Parallel()
	server, u, file := serve(t), &uploads{}, sized(t, 17<<20)
	var won atomic.Int32
	var writers sync.WaitGroup
	for n := range 4 {
		store := openAt(t, server.Endpoint, u)
		writers.Go(func() {
			err := store.Put(t.Context(), objtest.Out, "k", file, by("job"+string(rune('a'+n))+"/1"))
			if err == nil {
				won.Add(1)
				return
			}
			wantProblem(t, err, object.Exists)
		})
	}
	writers.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of the writers have won", won.Load())
	}
	nothingLeft(t, server, u)
}

// TestSweep aborts an upload that a dead worker left, and no other.
func TestSweep(t *testing.T) {
	t.Parallel()
	server, u := serve(t), &uploads{}
	bucket := objtest.Out
	for _, key := range []string{"left", "somebody's"} {
		out, err := server.Client().CreateMultipartUpload(t.Context(),
			&aws.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if key == "left" {
			u.left = append(u.left, object.Upload{ID: *out.UploadId, Role: role,
				Object: object.Key{Bucket: bucket, Key: key}, Owner: object.Owner{Job: "job", Attempt: 1}})
		}
	}
	for range 2 { // the second finds the upload gone
		if err := openAt(t, server.Endpoint, u).Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(server.Uploads(t, bucket), " "); got != "somebody's" {
			t.Errorf("uploads of %q are left", got)
		}
	}
}

// sessions gives a role the credentials of the test server with a token, another one
// when the last is said to have ended.
type sessions struct {
	keys
	number atomic.Int32
}

func (s *sessions) Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error) {
	c, err := s.keys.Credentials(ctx, role)
	c.SessionToken = fmt.Sprint(s.number.Load())
	return c, err
}

func (s *sessions) Expired(_, token string) bool {
	number, err := strconv.ParseInt(token, 10, 32)
	return err == nil && s.number.CompareAndSwap(int32(number), int32(number)+1)
}

// TestSessionEnds has the session end that signed a request, of each kind once. The
// answer to a HEAD request does not say why it is refused.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	server, u, roles := serve(t), &uploads{}, &sessions{}
	var mu sync.Mutex
	seen, live := map[string]bool{}, "0"
	endpoint := server.Proxy(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		query, token := r.URL.Query(), r.Header.Get("X-Amz-Security-Token")
		kind := fmt.Sprint(r.Method, query.Has("partNumber"), query.Has("uploadId"))
		mu.Lock()
		if !seen[kind] && token == live {
			seen[kind] = true
			live = fmt.Sprint(len(seen)) // from now on
		}
		ended := token != live
		mu.Unlock()
		if ended {
			s3test.Answer(w, http.StatusBadRequest, "ExpiredToken")
			return
		}
		pass.ServeHTTP(w, r)
	})
	cfg := s3.Config{Place: s3.Place{Region: s3test.Region, Endpoint: endpoint}, PathStyle: true}
	store := openAs(t, cfg, roles, u)
	exchange(t, store, objtest.Out, 50<<20)
	if _, err := store.List(t.Context(), objtest.Out, ""); err != nil {
		t.Error(err)
	}
	if err := store.Delete(t.Context(), objtest.Out, "none"); err != nil {
		t.Error(err)
	}
	if len(seen) != 6 || roles.number.Load() != 6 {
		t.Errorf("%d sessions after %v", roles.number.Load(), seen)
	}
	nothingLeft(t, server, u)
}

// last is a role without another session.
type last struct{ sessions }

func (*last) Expired(string, string) bool { return false }

// TestNoSessionWorks has an endpoint that takes no session, and roles that have no
// other: that is told at once.
func TestNoSessionWorks(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer server.Close()
	cfg := s3.Config{Place: s3.Place{Region: s3test.Region, Endpoint: server.URL}, PathStyle: true}
	store := openAs(t, cfg, &last{}, &uploads{})
	_, err := store.Stat(t.Context(), objtest.Out, "k")
	wantProblem(t, err, object.Refused)
}
