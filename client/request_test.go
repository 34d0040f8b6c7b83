package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/sigv4"
)

// arrived is a request as a server saw it.
type arrived struct {
	method, target string
	header         http.Header
	body           []byte
	err            error // of the signature
}

// recorder keeps the last request and answers each with a success.
type recorder struct{ last arrived }

func (s *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.last = arrived{method: r.Method, target: r.RequestURI, header: r.Header, body: body}
	_, s.last.err = sigv4.Verify(r, body, func(string) (sigv4.Credentials, bool) {
		return sigv4.Credentials{AccessKeyID: "AKTEST", SecretAccessKey: "test-secret"}, true
	}, serverNow(r))
	io.WriteString(w, "{}")
}

// serverNow is the request's own time: these tests are not of clocks.
func serverNow(r *http.Request) (at time.Time) {
	at, _ = time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	return at
}

// filled is a request with a text in every member that is one.
func filled(op api.Operation) any {
	in := op.NewRequest()
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		if s, ok := v.Field(i).Addr().Interface().(**string); ok {
			*s = new("a b/ü?" + v.Type().Field(i).Name)
		}
	}
	return in
}

// Each operation has a method of its name, sends what the model says, and can
// be verified.
func TestOperations(t *testing.T) {
	var s recorder
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		for _, op := range api.Operations {
			method := reflect.ValueOf(c).MethodByName(op.Name)
			if !method.IsValid() {
				t.Errorf("no method %s", op.Name)
				continue
			}
			in := filled(op)
			out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(in)})
			if err := out[1].Interface(); err != nil || out[0].Type() != reflect.TypeOf(op.NewResponse()) {
				t.Errorf("%s returned %v, %v", op.Name, out[0].Type(), err)
			}
			want, err := op.URL(in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := url.ParseRequestURI(s.last.target)
			if err != nil || s.last.method != op.Method || got.Path != want.Path || got.RawPath == "" &&
				want.RawPath != want.Path ||
				!maps.EqualFunc(got.Query(), want.Query(), slices.Equal) {
				t.Errorf("%s sent %s %s, want %s %s", op.Name, s.last.method, s.last.target, op.Method, want)
			}
			if s.last.err != nil {
				t.Errorf("%s: %v", op.Name, s.last.err)
			}
			checkBody(t, op, in, s.last)
		}
	})
}

// checkBody compares a body with the members that package api writes, without
// those that are null, and the headers with those that botocore sends.
func checkBody(t *testing.T, op api.Operation, in any, got arrived) {
	t.Helper()
	if op.Method == http.MethodGet || op.Method == http.MethodDelete {
		if len(got.body) > 0 || got.header["Content-Type"] != nil {
			t.Errorf("%s has a body", op.Name)
		}
		return
	}
	full, _ := json.Marshal(in)
	if want := pruned(t, full); !reflect.DeepEqual(pruned(t, got.body), want) ||
		bytes.Contains(got.body, []byte("null")) {
		t.Errorf("%s sent %s, want %v", op.Name, got.body, want)
	}
	if h := got.header; h.Get("Content-Type") != "application/json" || h["X-Amz-Content-Sha256"] != nil ||
		h["Transfer-Encoding"] != nil ||
		!strings.Contains(h.Get("Authorization"), "SignedHeaders=content-type;host;x-amz-date,") {
		t.Errorf("%s has the headers %v", op.Name, h)
	}
}

