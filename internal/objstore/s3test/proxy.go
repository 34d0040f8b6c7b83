package s3test

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Proxy starts a proxy in front of the server and returns its address. Each request
// goes to front with what passes it on; both may run at the same time. The session that
// has signed a request is for front to judge: the server sees none.
func (s *Server) Proxy(tb testing.TB, front Front) string {
	tb.Helper()
	proxy := httptest.NewServer(s.behind(tb, front))
	tb.Cleanup(proxy.Close)
	return proxy.URL
}

// Front answers a request itself or passes it on.
type Front func(w http.ResponseWriter, r *http.Request, pass http.Handler)

// TLSProxy is [Server.Proxy] with TLS. It also returns a file with its certificate,
// which nobody else trusts.
func (s *Server) TLSProxy(tb testing.TB, front Front) (endpoint, certificate string) {
	tb.Helper()
	proxy := httptest.NewTLSServer(s.behind(tb, front))
	tb.Cleanup(proxy.Close)
	certificate = filepath.Join(tb.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw})
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return proxy.URL, certificate
}

func (s *Server) behind(tb testing.TB, front Front) http.Handler {
	tb.Helper()
	target, err := url.Parse(s.Endpoint)
	if err != nil {
		tb.Fatal(err)
	}
	pass := passTo(func(r *http.Request) string {
		if r.Header.Get(sessionToken) != "" {
			withoutSession(tb, r)
		}
		return target.Host
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front(w, r, pass) })
}

const sessionToken = "X-Amz-Security-Token"

// withoutSession signs a request anew, as the server knows no sessions.
func withoutSession(tb testing.TB, r *http.Request) {
	r.Header.Del(sessionToken)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	err := signer.SignHTTP(r.Context(), aws.Credentials{AccessKeyID: AccessKeyID, SecretAccessKey: SecretAccessKey}, r,
		r.Header.Get("X-Amz-Content-Sha256"), "s3", Region, time.Now())
	if err != nil {
		tb.Error(err)
	}
}

// passTo passes requests on to an address. They stay as they are, because they are
// signed.
func passTo(address func(*http.Request) string) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.Host = r.In.Host
			r.Out.URL.Scheme, r.Out.URL.Host = "http", address(r.Out)
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}

// Names starts a proxy for clients, as the environment's HTTP_PROXY names it, that
// knows every host below [Domain]: it is this machine. The caller closes it.
func Names() *httptest.Server {
	return httptest.NewServer(passTo(func(r *http.Request) string {
		if host := r.URL.Hostname(); host != Domain && !strings.HasSuffix(host, "."+Domain) {
			return "" // which fails
		}
		return net.JoinHostPort("127.0.0.1", r.URL.Port())
	}))
}

// Named is the server's address below [Domain].
func (s *Server) Named() string {
	return strings.Replace(s.Endpoint, "127.0.0.1", Domain, 1)
}

// Answer answers a request with one of S3's errors.
func Answer(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>about %s</Message></Error>`,
		code, code)
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
