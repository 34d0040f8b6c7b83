package sigv4_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

var (
	now       = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	longTerm  = sigv4.Credentials{AccessKeyID: "AKLONG", SecretAccessKey: "long-secret"}
	temporary = sigv4.Credentials{AccessKeyID: "AKTEMP", SecretAccessKey: "temp-secret", SessionToken: "the-token"}
	jobBody   = []byte(`{"PipelineId":"1502631977930-rabioh"}`)
)

const (
	missing    = sigv4.MissingAuthentication
	incomplete = sigv4.IncompleteSignature
	denied     = sigv4.AccessDenied
	expired    = sigv4.RequestExpired
)

func lookup(known ...sigv4.Credentials) func(string) (sigv4.Credentials, bool) {
	return func(id string) (sigv4.Credentials, bool) {
		for _, c := range known {
			if c.AccessKeyID == id {
				return c, true
			}
		}
		return sigv4.Credentials{}, false
	}
}

// arrival is a request as a server sees it.
type arrival struct {
	r    *http.Request
	body []byte
	now  time.Time
}

func (a *arrival) replaceHeader(name, old, new string) {
	v := a.r.Header.Get(name)
	if !strings.Contains(v, old) {
		panic("nothing to replace in " + name + ": " + v)
	}
	a.r.Header.Set(name, strings.Replace(v, old, new, 1))
}

func (a *arrival) replaceTarget(old, new string) {
	if !strings.Contains(a.r.RequestURI, old) {
		panic("nothing to replace in " + a.r.RequestURI)
	}
	a.r.RequestURI = strings.Replace(a.r.RequestURI, old, new, 1)
}

// arrive turns a signed client request into a server's: Host leaves the
// headers, the target stands in RequestURI.
func arrive(req *http.Request, body []byte) *arrival {
	r := httptest.NewRequest(req.Method, req.URL.RequestURI(), bytes.NewReader(body))
	r.Host, r.Header = req.URL.Host, req.Header
	return &arrival{r, body, now}
}

func newRequest(t testing.TB, method, target string, body []byte) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, "http://127.0.0.1:8080"+target, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func signed(t testing.TB, method, target string, body []byte, c sigv4.Credentials, at time.Time) *arrival {
	t.Helper()
	req := newRequest(t, method, target, body)
	if err := sigv4.Sign(req, body, c, "us-east-1", "elastictranscoder", at); err != nil {
		t.Fatal(err)
	}
	return arrive(req, body)
}

func presigned(t testing.TB, method, target string, body []byte, c sigv4.Credentials, at time.Time,
	expires time.Duration) *arrival {
	t.Helper()
	req := newRequest(t, method, target, body)
	if err := sigv4.Presign(req, body, c, "us-east-1", "elastictranscoder", at, expires); err != nil {
		t.Fatal(err)
	}
	return arrive(req, body)
}

// check verifies an arrival; want "" means accepted.
func check(t *testing.T, a *arrival, want sigv4.Code) {
	t.Helper()
	id, err := sigv4.Verify(a.r, a.body, lookup(longTerm, temporary), a.now)
	if want == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	e, ok := errors.AsType[*sigv4.Error](err)
	if !ok || e.Code != want || id != (sigv4.Identity{}) {
		t.Fatalf("identity %+v, error %v, want none and %s", id, err, want)
	}
	if !strings.HasSuffix(e.Message, ".") || strings.Contains(e.Message, "secret-") ||
		strings.Contains(e.Message, "the-token") {
		t.Errorf("message %q is no sentence, or tells a secret", e.Message)
	}
}

