package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/reelastic/reelastic/api"
)

// health answers /healthz, unsigned: 200 when the store and the queue answer.
func (s *Server) health(w *response, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return wrongMethod(w, r, http.MethodGet, http.MethodHead)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := errors.Join(s.store.Ping(ctx), s.queue.Ping(ctx)); err != nil {
		s.cfg.Log.WarnContext(ctx, "not ready", "err", err)
		return &api.Error{Code: api.ServiceUnavailableException, Status: http.StatusServiceUnavailable,
			Message: "The service is currently unavailable or busy."}
	}
	w.send(http.StatusOK, []byte(`{"status":"ready"}`))
	return nil
}

// metrics answers /metrics. Without a signature it is for this machine only; a
// request that a proxy passed on is not from this machine.
func (s *Server) metrics(w *response, r *http.Request) error {
	if !s.cfg.MetricsAnywhere && !local(r) {
		return &api.Error{Code: api.AccessDeniedException,
			Message: "Metrics are for loopback only; see --metrics-listen."}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return wrongMethod(w, r, http.MethodGet, http.MethodHead)
	}
	s.cfg.Metrics.ServeHTTP(w, r)
	return nil
}

func local(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}
