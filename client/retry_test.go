package client

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
)

// calls are one operation of each kind.
var calls = map[string]func(context.Context, *Client) error{
	"ReadJob": func(ctx context.Context, c *Client) error {
		_, err := c.ReadJob(ctx, &api.ReadJobRequest{Id: new(jobID)})
		return err
	},
	"CreateJob": func(ctx context.Context, c *Client) error {
		_, err := c.CreateJob(ctx, &api.CreateJobRequest{PipelineId: new(jobID)})
		return err
	},
	"CreatePipeline": func(ctx context.Context, c *Client) error {
		_, err := c.CreatePipeline(ctx, &api.CreatePipelineRequest{})
		return err
	},
	"CreatePreset": func(ctx context.Context, c *Client) error {
		_, err := c.CreatePreset(ctx, &api.CreatePresetRequest{})
		return err
	},
	"UpdatePipelineStatus": func(ctx context.Context, c *Client) error {
		_, err := c.UpdatePipelineStatus(ctx, &api.UpdatePipelineStatusRequest{Id: new(jobID), Status: new("Paused")})
		return err
	},
	"UpdatePipeline": func(ctx context.Context, c *Client) error {
		_, err := c.UpdatePipeline(ctx, &api.UpdatePipelineRequest{Id: new(jobID)})
		return err
	},
	"DeletePreset": func(ctx context.Context, c *Client) error {
		_, err := c.DeletePreset(ctx, &api.DeletePresetRequest{Id: new(jobID)})
		return err
	},
	"TestRole": func(ctx context.Context, c *Client) error {
		_, err := c.TestRole(ctx, nil)
		return err
	},
	"raw POST": func(ctx context.Context, c *Client) error {
		_, err := c.MakeRequest(ctx, http.MethodPost, "/2012-09-25/jobs", []byte("{}"))
		return err
	},
	"raw repeatable POST": func(ctx context.Context, c *Client) error {
		_, err := c.MakeRequest(ctx, http.MethodPost, "/2012-09-25/jobs", []byte("{}"), RequestRepeatable())
		return err
	},
	"raw GET": func(ctx context.Context, c *Client) error {
		_, err := c.MakeRequest(ctx, http.MethodGet, "/2012-09-25/jobs", nil)
		return err
	},
}

func TestRepeats(t *testing.T) {
	t.Parallel()
	careful := []string{"CreateJob", "CreatePipeline", "CreatePreset", "raw POST"}
	free := []string{"ReadJob", "UpdatePipelineStatus", "UpdatePipeline", "DeletePreset", "TestRole",
		"raw repeatable POST", "raw GET"}
	all := append(append([]string{}, careful...), free...)
	status := func(n int) reply { return reply{status: n} }
	for _, c := range []struct {
		name  string
		calls []string
		first reply
		want  int // requests, when the second one would succeed
	}{
		{"success", all, okJob, 1},
		{"429", all, status(429), 2},
		{"503", all, busy, 2},
		{"throttled by code", all, throttled, 2},
		{"throttled with status 500", all, reply{status: 500, code: "ThrottlingException"}, 2},
		{"throttled, named in the body", all, reply{status: 400, body: `{"__type":"com.amazon#ThrottlingException"}`},
			2},
		{"quota", all, overQuota, 1},
		{"invalid", all, badInput, 1},
		{"not found", all, reply{status: 404, code: "ResourceNotFoundException"}, 1},
		{"not implemented", all, status(501), 1},
		{"500", free, failed, 2},
		{"502", free, status(502), 2},
		{"504", free, status(504), 2},
		{"connection cut", free, cutOff, 2},
		{"body cut", free, cutBody, 2},
		{"500 of a create", careful, failed, 1},
		{"unavailable with status 500 of a create", careful, reply{status: 500, code: "ServiceUnavailableException"},
			1},
		{"502 of a create", careful, status(502), 1},
		{"504 of a create", careful, status(504), 1},
		{"connection of a create cut", careful, cutOff, 1},
		{"body of a create cut", careful, cutBody, 1},
	} {
		for _, name := range c.calls {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				s := play(c.first, okJob)
				bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
					err := calls[name](t.Context(), client)
					if n := s.requests(); n != c.want {
						t.Errorf("%d requests, want %d (error %v)", n, c.want, err)
					}
					if ok := c.want == 2 || c.first.status == 200 && !c.first.cutBody; ok != (err == nil) {
						t.Errorf("error %v", err)
					}
				})
			})
		}
	}
}