func TestVerifyHeader(t *testing.T) {
	t.Parallel()
	const target = "/2012-09-25/jobs?Ascending=true&PageToken=a%20b"
	sum := sha256.Sum256(jobBody)
	for _, c := range []struct {
		name   string
		creds  sigv4.Credentials
		at     time.Duration // from now
		change func(*arrival)
		want   sigv4.Code
	}{
		{"as signed", longTerm, 0, func(*arrival) {}, ""},
		{"temporary", temporary, 0, func(*arrival) {}, ""},
		{"15 minutes old", longTerm, -15 * time.Minute, func(*arrival) {}, ""},
		{"15 minutes ahead", longTerm, 15 * time.Minute, func(*arrival) {}, ""},
		{"too old", longTerm, -15*time.Minute - time.Second, func(*arrival) {}, expired},
		{"too far ahead", longTerm, 15*time.Minute + time.Second, func(*arrival) {}, expired},
		{"fields without space", longTerm, 0, func(a *arrival) {
			a.r.Header.Set("Authorization", strings.ReplaceAll(a.r.Header.Get("Authorization"), ", ", ","))
		}, ""},
		{"query in another order", longTerm, 0,
			func(a *arrival) { a.r.RequestURI = "/2012-09-25/jobs?PageToken=a+b&Ascending=true" }, ""},
		{"path stripped by a handler", longTerm, 0, func(a *arrival) { a.r.URL.Path, a.r.URL.RawPath = "/jobs", "" },
			""},
		{"absolute target", longTerm, 0, func(a *arrival) { a.r.RequestURI = "http://127.0.0.1:8080" + a.r.RequestURI },
			""},

		{"no authorization", longTerm, 0, func(a *arrival) { a.r.Header.Del("Authorization") }, missing},
		{"empty authorization", longTerm, 0, func(a *arrival) { a.r.Header.Set("Authorization", "") }, missing},
		{"version 2", longTerm, 0, func(a *arrival) { a.r.Header.Set("Authorization", "AWS AKLONG:c2lnbmF0dXJl") },
			incomplete},
		{"basic", longTerm, 0, func(a *arrival) { a.r.SetBasicAuth("AKLONG", "x") }, incomplete},
		{"two authorizations", longTerm, 0,
			func(a *arrival) { a.r.Header.Add("Authorization", a.r.Header.Get("Authorization")) }, incomplete},
		{"signed twice", longTerm, 0, func(a *arrival) { a.replaceTarget("?", "?X-Amz-Signature=0&") }, incomplete},
		{"truncated signature", longTerm, 0, func(a *arrival) {
			v := a.r.Header.Get("Authorization")
			a.r.Header.Set("Authorization", v[:len(v)-1])
		}, incomplete},
		{"upper-case signature", longTerm, 0,
			func(a *arrival) { a.replaceHeader("Authorization", "Signature=", "Signature=AB") }, incomplete},
		{"no signature", longTerm, 0, func(a *arrival) {
			a.replaceHeader("Authorization", ", Signature=",
				", Signature=, Signature=")
		}, incomplete},
		{"signature field missing", longTerm, 0, func(a *arrival) {
			v, _, _ := strings.Cut(a.r.Header.Get("Authorization"), ", Signature=")
			a.r.Header.Set("Authorization", v)
		}, incomplete},
		{"unknown field", longTerm, 0, func(a *arrival) {
			a.replaceHeader("Authorization", ", Signature=",
				", Extra=1, Signature=")
		}, incomplete},
		{"short credential", longTerm, 0, func(a *arrival) { a.replaceHeader("Authorization", "/us-east-1", "") },
			incomplete},
		{"other scope end", longTerm, 0, func(a *arrival) {
			a.replaceHeader("Authorization", "aws4_request",
				"aws5_request")
		}, incomplete},
		{"unsorted headers", longTerm, 0, func(a *arrival) {
			a.replaceHeader("Authorization", "content-type;host",
				"host;content-type")
		}, incomplete},
		{"header twice", longTerm, 0, func(a *arrival) { a.replaceHeader("Authorization", ";host", ";host;host") },
			incomplete},
		{"upper-case header", longTerm, 0, func(a *arrival) { a.replaceHeader("Authorization", ";host", ";Host") },
			incomplete},
		{"host unsigned", longTerm, 0, func(a *arrival) { a.replaceHeader("Authorization", ";host", "") }, incomplete},
		{"date unsigned", longTerm, 0, func(a *arrival) { a.replaceHeader("Authorization", ";x-amz-date", "") },
			incomplete},
		{"date missing", longTerm, 0, func(a *arrival) { a.r.Header.Del("X-Amz-Date") }, incomplete},
		{"date twice", longTerm, 0, func(a *arrival) { a.r.Header.Add("X-Amz-Date", a.r.Header.Get("X-Amz-Date")) },
			incomplete},
		{"no date", longTerm, 0, func(a *arrival) { a.r.Header.Set("X-Amz-Date", "yesterday") }, incomplete},
		{"scope of another day", longTerm, 0,
			func(a *arrival) { a.replaceHeader("Authorization", "/20261122/", "/20261121/") }, incomplete},
		{"broken query", longTerm, 0, func(a *arrival) { a.replaceTarget("a%20b", "a%2") }, incomplete},

		{"altered date", longTerm, 0, func(a *arrival) { a.r.Header.Set("X-Amz-Date", "20261122T200001Z") }, denied},
		{"altered body", longTerm, 0, func(a *arrival) { a.body = append([]byte(" "), a.body...) }, denied},
		{"body removed", longTerm, 0, func(a *arrival) { a.body = nil }, denied},
		{"altered path", longTerm, 0, func(a *arrival) { a.replaceTarget("jobs", "job") }, denied},
		{"trailing slash", longTerm, 0, func(a *arrival) { a.replaceTarget("jobs", "jobs/") }, denied},
		{"escaped path", longTerm, 0, func(a *arrival) { a.replaceTarget("jobs", "j%6Fbs") }, denied},
		{"altered query", longTerm, 0, func(a *arrival) { a.replaceTarget("true", "false") }, denied},
		{"more query", longTerm, 0, func(a *arrival) { a.replaceTarget("?", "?x=&") }, denied},
		{"less query", longTerm, 0, func(a *arrival) { a.replaceTarget("Ascending=true&", "") }, denied},
		{"altered method", longTerm, 0, func(a *arrival) { a.r.Method = "PUT" }, denied},
		{"lower-case method", longTerm, 0, func(a *arrival) { a.r.Method = "post" }, denied},
		{"altered host", longTerm, 0, func(a *arrival) { a.r.Host = "127.0.0.2:8080" }, denied},
		{"altered port", longTerm, 0, func(a *arrival) { a.r.Host = "127.0.0.1" }, denied},
		{"altered header", longTerm, 0, func(a *arrival) { a.r.Header.Set("Content-Type", "text/plain") }, denied},
		{"signed header missing", longTerm, 0, func(a *arrival) { a.r.Header.Del("Content-Type") }, denied},
		{"signed header repeated", longTerm, 0, func(a *arrival) { a.r.Header.Add("Content-Type", "text/plain") },
			denied},
		{"altered region", longTerm, 0, func(a *arrival) { a.replaceHeader("Authorization", "us-east-1", "us-west-1") },
			denied},
		{"altered service", longTerm, 0, func(a *arrival) {
			a.replaceHeader("Authorization", "elastictranscoder",
				"s3")
		}, denied},
		{"unknown key", sigv4.Credentials{AccessKeyID: "AKNONE", SecretAccessKey: "x"}, 0, func(*arrival) {}, denied},
		{"other secret", sigv4.Credentials{AccessKeyID: "AKLONG", SecretAccessKey: "x"}, 0, func(*arrival) {}, denied},
		{"key of another", longTerm, 0, func(a *arrival) { a.replaceHeader("Authorization", "AKLONG", "AKTEMP") },
			denied},

		{"token missing", sigv4.Credentials{AccessKeyID: "AKTEMP", SecretAccessKey: "temp-secret"}, 0,
			func(*arrival) {}, denied},
		{"token of another", sigv4.Credentials{AccessKeyID: "AKTEMP", SecretAccessKey: "temp-secret",
			SessionToken: "x"}, 0, func(*arrival) {}, denied},
		{"token too many", sigv4.Credentials{AccessKeyID: "AKLONG", SecretAccessKey: "long-secret", SessionToken: "x"},
			0, func(*arrival) {}, denied},
		{"unsigned token added", longTerm, 0, func(a *arrival) { a.r.Header.Set("X-Amz-Security-Token", "x") }, denied},
		{"signed token removed", temporary, 0, func(a *arrival) { a.r.Header.Del("X-Amz-Security-Token") }, denied},
		{"token twice", temporary, 0, func(a *arrival) { a.r.Header.Add("X-Amz-Security-Token", "the-token") },
			incomplete},

		{"stated hash", longTerm, 0, func(a *arrival) {
			a.r.Header.Set("X-Amz-Content-Sha256",
				hex.EncodeToString(sum[:]))
		}, ""},
		{"stated hash of another body", longTerm, 0, func(a *arrival) {
			a.r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
			a.body = []byte("{}")
		}, denied},
		{"unsigned payload", longTerm, 0, func(a *arrival) {
			a.r.Header.Set("X-Amz-Content-Sha256",
				"UNSIGNED-PAYLOAD")
		}, denied},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := signed(t, http.MethodPost, target, jobBody, c.creds, now.Add(c.at))
			c.change(a)
			check(t, a, c.want)
		})
	}
}

