package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// Serve answers the requests that arrive on ln, with TLS if it is configured,
// until ctx ends. It then takes no more, ends the event streams, lets the other
// requests finish within the grace, and returns nil; what is left is cut off.
// It closes ln, and is called once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	hs := &http.Server{
		Handler:           s,
		TLSConfig:         s.cfg.TLS,
		ReadHeaderTimeout: s.cfg.HeaderTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		// it runs from the end of the headers
		WriteTimeout:   s.cfg.ReadTimeout + s.cfg.RequestTimeout + s.cfg.WriteTimeout,
		IdleTimeout:    2 * s.cfg.WriteTimeout,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug), // what clients do to connections
	}
	ln = boundListener{ln, newQuota(s.cfg.MaxConns, s.cfg.MaxConnsPerSource)}
	ended := make(chan error, 1)
	go func() {
		if hs.TLSConfig != nil {
			ended <- hs.ServeTLS(ln, "", "")
		} else {
			ended <- hs.Serve(ln)
		}
	}()
	select {
	case err := <-ended:
		s.close()
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	s.close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Grace)
	defer cancel()
	if err := hs.Shutdown(grace); err != nil {
		s.cfg.Log.WarnContext(ctx, "requests cut off at the end of the grace", "err", errors.Join(err, hs.Close()))
	}
	<-ended
	return nil
}
