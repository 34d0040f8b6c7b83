package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	jobID     = "1502631977930-rabioh"
	requestID = "c321ec43-378e-11e2-8e4c-4d5b971203e9"
)

var testCredentials = StaticCredentials("AKTEST", "test-secret", "")

// memoryListener gives a server connections through memory, so that it can live
// in a synctest bubble: there the clock runs only while all goroutines wait, and
// a goroutine that is left behind fails the test.
type memoryListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: errors.New("connection refused")}
	}
}

// bubble runs a test in fake time, with a client of a server in memory.
func bubble(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, c *Client), opts ...Option) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newMemoryListener()
		server := &http.Server{Handler: handler}
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		}()
		transport := &http.Transport{DialContext: l.dial}
		c := newClient(t, "http://service.test",
			append([]Option{WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
		test(t, c)
		c.CloseIdleConnections()
		server.Close()
		<-stopped
	})
}

// newClient makes a client with the test's credentials.
func newClient(t *testing.T, endpoint string, opts ...Option) *Client {
	t.Helper()
	c, err := New(endpoint, append([]Option{WithCredentials(testCredentials), WithRegion("us-east-1")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve makes a client of a real HTTP server on loopback.
func serve(t *testing.T, handler http.HandlerFunc, opts ...Option) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c := newClient(t, server.URL, opts...)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// reply is an answer that a test's server gives.
type reply struct {
	status int
	code   string // of the header x-amzn-ErrorType
	body   string
	header map[string]string
	// Instead of an answer the connection is cut: at once, or in the midst of the body.
	cut, cutBody bool
}

func (a reply) write(w http.ResponseWriter) {
	if a.cut {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", requestID)
	if a.code != "" {
		w.Header().Set("X-Amzn-Errortype", a.code)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
	if a.cutBody {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// script gives its replies one after the other, the last one for ever, and
// counts the requests.
type script struct {
	mu      sync.Mutex
	replies []reply
	times   []time.Time
}

func play(replies ...reply) *script { return &script{replies: replies} }

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	n := min(len(s.times), len(s.replies)-1)
	s.times = append(s.times, time.Now())
	next := s.replies[n]
	s.mu.Unlock()
	next.write(w)
}

// requests is the number of requests so far.
func (s *script) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.times)
}

// waits are the times between the requests.
func (s *script) waits() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var waits []time.Duration
	for i := 1; i < len(s.times); i++ {
		waits = append(waits, s.times[i].Sub(s.times[i-1]))
	}
	return waits
}

var (
	okJob     = reply{status: 200, body: `{"Job":{"Id":"` + jobID + `","Status":"Complete"}}`}
	failed    = reply{status: 500, code: "InternalServiceException"}
	busy      = reply{status: 503}
	throttled = reply{status: 400, code: "ThrottlingException:",
		body: `{"message":"Rate of requests exceeds the allowed throughput."}`}
	overQuota = reply{status: 429, code: "LimitExceededException:", body: `{"message":"The account already has the ` +
		`maximum number of pipelines allowed: account=1, maximum number of pipelines=4"}`}
	badInput = reply{status: 400, code: "ValidationException", body: `{"message":"no"}`}
	cutOff   = reply{cut: true}
	cutBody  = reply{status: 200, body: `{"Job":`, cutBody: true}
)
