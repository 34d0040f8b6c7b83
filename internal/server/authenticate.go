package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// authenticator finds out who sends a request.
type authenticator interface {
	// authenticate returns the access key, with its caller. Body reads the request's body, within its limit;
	// an authenticator that needs it may call it any number of times and returns its
	// error as it is. What the client did wrong is an error that it may read.
	authenticate(r *http.Request, body func() ([]byte, error)) (policy.Key, error)
}

// signed is what is known of a request when its caller has been authenticated.
type signed struct {
	body   []byte
	caller policy.Caller
	// accessKey is the id of the caller's.
	accessKey string
}

// handler answers a request whose caller is known. It returns an error only while
// nothing of the answer has been written.
type handler func(w *response, r *http.Request, from signed) error

// authenticated lets a handler answer the requests of known callers only. The refusals of
// those who keep asking are delayed, when what they have sent is not held any more.
func (s *Server) authenticated(next handler) endpoint {
	return func(w *response, r *http.Request) error {
		err := s.admit(w, r, next)
		if w.who.caller == "" {
			return s.slowed(r, source(r.RemoteAddr), err)
		}
		return s.slowed(r, "access key "+w.who.accessKey, err)
	}
}

// admit finds out who sends a request and calls the handler.
func (s *Server) admit(w *response, r *http.Request, next handler) error {
	from := source(r.RemoteAddr)
	given := func() {} // gives back a place for a large body
	defer func() { given() }()
	body := sync.OnceValues(func() (whole []byte, err error) {
		if large(r) && !s.bodies.take(from) {
			return nil, &api.Error{Code: api.ThrottlingException,
				Message: "Too many large requests are being read; try again."}
		} else if large(r) {
			given = func() { s.bodies.give(from) }
		}
		return s.read(w, r)
	})
	key, err := s.authenticator.authenticate(r, body)
	w.who.accessKey = key.AccessKeyID
	if err != nil {
		return err
	}
	w.who.caller = key.Caller.Name
	whole, err := body()
	if err != nil {
		return err
	}
	return next(w, r, signed{whole, key.Caller, key.AccessKeyID})
}

// largeBody is the length from which on a body counts as large, in bytes.
const largeBody = 64 << 10

// large reports whether the body of a request may be large.
func large(r *http.Request) bool { return r.ContentLength < 0 || r.ContentLength > largeBody }

// read reads the body within its limit.
func (s *Server) read(w *response, r *http.Request) ([]byte, error) {
	if r.ContentLength > s.cfg.MaxBodyBytes {
		w.Header().Set("Connection", "close") // what is not read can not be skipped
		return nil, bodyTooLarge(s.cfg.MaxBodyBytes)
	}
	var body bytes.Buffer
	body.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead)
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, s.cfg.MaxBodyBytes)); err != nil {
		w.Header().Set("Connection", "close")
		return nil, bodyError(err)
	}
	return body.Bytes(), nil
}

func bodyTooLarge(limit int64) error {
	return &api.Error{Code: api.RequestEntityTooLargeException,
		Message: fmt.Sprintf("The request body is larger than %d bytes.", limit)}
}

// signatures authenticates callers by the signatures of their requests.
type signatures struct {
	callers Callers
	now     func() time.Time
	timeout time.Duration // of the look-up of an access key
}

// authenticate reads the body of a request only when form, date and access key are right.
func (a signatures) authenticate(r *http.Request, body func() ([]byte, error)) (key policy.Key, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), a.timeout)
	defer cancel()
	var fault error
	expired := false
	lookup := func(accessKeyID string) (sigv4.Credentials, bool) {
		found, who, err := a.callers.Caller(ctx, accessKeyID)
		if expired = errors.Is(err, transcode.ErrExpired); expired {
			err = nil // only who has its secret learns of it
		}
		if err != nil && !errors.Is(err, transcode.ErrNotFound) {
			fault = fmt.Errorf("look up access key: %w", err)
		}
		key = policy.Key{AccessKeyID: accessKeyID, Caller: who}
		return found, err == nil
	}
	claim, err := sigv4.Examine(r, lookup, a.now())
	if fault != nil {
		return key, fault
	}
	if err != nil {
		return key, err
	}
	whole, err := body()
	if err != nil {
		return key, err
	}
	if _, err = claim.Verify(whole); err == nil && expired {
		err = transcode.Errorf(api.ExpiredTokenException, "The security token included in the request is expired")
	}
	return key, err
}
