package server

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// health answers /healthz, unsigned: 200 when the store and the queue answer, and what the
// service writes has room.
func (s *Server) health(w *response, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := errors.Join(s.store.Ping(ctx), s.queue.Ping(ctx)); err != nil {
		s.cfg.Log.WarnContext(ctx, "not ready", "err", err)
		return unavailable("")
	}
	if s.cfg.Writable != nil {
		if err := s.cfg.Writable(); err != nil {
			s.cfg.Log.WarnContext(ctx, "not ready", "err", err)
			return unavailable("Nothing can be written: " + err.Error() + ".")
		}
	}
	w.send(http.StatusOK, []byte(`{"status":"ready"}`))
	return nil
}

// readMetrics is the action of reading metrics.
const readMetrics = extensions + "ReadMetrics"

// metrics answers GET /metrics.
func (s *Server) metrics(w *response, r *http.Request, from signed) error {
	if err := s.authorize(from.caller, readMetrics); err != nil {
		return err
	}
	s.cfg.Metrics.ServeHTTP(w, r)
	return nil
}