// pruned decodes JSON and removes members that are null.
func pruned(t *testing.T, doc []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return prune(v)
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil {
				delete(v, name)
			} else {
				v[name] = prune(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

func TestWithoutNulls(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{}`:                               `{}`,
		`{"a":null}`:                       `{}`,
		`{"a":null,"b":null}`:              `{}`,
		`{"a":1,"b":null}`:                 `{"a":1}`,
		`{"a":null,"b":1}`:                 `{"b":1}`,
		`{"a":1,"b":null,"c":2}`:           `{"a":1,"c":2}`,
		`{"a":1,"b":null,"c":null}`:        `{"a":1}`,
		`{"a":{"b":null},"c":null}`:        `{"a":{}}`,
		`{"a":[],"b":"","c":{},"d":false}`: `{"a":[],"b":"","c":{},"d":false}`,
		`{"a":[{"b":null},{"c":1}]}`:       `{"a":[{},{"c":1}]}`,
		`{"a":"x\":null,\"y","b":null}`:    `{"a":"x\":null,\"y"}`,
		`{"a\"b":null,"c":"\\"}`:           `{"c":"\\"}`,
		`{"null":"null"}`:                  `{"null":"null"}`,
		`[null]`:                           `[null]`,
	} {
		if got := string(withoutNulls([]byte(in))); got != want {
			t.Errorf("withoutNulls(%s) = %s, want %s", in, got, want)
		}
	}
}

// FuzzWithoutNulls compares with decoding and encoding.
func FuzzWithoutNulls(f *testing.F) {
	f.Add("k", "v", true)
	f.Add(`":null,`, `\":null`, false)
	f.Fuzz(func(t *testing.T, key, text string, last bool) {
		in := map[string]any{key: text, key + "n": nil, "list": []any{map[string]any{"x": nil, key: text}}}
		if last {
			in["~"] = nil
		}
		doc, err := json.Marshal(in)
		if err != nil {
			t.Skip()
		}
		want := pruned(t, doc)
		if got := pruned(t, withoutNulls(doc)); !reflect.DeepEqual(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// Whatever an id is, it stays one segment of the path.
func TestHostileIDs(t *testing.T) {
	var s recorder
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		for _, id := range []string{"../presets/x", "a/b", "..%2f..", "%2e%2e", "a?b=c", "a#b", "a b", "ü",
			"a\r\nHost: x", "a\x00", "...", ";", "*", "a+b", "\\"} {
			s.last = arrived{}
			if _, err := c.ReadJob(t.Context(), &api.ReadJobRequest{Id: &id}); err != nil {
				t.Errorf("%q: %v", id, err)
			}
			segments := strings.Split(s.last.target, "/")
			if len(segments) != 4 || strings.Contains(s.last.target, "?") {
				t.Errorf("%q became %s", id, s.last.target)
				continue
			}
			if plain, err := url.PathUnescape(segments[3]); err != nil || plain != id || s.last.err != nil {
				t.Errorf("%q became %s (%v, %v)", id, s.last.target, err, s.last.err)
			}
		}
		for _, id := range []*string{nil, new(""), new("."), new("..")} {
			s.last = arrived{}
			if _, err := c.DeletePipeline(t.Context(), &api.DeletePipelineRequest{Id: id}); err == nil ||
				s.last.method != "" {
				t.Errorf("an id that is no segment was sent: %v", s.last)
			}
		}
		if _, err := c.ReadJob(t.Context(), nil); err == nil {
			t.Error("a request without an id was sent")
		}
	})
}

// A redirect is an answer like any other: neither credentials nor signature go
// to another address.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter,
		r *http.Request) {
		t.Errorf("request to %s", r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, status) },
			WithHTTPClient(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}))
		for _, name := range []string{"ReadJob", "CreateJob"} {
			e, ok := errors.AsType[*ResponseError](calls[name](t.Context(), c))
			if !ok || e.Status != status || e.Header.Get("Location") != elsewhere.URL {
				t.Errorf("%d: error %v", status, e)
			}
		}
	}
}

func TestMakeRequest(t *testing.T) {
	var s recorder
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		out, err := c.MakeRequest(t.Context(), http.MethodPut, "/2012-09-25/x%2Fy", []byte(`{"a":1}`),
			RequestHeader("X-Amz-Target", "a"), RequestHeader("X-Amz-Target", "b"), RequestHeader("Accept", "c"),
			RequestQuery(url.Values{"b": {"1 +"}, "a": {"2", "3"}}), RequestExpectStatus(200))
		var doc map[string]any
		if err != nil || out.Status != 200 || out.JSON(&doc) != nil || len(doc) != 0 {
			t.Errorf("%+v, %v", out, err)
		}
		if s.last.method != "PUT" || s.last.target != "/2012-09-25/x%2Fy?a=2&a=3&b=1%20%2B" ||
			string(s.last.body) != `{"a":1}` || s.last.err != nil ||
			!slices.Equal(s.last.header["X-Amz-Target"], []string{"a", "b"}) || s.last.header.Get("Accept") != "c" {
			t.Errorf("%+v", s.last)
		}
		_, err = c.MakeRequest(t.Context(), http.MethodGet, "/", nil, RequestExpectStatus(201))
		if e, ok := errors.AsType[*ResponseError](err); !ok || e.Status != 200 || e.Operation != "GET /" {
			t.Errorf("error %v, want that 200 is not 201", err)
		}
		for _, path := range []string{"", "x", "/a?b", "/a#b", "/%zz", "http://elsewhere.test/"} {
			s.last = arrived{}
			if _, err := c.MakeRequest(t.Context(), http.MethodGet, path, nil); err == nil || s.last.method != "" {
				t.Errorf("the path %q was sent", path)
			}
		}
	})
}