func TestVerifyPresigned(t *testing.T) {
	t.Parallel()
	const target = "/2012-09-25/jobs/1502631977930-rabioh?x=y"
	for _, c := range []struct {
		name    string
		creds   sigv4.Credentials
		at      time.Duration // from now
		expires time.Duration
		change  func(*arrival)
		want    sigv4.Code
	}{
		{"as signed", longTerm, 0, time.Hour, func(*arrival) {}, ""},
		{"temporary", temporary, 0, time.Hour, func(*arrival) {}, ""},
		{"seven days", longTerm, -sigv4.MaxExpiry, sigv4.MaxExpiry, func(*arrival) {}, ""},
		{"expired", longTerm, -time.Hour - time.Second, time.Hour, func(*arrival) {}, expired},
		{"in the future", longTerm, 16 * time.Minute, time.Hour, func(*arrival) {}, expired},
		{"longer expiry", longTerm, 0, time.Hour, func(a *arrival) { a.replaceTarget("Expires=3600", "Expires=7200") },
			denied},
		{"past seven days", longTerm, 0, time.Hour,
			func(a *arrival) { a.replaceTarget("Expires=3600", "Expires=604801") }, incomplete},
		{"no expiry", longTerm, 0, time.Hour, func(a *arrival) { a.replaceTarget("X-Amz-Expires=3600&", "") },
			incomplete},
		{"zero expiry", longTerm, 0, time.Hour, func(a *arrival) { a.replaceTarget("Expires=3600", "Expires=0") },
			incomplete},
		{"negative expiry", longTerm, 0, time.Hour, func(a *arrival) { a.replaceTarget("Expires=3600", "Expires=-1") },
			incomplete},
		{"scope of another day", longTerm, 0, time.Hour,
			func(a *arrival) { a.replaceTarget("%2F20261122", "%2F20261121") }, incomplete},
		{"host unsigned", longTerm, 0, time.Hour,
			func(a *arrival) { a.replaceTarget("SignedHeaders=host", "SignedHeaders=accept") }, incomplete},
		{"other algorithm", longTerm, 0, time.Hour,
			func(a *arrival) { a.replaceTarget("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256") }, incomplete},
		{"signature twice", longTerm, 0, time.Hour, func(a *arrival) { a.r.RequestURI += "&X-Amz-Signature=00" },
			incomplete},
		{"truncated signature", longTerm, 0, time.Hour,
			func(a *arrival) { a.r.RequestURI = a.r.RequestURI[:len(a.r.RequestURI)-2] }, incomplete},
		{"signature missing", longTerm, 0, time.Hour,
			func(a *arrival) { a.replaceTarget("X-Amz-Signature", "x-amz-signature") }, incomplete},
		{"bad date", longTerm, 0, time.Hour, func(a *arrival) { a.replaceTarget("20261122T200000Z", "20261122") },
			incomplete},
		{"altered query", longTerm, 0, time.Hour, func(a *arrival) { a.replaceTarget("x=y", "x=z") }, denied},
		{"altered path", longTerm, 0, time.Hour, func(a *arrival) { a.replaceTarget("rabioh", "rabioi") }, denied},
		{"altered method", longTerm, 0, time.Hour, func(a *arrival) { a.r.Method = http.MethodDelete }, denied},
		{"altered host", longTerm, 0, time.Hour, func(a *arrival) { a.r.Host = "localhost:8080" }, denied},
		{"body added", longTerm, 0, time.Hour, func(a *arrival) { a.body = []byte("{}") }, denied},
		{"token missing", sigv4.Credentials{AccessKeyID: "AKTEMP", SecretAccessKey: "temp-secret"}, 0, time.Hour,
			func(*arrival) {}, denied},
		{"token too many", sigv4.Credentials{AccessKeyID: "AKLONG", SecretAccessKey: "long-secret", SessionToken: "x"},
			0, time.Hour, func(*arrival) {}, denied},
		{"other token in a header", temporary, 0, time.Hour,
			func(a *arrival) { a.r.Header.Set("X-Amz-Security-Token", "x") }, incomplete},
		{"stated hash of another body", longTerm, 0, time.Hour,
			func(a *arrival) { a.r.Header.Set("X-Amz-Content-Sha256", strings.Repeat("0", 64)) }, denied},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := presigned(t, http.MethodGet, target, nil, c.creds, now.Add(c.at), c.expires)
			c.change(a)
			check(t, a, c.want)
		})
	}
}

