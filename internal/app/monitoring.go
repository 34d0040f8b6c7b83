package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// MonitoringConfig is what a process tells of itself.
type MonitoringConfig struct {
	Metrics   string `name:"metrics-listen" help:"Address for /metrics, not for loopback only; default: none."`
	LogFormat string `name:"log-format" default:"text" enum:"text,json" help:"text or json."`
}

func (c MonitoringConfig) check(r *refusals) {
	if c.Metrics != "" {
		r.noListener("metrics-listen", c.Metrics)
	}
}

// Logger writes to w in the configured form.
func (c MonitoringConfig) Logger(w io.Writer) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// listenMetrics opens the address of the metrics; nil without one.
func (p *parts) listenMetrics(ctx context.Context) (net.Listener, error) {
	address := p.cfg.Monitoring.Metrics
	if address == "" {
		return nil, nil
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--metrics-listen %q: %w", address, err)
	}
	p.closes(func() { ln.Close() })
	return ln, nil
}

// metricsTimeout bounds a scrape.
const metricsTimeout = 10 * time.Second

// serveMetrics answers /metrics on an address of its own, where there is one.
func (p *parts) serveMetrics(s *services, scrapes net.Listener) {
	if scrapes == nil {
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", p.metrics.handler())
	hs := &http.Server{Handler: mux, ReadTimeout: metricsTimeout, WriteTimeout: metricsTimeout}
	s.run("metrics", func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { hs.Close() })
		defer stop()
		if err := hs.Serve(scrapes); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}
