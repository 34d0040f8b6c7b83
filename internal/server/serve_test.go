package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/transcode"
)

// running is a server on loopback.
type running struct {
	*harness
	address string
	stop    func() // ends Serve's context
	ended   chan error
}

// start serves a harness until the test ends.
func start(t *testing.T, h *harness) *running {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &running{h, ln.Addr().String(), stop, make(chan error, 1)}
	go func() { s.ended <- h.server.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := s.wait(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// wait returns Serve's error, however often it is asked.
func (s *running) wait() error {
	err := <-s.ended
	s.ended <- err
	return err
}

// open sends a signed request over the network.
func (s *running) open(t *testing.T, method, path, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sign(t, r, body)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func TestServeOverLoopback(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t))
	resp := s.open(t, "GET", base+"/pipelines", "")
	if got := readAll(t, resp.Body); got != `{"Pipelines":[],"NextPageToken":null}` {
		t.Errorf("body %s", got)
	}
	if resp.ContentLength != 37 || resp.Header.Get("Date") == "" {
		t.Errorf("Content-Length %d, Date %q", resp.ContentLength, resp.Header.Get("Date"))
	}
}

// A client that sends its headers a byte at a time loses the connection.
func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, _ *harness) { c.HeaderTimeout = 50 * time.Millisecond }))
	conn := dial(t, s)
	_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	for err == nil { // ends when the server has closed the connection
		_, err = io.WriteString(conn, "a")
	}
}

// Connections beyond the bound are closed, and one that ends makes room.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, _ *harness) { c.MaxConnsPerSource = 2 }))
	ask := func(conn net.Conn) error {
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			readAll(t, resp.Body)
			resp.Body.Close()
		}
		return err
	}
	first, second := dial(t, s), dial(t, s)
	for _, conn := range []net.Conn{first, second} {
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
	}
	if err := ask(dial(t, s)); err == nil {
		t.Error("a third connection is answered")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for again := false; !again; again = ask(dial(t, s)) == nil { // as soon as the server has seen the end
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// A client that never sends its body is told so.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, _ *harness) { c.ReadTimeout = 50 * time.Millisecond }))
	conn := dial(t, s)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "http://"+s.address+base+"/pipelines", nil)
	sign(t, r, "0123456789")
	var head bytes.Buffer
	if err := r.Header.Write(&head); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "POST "+base+"/pipelines HTTP/1.1\r\nHost: "+s.address+
		"\r\nContent-Length: 10\r\n"+head.String()+"\r\n{"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer{resp.StatusCode, resp.Header, readAll(t, resp.Body)}.
		wantError(t, 408, "RequestTimeoutException", "The request body took too long to arrive.")
	if !resp.Close {
		t.Error("the connection stays open")
	}
}

func dial(t *testing.T, s *running) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// A request that is being answered when the server stops is finished.
func TestStopFinishesRequests(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := start(t, newHarness(t, func(_ *server.Config, h *harness) {
		h.store.hold, h.store.entered = release, make(chan struct{}, 1)
	}))
	got := make(chan *http.Response)
	go func() { got <- s.open(t, "GET", base+"/pipelines/"+absentID, "") }()
	<-s.store.entered
	s.stop()
	close(release)
	resp := <-got
	if code := api.ParseErrorCode(resp.Header.Get(api.HeaderErrorType)); code != api.ResourceNotFoundException {
		t.Errorf("%d %s", resp.StatusCode, code)
	}
	if err := s.wait(); err != nil {
		t.Error(err)
	}
}

// What does not finish within the grace is cut off.
func TestGraceEnds(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, h *harness) {
		c.Grace = 20 * time.Millisecond
		h.store.hold, h.store.entered = make(chan struct{}), make(chan struct{}, 1)
	}))
	conn := dial(t, s)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.address+base+"/pipelines/"+absentID, nil)
	if err != nil {
		t.Fatal(err)
	}
	sign(t, r, "")
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	<-s.store.entered
	s.stop()
	if err := s.wait(); err != nil {
		t.Error(err)
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes of an answer", n)
	}
}

// A store that does not answer in time is away.
func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *server.Config, h *harness) {
		c.RequestTimeout = 10 * time.Millisecond
		h.store.hold, h.store.entered = make(chan struct{}), make(chan struct{}, 1)
	})
	h.do("GET", base+"/pipelines/"+absentID, "").wantError(t, 503, api.ServiceUnavailableException, busyText)
}

// TLS brings HTTP/2, over which everything works alike.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	sample := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(sample.Close)
	s := start(t, newHarness(t, calm, func(c *server.Config, _ *harness) {
		c.TLS = &tls.Config{Certificates: sample.TLS.Certificates, MinVersion: tls.VersionTLS12}
	}))
	roots := x509.NewCertPool()
	roots.AddCert(sample.Certificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	s.store.setProgress(at(transcode.Progressing, 1, 0))
	r, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+s.address+"/v1/jobs/"+jobID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	sign(t, r, "")
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 {
		t.Errorf("protocol %s", resp.Proto)
	}
	e := events{t, bufio.NewScanner(resp.Body)}
	e.want("status", "Progressing", "1", "0")
	s.queue.news <- at(transcode.Progressing, 1, 10)
	e.want("progress", "Progressing", "1", "10")
	s.stop()
	if got := e.next(); got != "" {
		t.Errorf("at the end: %s", got)
	}
}

// A panic in the middle of an answer cuts it off, so that nobody takes it for whole.
func TestPanicInTheMiddle(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, _ *harness) {
		c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			panic("in the middle")
		})
	}))
	resp := s.open(t, "GET", "/metrics", "")
	if text, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("a whole answer: %q", text)
	}
	<-s.answers.told
	if n := strings.Count(s.log.String(), "in the middle"); n != 1 {
		t.Errorf("logged %d times: %s", n, s.log)
	}
}

// Metrics are for callers who may read them, wherever they are.
func TestMetricsAreSigned(t *testing.T) {
	t.Parallel()
	page := func(cfg *server.Config, _ *harness) {
		cfg.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "1")
		})
	}
	allowed := newHarness(t, page, withPolicy(t, `{"Effect":"Allow","Action":"reelastic:ReadMetrics","Resource":"*"}`))
	allowed.do("GET", "/metrics", "").want(t, 200, "1")
	allowed.send(httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)).wantError(t, 403,
		api.MissingAuthenticationTokenException,
		"The request has neither an Authorization header nor a presigned query string.")
	other := newHarness(t, page, withPolicy(t, `{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"*"}`))
	if got := other.do("GET", "/metrics", ""); got.status != 403 {
		t.Errorf("status %d without the right", got.status)
	}
}

// plainWriter remembers the status alone.
type plainWriter struct {
	header http.Header
	status int
}

func (w *plainWriter) Header() http.Header { return w.header }

func (w *plainWriter) WriteHeader(status int) { w.status = status }

func (w *plainWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = 200
	}
	return len(p), nil
}
