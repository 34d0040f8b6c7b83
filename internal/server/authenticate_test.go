package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// sessions knows callers by a cookie, and reads no body.
type sessions map[string]policy.Caller

func (s sessions) authenticate(r *http.Request, _ func() ([]byte, error)) (policy.Key, error) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return policy.Key{}, transcode.Errorf(api.MissingAuthenticationTokenException, "There is no session.")
	}
	return policy.Key{Caller: s[cookie.Value]}, nil
}

// What is mounted does not care how its callers are authenticated.
func TestOtherAuthenticator(t *testing.T) {
	t.Parallel()
	s := New(Config{}, nil, nil, nil, nil)
	s.authenticator = sessions{"abc": {Name: "ann", Policy: policy.All()}}
	for cookie, status := range map[string]int{"": 403, "session=other": 403, "session=abc": 200} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/system", nil)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%q: status %d, want %d: %s", cookie, w.Code, status, w.Body)
		}
	}
}

// reader is a body that counts how often it is read to its end.
type reader struct {
	*strings.Reader
	ends int
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		r.ends++
	}
	return n, err
}

// impatient wants the body twice and then knows nobody.
type impatient struct{}

var errNobody = transcode.Errorf(api.AccessDeniedException, "Nobody is known.")

func (impatient) authenticate(_ *http.Request, body func() ([]byte, error)) (policy.Key, error) {
	first, err := body()
	second, again := body()
	if err != nil || again != nil || string(first) != "text" || string(second) != "text" {
		return policy.Key{}, errors.New("the body is another one")
	}
	return policy.Key{}, errNobody
}

func TestBodyIsReadOnce(t *testing.T) {
	t.Parallel()
	s := New(Config{}, nil, nil, nil, nil)
	s.authenticator = impatient{}
	body := &reader{Reader: strings.NewReader("text")}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/credentials", body))
	if w.Code != http.StatusForbidden || body.ends != 1 {
		t.Errorf("status %d, %d reads to the end: %s", w.Code, body.ends, w.Body)
	}
}

// untouched is a body that nobody may read.
type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, errors.New("the body is read")
}

// The body of a request is read when its form, date and access key are right.
func TestStrangersBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	known := sigv4.Credentials{AccessKeyID: "AKRLKNOWN", SecretAccessKey: "secret"}
	now := time.UnixMilli(1502631977930)
	s := New(Config{Now: func() time.Time { return now }}, nil, nil, nil, oneKey{known})
	for name, sign := range map[string]func(*http.Request) error{
		"unsigned": func(*http.Request) error { return nil },
		"malformed": func(r *http.Request) error {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x")
			return nil
		},
		"late": func(r *http.Request) error {
			return sigv4.Sign(r, nil, known, "us-east-1", "elastictranscoder", now.Add(-time.Hour))
		},
		"of another": func(r *http.Request) error {
			return sigv4.Sign(r, nil, sigv4.Credentials{AccessKeyID: "AKRLOTHER", SecretAccessKey: "x"}, "us-east-1",
				"elastictranscoder", now)
		},
	} {
		for _, path := range []string{"/2012-09-25/jobs", "/v1/credentials", "/v1/nothing"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, untouched{t})
			if err := sign(r); err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			if s.ServeHTTP(w, r); w.Code/100 != 4 {
				t.Errorf("%s: status %d, %s", name, w.Code, w.Body)
			}
		}
	}
}

// oneKey knows one access key.
type oneKey struct{ key sigv4.Credentials }

func (k oneKey) Caller(_ context.Context, id string) (sigv4.Credentials, policy.Caller, error) {
	if id != k.key.AccessKeyID {
		return sigv4.Credentials{}, policy.Caller{}, transcode.ErrNotFound
	}
	return k.key, policy.Caller{Name: "ann", Policy: policy.All()}, nil
}

func (oneKey) CreateCaller(context.Context, policy.Caller, time.Time) (c sigv4.Credentials, err error) {
	return c, err
}
func (oneKey) ListKeys(context.Context) (all []policy.Key, err error) { return all, err }
func (oneKey) RotateKey(context.Context, string, time.Duration, time.Time) (c sigv4.Credentials, k, o policy.Key,
	err error) {
	return c, k, o, err
}
func (oneKey) RevokeKeys(context.Context, string) (all []policy.Key, err error) { return all, err }

// Large bodies are read up to a number at a time.
func TestLargeBodiesAreBounded(t *testing.T) {
	t.Parallel()
	s := New(Config{MaxBodiesPerSource: 1}, nil, nil, nil, nil)
	s.authenticator = sessions{"": {Name: "ann"}}
	reading, more := make(chan struct{}), make(chan struct{})
	handler := s.mounted(s.authenticated(func(w *response, _ *http.Request, _ signed) error {
		w.send(http.StatusOK, []byte("{}"))
		return nil
	}))
	ask := func(body io.Reader, length int64) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
		r.ContentLength = length
		r.Header.Set("Cookie", "session=")
		w := httptest.NewRecorder()
		s.identified(handler).ServeHTTP(w, r)
		return w.Code
	}
	ended := make(chan int)
	go func() { ended <- ask(&gated{reading, more}, largeBody+1) }()
	<-reading
	if status := ask(strings.NewReader("x"), -1); status != http.StatusTooManyRequests {
		t.Errorf("a second large body: status %d", status)
	}
	if status := ask(strings.NewReader("x"), 1); status != http.StatusOK {
		t.Errorf("a small body: status %d", status)
	}
	close(more)
	if status := <-ended; status != http.StatusOK {
		t.Errorf("the first large body: status %d", status)
	}
	if status := ask(strings.NewReader("x"), -1); status != http.StatusOK {
		t.Errorf("a large body afterwards: status %d", status)
	}
}

// gated is an empty body that says when it is read, and ends when it may.
type gated struct{ reading, more chan struct{} }

func (g *gated) Read([]byte) (int, error) {
	close(g.reading)
	<-g.more
	return 0, io.EOF
}

func TestSource(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:5": "192.0.2.1", "[::ffff:192.0.2.1]:5": "192.0.2.1", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2::/64",
		"@": "@",
	} {
		if got := source(remote); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}
