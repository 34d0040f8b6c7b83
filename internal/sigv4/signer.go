package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"sync/atomic"
	"time"
)

// Signer signs as [Sign] does and keeps the key that it derived last, which
// serves all requests of one day, region, service and secret. The zero value is
// ready; it may be used from several goroutines at once.
type Signer struct {
	last atomic.Pointer[derived]
}

// derived is a signing key with what it was derived from.
type derived struct {
	secret string
	scope  scope
	key    []byte
}

// Sign is like the function [Sign].
func (s *Signer) Sign(req *http.Request, body []byte, creds Credentials, region, service string, at time.Time) error {
	return sign(req, body, creds, region, service, at, s.key)
}

// key returns the signing key of a scope.
func (s *Signer) key(secret string, of scope) []byte {
	if d := s.last.Load(); d != nil && d.secret == secret && d.scope == of {
		return d.key
	}
	d := &derived{secret: secret, scope: of, key: deriveKey(secret, of)}
	s.last.Store(d)
	return d.key
}

// deriveKey returns the signing key of a scope.
func deriveKey(secret string, s scope) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, scopeEnd} {
		key = keyed(key, part)
	}
	return key
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
