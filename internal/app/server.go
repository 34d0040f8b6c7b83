package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/delivery"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// ServerConfig is how clients reach the API, and what they may hold.
type ServerConfig struct {
	Listen    string `name:"listen" default:"127.0.0.1:8080" help:"Address of the API."`
	PublicURL string `name:"public-url" help:"Address at which clients reach the server; default: from --listen."`
	TLSCert   string `name:"tls-cert" help:"Certificate file (PEM), read again when it is replaced; with --tls-key."`
	TLSKey    string `name:"tls-key" help:"Key file (PEM); with --tls-cert."`

	Conns          int `name:"max-connections" default:"4096" help:"Maximum number of open connections."`
	ConnsPerSource int `name:"max-connections-per-address" default:"1024" help:"Maximum per client address."`

	RefusalDelay time.Duration `name:"refusal-delay" default:"2s" help:"Longest delay of refusals to an address or a key that keeps being refused."`

	Pipelines  int `name:"max-pipelines" default:"0" help:"Maximum number of pipelines; 0: no limit."`
	Presets    int `name:"max-presets" default:"0" help:"Maximum number of custom presets; 0: no limit."`
	QueuedJobs int `name:"max-queued-jobs" default:"0" help:"Maximum number of waiting jobs per pipeline; 0: no limit."`
}

func (c ServerConfig) check(r *refusals) {
	r.noListener("listen", c.Listen)
	if c.PublicURL != "" && !isAddress(c.PublicURL) {
		r.refuse("public-url", redactURL(c.PublicURL), "must be an address of the form https://HOST")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		r.refuse("tls-cert", c.TLSCert, "--tls-cert and --tls-key must be given together")
	}
	if c.Conns < 1 {
		r.refuse("max-connections", c.Conns, "must be at least 1")
	}
	if c.ConnsPerSource < 1 {
		r.refuse("max-connections-per-address", c.ConnsPerSource, "must be at least 1")
	}
	r.negative("refusal-delay", int64(c.RefusalDelay))
	r.negative("max-pipelines", int64(c.Pipelines))
	r.negative("max-presets", int64(c.Presets))
	r.negative("max-queued-jobs", int64(c.QueuedJobs))
}

// noListener refuses what can't be listened on.
func (r *refusals) noListener(flag, address string) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		r.refuse(flag, address, "must be an address of the form HOST:PORT")
	}
}

// ownURL is the address of the listener.
func (c ServerConfig) ownURL() string {
	if c.TLSCert != "" {
		return "https://" + c.Listen
	}
	return "http://" + c.Listen
}

// loadTLS reads the certificate, again whenever its files are replaced; nil without one.
func (c ServerConfig) loadTLS(log *slog.Logger) (*tls.Config, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	pair := &certificate{cert: c.TLSCert, key: c.TLSKey, log: log}
	_, err := pair.current()
	if err == nil {
		err = checkSecretFile(c.TLSKey)
	}
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.current() },
		MinVersion:     tls.VersionTLS12,
	}, nil
}

// listen opens the address of the API.
func (p *parts) listen(ctx context.Context) (net.Listener, error) {
	address := p.cfg.Server.Listen
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q: %w", address, err)
	}
	p.closes(func() { ln.Close() })
	return ln, nil
}

// publicURL is what clients are told: the configured address, or the listener's.
func (c ServerConfig) publicURL(listener net.Addr) string {
	if _, port, err := net.SplitHostPort(c.Listen); err == nil && port == "0" {
		return strings.Replace(c.PublicURL, c.Listen, listener.String(), 1)
	}
	return c.PublicURL
}

// notifications are what the server manages: rows of the store, made by the sender.
type notifications struct {
	*sqlstore.DB
	*delivery.Sender
}

// jobControl is what operators do with jobs: rows of the store, and word to the workers.
type jobControl struct {
	*sqlstore.DB
	*taskqueue.Queue
}

// otherLimits are those of other parts that the server tells callers of.
func (p *parts) otherLimits() server.OtherLimits {
	limits := server.OtherLimits{
		RunningJobsPerPipeline: p.cfg.Queue.RunningJobs,
		DeliveryTime:           p.cfg.Notifications.Time,
	}
	if p.cfg.Worker.Workers > 0 {
		limits.Encoding = p.cfg.encodingLimits()
	}
	return limits
}

// newServer makes the server of the API.
func (p *parts) newServer(secure *tls.Config, i identities, sender *delivery.Sender) *server.Server {
	c := p.cfg.Server
	cfg := server.Config{
		Region:        p.cfg.Installation.Region,
		Account:       p.cfg.Installation.Account,
		TLS:           secure,
		Metrics:       p.metrics.handler(),
		Keys:          p.keyServer(i.dataKeys),
		Installation:  i.keys,
		Notifications: notifications{p.store, sender},
		Fleet:         p.queue,
		Jobs:          jobControl{p.store, p.queue},
		Topics:        sender,
		Version:       Version(),
		OtherLimits:   p.otherLimits(),
		MaxConns:      c.Conns,

		MaxConnsPerSource: c.ConnsPerSource,
		RefusalDelay:      c.RefusalDelay,
		Observer:          p.metrics,
		Access:            p.records(p.cfg.Monitoring.Access, "access"),
		Audit:             p.records(p.cfg.Monitoring.Audit, "audit"),
		Log:               p.log,
		Writable:          p.writable,
		Quotas: server.Quotas{
			Pipelines:             c.Pipelines,
			Presets:               c.Presets,
			QueuedJobsPerPipeline: c.QueuedJobs,
		},
	}
	if p.cfg.Worker.Workers > 0 {
		cfg.FFmpeg = p.ffmpeg
	}
	return server.New(cfg, p.store, p.queue, p.storage, i.callers)
}