// A presigned body is signed like any other: UNSIGNED-PAYLOAD, stated or not,
// never lets one be altered.
func TestPresignedBody(t *testing.T) {
	t.Parallel()
	const target = "/2012-09-25/jobs"
	check(t, presigned(t, http.MethodPost, target, jobBody, longTerm, now, time.Hour), "")

	altered := presigned(t, http.MethodPost, target, jobBody, longTerm, now, time.Hour)
	altered.body = []byte("{}")
	check(t, altered, denied)

	unsigned := presigned(t, http.MethodPost, target, jobBody, longTerm, now, time.Hour)
	unsigned.r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	check(t, unsigned, denied)
}

func TestSignedDateHeader(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]sigv4.Code{
		"Sun, 22 Nov 2026 20:00:00 GMT":   "",
		"Sun, 22 Nov 2026 20:00:00 -0000": "",
		"Sun, 22 Nov 2026 21:00:00 +0100": "",
		"20261122T200000Z":                "",
		"Sun, 22 Nov 2026 21:00:00 GMT":   expired,
		"now":                             incomplete,
	} {
		// Signed as x-amz-date, then moved to Date: the signature cannot hold, but
		// a date that is read in full gets as far as the signature.
		a := signed(t, http.MethodGet, "/2012-09-25/jobs", nil, longTerm, now)
		a.r.Header.Del("X-Amz-Date")
		a.r.Header.Set("Date", date)
		a.replaceHeader("Authorization", "host;x-amz-date", "date;host")
		if want == "" {
			want = denied
		}
		check(t, a, want)
	}
}

