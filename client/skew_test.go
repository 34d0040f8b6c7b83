package client

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// clockServer verifies signatures by a clock that differs from ours, and refuses
// with the code given, or that of the verification.
type clockServer struct {
	ahead    time.Duration
	code     string
	noDate   bool
	requests atomic.Int64
}

func (s *clockServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	now := time.Now().Add(s.ahead)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if s.noDate {
		w.Header()["Date"] = nil
	}
	body, _ := io.ReadAll(r.Body)
	_, err := sigv4.Verify(r, body, func(id string) (sigv4.Credentials, bool) {
		return sigv4.Credentials{AccessKeyID: "AKTEST", SecretAccessKey: "test-secret"}, id == "AKTEST"
	}, now)
	if err == nil {
		okJob.write(w)
		return
	}
	e, _ := errors.AsType[*sigv4.Error](err)
	code := s.code
	if code == "" {
		code = string(e.Code)
	}
	reply{status: 400, code: code, body: `{"message":"The clock is wrong."}`}.write(w)
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server   *clockServer
		first    int64 // requests of the first call
		repaired bool
	}{
		"same clock":             {&clockServer{}, 1, true},
		"tolerable":              {&clockServer{ahead: 10 * time.Minute}, 1, true},
		"ahead":                  {&clockServer{ahead: time.Hour}, 2, true},
		"behind":                 {&clockServer{ahead: -24 * time.Hour}, 2, true},
		"another code":           {&clockServer{ahead: time.Hour, code: "RequestTimeTooSkewed:"}, 2, true},
		"the signature's code":   {&clockServer{ahead: time.Hour, code: "InvalidSignatureException"}, 2, true},
		"no code of clocks":      {&clockServer{ahead: time.Hour, code: "AccessDeniedException"}, 1, false},
		"the server has no date": {&clockServer{ahead: time.Hour, noDate: true}, 1, false},
	} {
		for _, call := range []string{"ReadJob", "CreateJob"} {
			t.Run(name+"/"+call, func(t *testing.T) {
				s := &clockServer{ahead: c.server.ahead, code: c.server.code, noDate: c.server.noDate}
				bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
					began := time.Now()
					if err := calls[call](t.Context(), client); c.repaired != (err == nil) {
						t.Errorf("error %v", err)
					}
					if n := s.requests.Load(); n != c.first || !time.Now().Equal(began) {
						t.Errorf("%d requests in %v, want %d at once", n, time.Since(began), c.first)
					}
					_ = calls[call](t.Context(), client) // remembers
					if n := s.requests.Load(); n != c.first+1 {
						t.Errorf("%d requests after the second call, want %d", n, c.first+1)
					}
				})
			})
		}
	}
}

// A server that refuses every date gets one more attempt, not an endless row.
func TestClockThatCannotBeRight(t *testing.T) {
	s := play(reply{status: 400, code: "RequestExpired",
		header: map[string]string{"Date": "Sun, 22 Nov 2026 20:00:00 GMT"}})
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		err := calls["ReadJob"](t.Context(), c)
		if e, ok := errors.AsType[*ResponseError](err); !ok || e.Code != "RequestExpired" || s.requests() != 2 {
			t.Errorf("%d requests, error %v", s.requests(), err)
		}
	})
}

// Calls that find out together all succeed, those too whose request was signed
// before another call corrected the clock.
func TestClockSkewTogether(t *testing.T) {
	s := &clockServer{ahead: time.Hour}
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := calls["CreateJob"](t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := s.requests.Load(); n > 40 {
			t.Errorf("%d requests of 20 calls", n)
		}
	})
}
