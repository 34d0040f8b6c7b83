package server

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/reelastic/reelastic/api"
)

// chain puts the steps that every request takes around the handlers: it gets an id, its
// answer is observed and recorded, and a panic becomes an answer. Those that need a caller are
// authenticated by [Server.authenticated].
func (s *Server) chain(routed http.Handler) http.Handler {
	return s.identified(s.observed(s.recorded(s.recovered(routed))))
}

// identified gives a request its id and an answer that remembers what was sent.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(newResponse(w, r), r) })
}

// observed reports each answer when it has ended.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		answer := responseOf(w)
		defer func() { s.cfg.Observer.Answered(answer.operation, answer.status, answer.code, time.Since(start)) }()
		next.ServeHTTP(w, r)
	})
}

// recovered answers a request whose handler panicked. An answer that has begun
// can only be cut off, so that the client does not take it for a whole one.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				s.panicked(responseOf(w), r, p)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) panicked(w *response, r *http.Request, p any) {
	err, _ := p.(error)
	aborted := errors.Is(err, http.ErrAbortHandler)
	if !aborted {
		s.cfg.Log.ErrorContext(r.Context(), "request panicked", "operation", w.operation,
			"request", w.requestID, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
	if w.status != 0 || aborted {
		panic(http.ErrAbortHandler)
	}
	w.fail(&api.Error{Code: api.InternalServiceException,
		Message: "The server encountered an internal error trying to fulfill the request."})
}

// endpoint answers a request. It returns an error only while nothing of the answer has
// been written.
type endpoint func(w *response, r *http.Request) error

// mounted gives an endpoint the form that the router takes, and renders its errors.
func (s *Server) mounted(e endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := responseOf(w)
		if err := e(answer, r); err != nil {
			s.fail(answer, r, err)
		}
	})
}