// A create whose connection was lost says that it may have been made; one that
// never had a connection is repeated.
func TestCreateConnection(t *testing.T) {
	t.Parallel()
	t.Run("lost", func(t *testing.T) {
		bubble(t, play(cutOff).ServeHTTP, func(t *testing.T, c *Client) {
			err := calls["CreateJob"](t.Context(), c)
			e, ok := errors.AsType[*TransportError](err)
			if !ok || !e.MaybeSent || e.Attempts != 1 || e.Operation != "CreateJob" {
				t.Errorf("error %#v, want one that says that the job may exist", err)
			}
		})
	})
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for name, transport := range map[string]http.RoundTripper{
		"never had": &http.Transport{DialContext: func(context.Context, string, string) (net.Conn,
			error) {
			return nil, errors.New("no route")
		}},
		"never had, by the kind of error": roundTrip(func(*http.Request) (*http.Response, error) {
			return nil,
				refused
		}),
		"name not found": roundTrip(func(*http.Request) (*http.Response, error) {
			return nil,
				&net.DNSError{Err: "no such host"}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, play(okJob).ServeHTTP, func(t *testing.T, c *Client) {
				err := calls["CreateJob"](t.Context(), c)
				e, ok := errors.AsType[*TransportError](err)
				if !ok || e.MaybeSent || e.Attempts != 5 {
					t.Errorf("error %#v, want one that says that nothing was sent in 5 attempts", err)
				}
			}, WithHTTPClient(&http.Client{Transport: transport}))
		})
	}
	t.Run("unknown kind of error", func(t *testing.T) {
		bubble(t, play(okJob).ServeHTTP, func(t *testing.T, c *Client) {
			err := calls["CreateJob"](t.Context(), c)
			if e, ok := errors.AsType[*TransportError](err); !ok || !e.MaybeSent || e.Attempts != 1 {
				t.Errorf("error %#v, want one that says that the job may exist", err)
			}
		}, WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return nil,
				errors.New("broken")
		})}))
	})
}

// A certificate that is not trusted will not be the next time.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(play(okJob))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	server.StartTLS()
	t.Cleanup(server.Close)
	c := newClient(t, server.URL)
	for _, name := range []string{"ReadJob", "CreateJob"} {
		e, ok := errors.AsType[*TransportError](calls[name](t.Context(), c))
		if !ok || e.Attempts != 1 || e.MaybeSent {
			t.Errorf("%s: error %#v", name, e)
		}
	}
	trusting := newClient(t, server.URL, WithHTTPClient(server.Client()))
	if err := calls["CreateJob"](t.Context(), trusting); err != nil {
		t.Error(err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAttemptsRunOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		retry Retry
		want  int
	}{
		{Retry{}, 5},
		{Retry{MaxAttempts: 1}, 1},
		{Retry{MaxAttempts: 3}, 3},
		{Retry{Statuses: []int{418}}, 1},
		{Retry{Budget: 12}, 3},
		{Retry{Budget: 4}, 1},
		{Retry{Budget: -1, MaxAttempts: 150}, 150},
	} {
		t.Run("", func(t *testing.T) {
			s := play(failed)
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				err := calls["ReadJob"](t.Context(), client)
				e, ok := errors.AsType[*InternalServiceException](err)
				if !ok || s.requests() != c.want || e.Attempts != c.want {
					t.Errorf("%d requests, error %v; want %d", s.requests(), err, c.want)
				}
			}, WithRetry(c.retry))
		})
	}
}

