package reelastictest

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/reelastic/reelastic/internal/tlstest"
)

// StartTLS is [Start] for a server that speaks TLS with a certificate of its own,
// which [Server.CertFile] names and [Server.HTTP] trusts.
func StartTLS(tb testing.TB, args ...string) *Server {
	tb.Helper()
	pair := tlstest.New(tb)
	cert, key := pair.Write(tb)
	s := &Server{tb: tb, Data: tb.TempDir(), addr: "127.0.0.1:0", CertFile: cert,
		args: append([]string{"--tls-cert", cert, "--tls-key", key}, args...)}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pair.Roots()}}
	tb.Cleanup(transport.CloseIdleConnections)
	s.http = &http.Client{Transport: transport}
	return start(s)
}

// HTTP is a client for the server that trusts its certificate.
func (s *Server) HTTP() *http.Client {
	if s.http == nil {
		return http.DefaultClient
	}
	return s.http
}