func TestPresignExpiry(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, time.Millisecond, sigv4.MaxExpiry + time.Second} {
		req := newRequest(t, http.MethodGet, "/", nil)
		if err := sigv4.Presign(req, nil, longTerm, "r", "s", now, d); err == nil {
			t.Errorf("Presign took the expiry %s", d)
		}
	}
}

func TestCredentialsHideSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "creds", temporary)
	if s := log.String() + temporary.String(); strings.Contains(s, "temp-secret") || strings.Contains(s, "the-token") {
		t.Errorf("a secret is shown: %s", s)
	}
}

// FuzzVerify feeds hostile authentication to Verify: it must neither panic nor
// accept, and must answer with an *Error.
func FuzzVerify(f *testing.F) {
	ok := signed(f, http.MethodPost, "/2012-09-25/jobs", jobBody, longTerm, now)
	pre := presigned(f, http.MethodGet, "/2012-09-25/jobs", nil, longTerm, now, time.Hour)
	f.Add(ok.r.Header.Get("Authorization"), "20261122T200000Z", "/x?a=b")
	f.Add("", "", pre.r.RequestURI)
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,SignedHeaders=,Signature=", "x", "/%zz?%")
	f.Fuzz(func(t *testing.T, authorization, date, target string) {
		r := httptest.NewRequest(http.MethodPatch, "/", nil) // a method nothing was signed for
		r.RequestURI = target
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		r.Header["X-Amz-Date"] = []string{date}
		_, err := sigv4.Verify(r, jobBody, lookup(longTerm, temporary), now)
		if _, ok := errors.AsType[*sigv4.Error](err); !ok {
			t.Errorf("error %v, want an *Error", err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	a := signed(b, http.MethodPost, "/2012-09-25/jobs", bytes.Repeat([]byte("x"), 4096), longTerm, now)
	known := lookup(longTerm)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sigv4.Verify(a.r, a.body, known, now); err != nil {
			b.Fatal(err)
		}
	}
}
