package server

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
)

// TestRecords reads what the access log and the audit log have of some requests.
func TestRecords(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1502631977930)
	known := sigv4.Credentials{AccessKeyID: "AKRLKNOWN", SecretAccessKey: "the secret"}
	var access, audit bytes.Buffer
	s := New(Config{Now: func() time.Time { return now }, Access: slog.New(slog.NewJSONHandler(&access, nil)),
		Audit: slog.New(slog.NewJSONHandler(&audit, nil))}, nil, nil, nil, oneKey{known})
	ask := func(method, target, body string, c sigv4.Credentials) {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		if err := sigv4.Sign(r, []byte(body), c, "us-east-1", "elastictranscoder", now); err != nil {
			t.Fatal(err)
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	ask("GET", "/v1/system?token=hidden", "", known)
	ask("POST", "/v1/credentials", `{"name":"web"}`, known)
	ask("GET", "/v1/system", "", sigv4.Credentials{AccessKeyID: known.AccessKeyID, SecretAccessKey: "wrong"})
	for _, c := range []struct {
		log  string
		want []string
	}{
		{access.String(), []string{
			"request ann AKRLKNOWN v1:ReadSystem /v1/system 200 ",
			"request ann AKRLKNOWN v1:CreateCredential /v1/credentials 201 ",
			"request  AKRLKNOWN  /v1/system 403 AccessDeniedException"}},
		{audit.String(), []string{
			"done ann AKRLKNOWN v1:CreateCredential /v1/credentials 201 ",
			"refused  AKRLKNOWN  /v1/system 403 AccessDeniedException"}},
	} {
		lines := strings.Split(strings.TrimSpace(c.log), "\n")
		if len(lines) != len(c.want) {
			t.Fatalf("%d lines, want %d: %s", len(lines), len(c.want), c.log)
		}
		for i, line := range lines {
			var l struct {
				Msg, Caller, Operation, Resource, Code, Source, Request string
				AccessKey                                               string `json:"access_key"`
				Status                                                  json.Number
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			got := strings.Join([]string{l.Msg, l.Caller, l.AccessKey, l.Operation, l.Resource, l.Status.String(),
				l.Code}, " ")
			if got != c.want[i] || l.Source == "" || l.Request == "" {
				t.Errorf("%q, want %q: %s", got, c.want[i], line)
			}
		}
		for _, secret := range []string{"hidden", "the secret", "Signature", "web"} {
			if strings.Contains(c.log, secret) {
				t.Errorf("%q is in %s", secret, c.log)
			}
		}
	}
}

func TestRepeatedFailuresAreDelayed(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0)
	const longest = 2 * time.Second
	f := failures{longest: longest, bySource: map[string]failing{}}
	for i := range freeFailures {
		if wait := f.delay("a", now); wait != 0 {
			t.Errorf("failure %d waits %v", i, wait)
		}
	}
	for i, want := range []time.Duration{firstDelay, 2 * firstDelay, 4 * firstDelay} {
		if wait := f.delay("a", now); wait != want {
			t.Errorf("failure %d waits %v, want %v", freeFailures+i, wait, want)
		}
	}
	for range 100 {
		f.delay("a", now)
	}
	if wait := f.delay("a", now); wait != longest {
		t.Errorf("the last failure waits %v", wait)
	}
	if wait := f.delay("b", now); wait != 0 {
		t.Errorf("another source waits %v", wait)
	}
	if wait := f.delay("a", now.Add(forgetAfter+1)); wait != 0 {
		t.Errorf("a source waits %v when its time is over", wait)
	}
	for i := range 3 * maxSources {
		f.delay(http.StatusText(i)+string(rune('0'+i%10))+time.Duration(i).String(), now)
	}
	if len(f.bySource) > maxSources {
		t.Errorf("%d sources are remembered", len(f.bySource))
	}
}

// powerless is a caller who may do nothing.
type powerless struct{ oneKey }

func (p powerless) Caller(context.Context, string) (sigv4.Credentials, policy.Caller, error) {
	return p.key, policy.Caller{Name: "ann"}, nil
}

// TestRefusedKeysAreDelayed wants who keeps asking for what it may not do to be slowed down by
// its access key: others at its address are not.
func TestRefusedKeysAreDelayed(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1502631977930)
	known := sigv4.Credentials{AccessKeyID: "AKRLKNOWN", SecretAccessKey: "secret"}
	s := New(Config{Now: func() time.Time { return now }, RefusalDelay: time.Hour}, nil, nil, nil,
		powerless{oneKey{known}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range freeFailures + 1 {
		if i == freeFailures {
			cancel() // it would wait
		}
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/2012-09-25/pipelines", nil)
		if err := sigv4.Sign(r, nil, known, "us-east-1", "elastictranscoder", now); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusForbidden {
			t.Fatalf("answer %d: %s", w.Code, w.Body)
		}
	}
	got := s.failures.bySource
	if of := got["access key AKRLKNOWN"]; len(got) != 1 || of.times != freeFailures+1 {
		t.Errorf("failures are noted of %v", got)
	}
}
