package s3test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// Proxy starts a proxy in front of the server and returns its address. Each request
// goes to front with what passes it on; both may run at the same time.
func (s *Server) Proxy(tb testing.TB, front func(w http.ResponseWriter, r *http.Request, pass http.Handler)) string {
	tb.Helper()
	target, err := url.Parse(s.Endpoint)
	if err != nil {
		tb.Fatal(err)
	}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.Host = r.In.Host // it is signed
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front(w, r, pass) }))
	tb.Cleanup(proxy.Close)
	return proxy.URL
}

// Answer answers a request with one of S3's errors.
func Answer(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>about %s</Message></Error>`, code, code)
}

// Cut is a response that breaks off after some bytes of its body.
type Cut struct {
	http.ResponseWriter
	// Left is how many bytes are still let through; 0 loses the answer altogether.
	Left int
}

// WriteHeader passes the header on, unless the whole answer is lost.
func (c *Cut) WriteHeader(status int) {
	if c.Left == 0 {
		panic(http.ErrAbortHandler)
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write passes on what is let through.
func (c *Cut) Write(b []byte) (int, error) {
	if len(b) <= c.Left {
		c.Left -= len(b)
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.Left]) // the reader is about to lose more
	panic(http.ErrAbortHandler)
}