// The budget is the client's: failing calls use it up for each other, and
// succeeding ones fill it again.
func TestBudgetIsShared(t *testing.T) {
	s := play(failed)
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		for i, want := range []int{3, 4, 5} { // two repeats, then none
			_ = calls["ReadJob"](t.Context(), c)
			if n := s.requests(); n != want {
				t.Errorf("%d requests after call %d, want %d", n, i+1, want)
			}
		}
		s.replies = []reply{okJob}
		for range 20 { // one token each, up to the limit of 10
			if err := calls["ReadJob"](t.Context(), c); err != nil {
				t.Error(err)
			}
		}
		s.replies = []reply{failed}
		before := s.requests()
		_ = calls["ReadJob"](t.Context(), c)
		if n := s.requests() - before; n != 3 {
			t.Errorf("%d requests of a failing call with a full budget, want 3", n)
		}
	}, WithRetry(Retry{Budget: 10}))
}

func TestBudgetTokens(t *testing.T) {
	t.Parallel()
	var b budget
	b.fill(12)
	took := func() (n int) {
		for b.take() {
			n++
		}
		return n
	}
	if n := took(); n != 2 {
		t.Errorf("12 tokens are %d repeats, want 2", n)
	}
	b.give(retryCost)
	if n := took(); n != 1 {
		t.Errorf("a repeat that succeeded is worth %d more, want 1", n)
	}
	b.give(1000)
	if n := b.tokens.Load(); n != 12 {
		t.Errorf("%d tokens, want the limit of 12", n)
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	r, err := Retry{BaseDelay: 100 * time.Millisecond, MaxDelay: time.Second, MaxRetryAfter: 10 * time.Second}.filled()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		n      int
		after  time.Duration
		random float64
		want   time.Duration
	}{
		{1, 0, 0, 0},
		{1, 0, 0.5, 50 * time.Millisecond},
		{2, 0, 0.5, 100 * time.Millisecond},
		{4, 0, 0.5, 400 * time.Millisecond},
		{5, 0, 0.5, 500 * time.Millisecond},
		{1000, 0, 0.5, 500 * time.Millisecond},
		{1, 3 * time.Second, 0.5, 3050 * time.Millisecond},
		{3, 3 * time.Second, 0.5, 3050 * time.Millisecond},
		{1, time.Hour, 0, 10 * time.Second},
	} {
		if got := r.delay(c.n, c.after, c.random); got != c.want {
			t.Errorf("delay(%d, %v, %v) = %v, want %v", c.n, c.after, c.random, got, c.want)
		}
	}
	for _, bad := range []Retry{{MaxAttempts: -1}, {BaseDelay: -1}, {MaxDelay: -1}, {MaxRetryAfter: -1}} {
		if _, err := New("http://x", WithCredentials(testCredentials), WithRetry(bad)); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// The waits grow and stay within their bounds; those that the service asks for
// are kept.
func TestWaits(t *testing.T) {
	t.Parallel()
	date := "Sun, 22 Nov 2026 20:00:00 GMT"
	after := func(v string) reply {
		return reply{status: 503, header: map[string]string{"Retry-After": v, "Date": date}}
	}
	for name, c := range map[string]struct {
		first       reply
		least, most time.Duration
	}{
		"none":         {busy, 0, 200 * time.Millisecond},
		"seconds":      {after("7"), 7 * time.Second, 7200 * time.Millisecond},
		"date":         {after("Sun, 22 Nov 2026 20:00:09 GMT"), 9 * time.Second, 9200 * time.Millisecond},
		"past date":    {after("Sun, 22 Nov 2026 19:00:00 GMT"), 0, 200 * time.Millisecond},
		"bounded":      {after("86400"), time.Minute, time.Minute + 200*time.Millisecond},
		"far date":     {after("Sun, 22 Nov 2099 20:00:00 GMT"), time.Minute, time.Minute + 200*time.Millisecond},
		"negative":     {after("-5"), 0, 200 * time.Millisecond},
		"not a number": {after("soon"), 0, 200 * time.Millisecond},
		"throttled": {reply{status: 429, code: "ThrottlingException", header: map[string]string{"Retry-After": "2"}},
			2 * time.Second, 2200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(c.first, okJob)
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				if err := calls["ReadJob"](t.Context(), client); err != nil {
					t.Error(err)
				}
				if w := s.waits(); len(w) != 1 || w[0] < c.least || w[0] > c.most {
					t.Errorf("waits %v, want one from %v to %v", w, c.least, c.most)
				}
			})
		})
	}
}
