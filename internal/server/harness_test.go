package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/sigv4"
)

// now is the server's clock in tests.
var now = time.UnixMilli(1502631977930)

var caller = sigv4.Credentials{AccessKeyID: "RLATESTTESTTESTTEST1",
	SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

// harness is a server with parts that a test controls.
type harness struct {
	t       testing.TB
	server  *server.Server
	store   *memory
	queue   *hand
	log     *logBuffer
	answers *answers
	callers keys
}

// logBuffer collects the log.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// answers is an observer that remembers.
type answers struct {
	mu   sync.Mutex
	list []string
	told chan struct{} // gets an element for each answer, while there is room
}

func (a *answers) Answered(operation string, status int, code api.ErrorCode, _ time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case a.told <- struct{}{}:
	default:
	}
	a.list = append(a.list, strings.TrimSpace(operation+" "+http.StatusText(status)+" "+string(code)))
}

func (a *answers) last() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.list[len(a.list)-1]
}

func newHarness(t testing.TB, change ...func(*server.Config, *harness)) *harness {
	t.Helper()
	h := &harness{t: t, store: newMemory(), queue: &hand{}, log: &logBuffer{},
		answers: &answers{told: make(chan struct{}, 100)},
		callers: keys{known: caller, policy: policy.All()}}
	cfg := server.Config{Now: func() time.Time { return now }, Observer: h.answers,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, c := range change {
		c(&cfg, h)
	}
	h.server = server.New(cfg, h.store, h.queue, folders{"in", "out"}, h.callers)
	return h
}

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a signed request.
func (h *harness) do(method, target, body string) answer {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, target, strings.NewReader(body))
	sign(h.t, r, body)
	return h.send(r)
}

func sign(t testing.TB, r *http.Request, body string) {
	t.Helper()
	if err := sigv4.Sign(r, []byte(body), caller, "us-east-1", "elastictranscoder", now); err != nil {
		t.Fatal(err)
	}
}

// send sends a request as it is, and checks what is true of every answer.
func (h *harness) send(r *http.Request) answer {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	a := answer{w.Code, http.Header{}, w.Body.String()}
	for name, values := range w.Header() {
		a.header[http.CanonicalHeaderKey(name)] = values
	}
	checkAnswer(h.t, a)
	return a
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// checkAnswer holds what clients need of every answer.
func checkAnswer(t testing.TB, a answer) {
	t.Helper()
	if id := a.header.Get(api.HeaderRequestID); !uuidForm.MatchString(id) {
		t.Errorf("%s is %q, not a UUID", api.HeaderRequestID, id)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" && got != "application/x-amz-json-1.1" {
		t.Errorf("Content-Type is %q", got)
	}
	if !json.Valid([]byte(a.body)) {
		t.Errorf("the body is not JSON: %q", a.body)
	}
	// The AWS SDK for PHP, version 2, takes what stands before a colon.
	name, colon := strings.CutSuffix(a.header.Get(api.HeaderErrorType), ":")
	if isError := a.status >= 400; (name != "") != isError || colon != isError {
		t.Errorf("status %d with %s %q", a.status, api.HeaderErrorType, a.header.Get(api.HeaderErrorType))
	}
}

// want checks a whole success.
func (a answer) want(t testing.TB, status int, body string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	if diff := cmp.Diff(indent(t, body), indent(t, a.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// exception is the name of the exception in the header; "" in a success.
func (a answer) exception() api.ErrorCode {
	return api.ParseErrorCode(a.header.Get(api.HeaderErrorType))
}

// wantError checks a whole error.
func (a answer) wantError(t testing.TB, status int, code api.ErrorCode, message string) {
	t.Helper()
	member := "message"
	if code == api.SerializationException {
		member = "Message"
	}
	text, err := json.Marshal(map[string]string{member: message})
	if err != nil {
		t.Fatal(err)
	}
	a.want(t, status, string(text))
	if got := a.header.Get(api.HeaderErrorType); got != string(code)+":" {
		t.Errorf("%s is %q, want %q", api.HeaderErrorType, got, code+":")
	}
}

// indent renders JSON with the members in the order in which they stand.
func indent(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", " "); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return b.String()
}

// member reads one member of a JSON document, by path.
func member(t testing.TB, body string, path ...string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no %s in %s", name, body)
		}
		v = object[name]
	}
	return v
}

func readAll(t testing.TB, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