func TestHooksAndAgent(t *testing.T) {
	var s recorder
	var seen []*Exchange
	no := errors.New("no")
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		if err := calls["ReadJob"](t.Context(), c); err != nil {
			t.Error(err)
		}
		if h := s.last.header; h.Get("User-Agent") != "mine/1" || h.Get("X-Amz-Meta") != "12" || s.last.err != nil ||
			!strings.Contains(h.Get("Authorization"), "x-amz-meta") {
			t.Errorf("%v, %v", h, s.last.err)
		}
		if err := calls["CreateJob"](t.Context(), c); !errors.Is(err, no) {
			t.Errorf("error %v, want the hook's", err)
		}
		if len(seen) != 2 || seen[0].Operation != "ReadJob" || seen[0].Response.StatusCode != 200 ||
			string(seen[0].Body) != "{}" || seen[0].Err != nil ||
			seen[0].Request.Header.Get("Authorization") == "" || seen[1].Response != nil ||
			!errors.Is(seen[1].Err, no) {
			t.Errorf("exchanges %+v", seen)
		}
	}, WithUserAgent("mine/1"),
		WithRequestHook(func(r *http.Request) error { r.Header.Set("X-Amz-Meta", "1"); return nil }),
		WithRequestHook(func(r *http.Request) error {
			r.Header.Set("X-Amz-Meta", r.Header.Get("X-Amz-Meta")+"2")
			if r.Method == http.MethodPost {
				return no
			}
			return nil
		}),
		WithResponseHook(func(x *Exchange) { seen = append(seen, x) }))
}

func TestSessionToken(t *testing.T) {
	var s recorder
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		_ = calls["ReadJob"](t.Context(), c)
		if h := s.last.header; h.Get("X-Amz-Security-Token") != "the-token" ||
			!strings.Contains(h.Get("Authorization"), "x-amz-security-token") {
			t.Errorf("headers %v", h)
		}
	}, WithCredentials(StaticCredentials("AKTEST", "test-secret", "the-token")))
}

func TestProxy(t *testing.T) {
	t.Parallel()
	var s recorder
	proxy := httptest.NewServer(&s)
	t.Cleanup(proxy.Close)
	c := newClient(t, "http://service.test", WithProxy(strings.Replace(proxy.URL, "http://", "http://user:word@", 1)))
	t.Cleanup(c.CloseIdleConnections)
	if err := calls["ReadJob"](t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if s.last.target != "http://service.test/2012-09-25/jobs/"+jobID ||
		s.last.header.Get("Proxy-Authorization") == "" || s.last.err != nil {
		t.Errorf("the proxy saw %+v", s.last)
	}
	for _, opts := range [][]Option{{WithProxy("nowhere")},
		{WithProxy(proxy.URL), WithHTTPClient(http.DefaultClient)}} {
		if _, err := New("http://x", append(opts, WithCredentials(testCredentials))...); err == nil {
			t.Error("options that can't be were taken")
		}
	}
}

// Secrets stay out of everything that is printed, a whole client included.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	p := StaticCredentials("AKID", "hide-me", "hide-too")
	creds, err := p.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, "http://x", WithCredentials(p))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "creds", creds, "provider", p)
	for _, v := range []any{creds, &creds, p, c} {
		fmt.Fprintf(&log, "%v %+v %#v %s\n", v, v, v, v)
	}
	if s := log.String(); strings.Contains(s, "hide-") || !strings.Contains(s, "AKID") {
		t.Errorf("printed: %s", s)
	}
}

func TestNoCredentials(t *testing.T) {
	t.Parallel()
	if _, err := New("http://x"); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("error %v", err)
	}
	c := newClient(t, "http://x", WithCredentials(StaticCredentials("", "", "")))
	if err := calls["CreateJob"](t.Context(), c); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("error %v", err)
	}
}
