package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// MonitoringConfig is what a process tells of itself.
type MonitoringConfig struct {
	Metrics   string `name:"metrics-listen" help:"Address for /metrics without a signature, or unix:PATH; default: none."`
	Access    string `name:"access-log" help:"File with a line for each request, or - for the log; default: none."`
	Audit     string `name:"audit-log" help:"File with changes and refusals, - for the log, or none; default: DATA/audit.log."`
	LogFormat string `name:"log-format" default:"text" enum:"text,json" help:"text or json."`
}

func (c MonitoringConfig) check(r *refusals) {
	if path, ok := strings.CutPrefix(c.Metrics, "unix:"); ok && path == "" {
		r.refuse("metrics-listen", c.Metrics, "must be of the form unix:PATH")
	} else if !ok && c.Metrics != "" {
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

// noRecords is the setting that keeps no record.
const noRecords = "none"

// records is a log of its own: in a file of JSON lines, which is rotated, or beside all else.
func (p *parts) records(path, kind string) *slog.Logger {
	switch path {
	case "", noRecords:
		return slog.New(slog.DiscardHandler)
	case "-":
		return p.log.With("log", kind)
	}
	const megabytes, old = 100, 10
	file := &lumberjack.Logger{Filename: path, MaxSize: megabytes, MaxBackups: old}
	p.closes(func() { file.Close() })
	return slog.New(slog.NewJSONHandler(file, nil))
}

// listenMetrics opens the address of the metrics; nil without one.
func (p *parts) listenMetrics(ctx context.Context) (net.Listener, error) {
	address := p.cfg.Monitoring.Metrics
	if address == "" {
		return nil, nil
	}
	network, place := "tcp", address
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, place = "unix", path
		if err := freeSocket(path); err != nil {
			return nil, fmt.Errorf("--metrics-listen %q: %w", address, err)
		}
	}
	ln, err := new(net.ListenConfig).Listen(ctx, network, place)
	if err != nil {
		return nil, fmt.Errorf("--metrics-listen %q: %w", address, err)
	}
	p.closes(func() { ln.Close() })
	return ln, nil
}

// freeSocket removes the socket of a process that is gone.
func freeSocket(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return reason(err)
	case info.Mode()&fs.ModeSocket == 0:
		return errors.New("there is a file of that name, which is no socket")
	}
	if c, err := net.Dial("unix", path); err == nil {
		return errors.Join(errors.New("another process listens there"), c.Close())
	}
	return os.Remove(path)
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
