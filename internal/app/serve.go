package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/delivery"
	"github.com/reelastic/reelastic/internal/dispatch"
	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/worker"
)

// version is set by the linker.
var version string

// Version is the program's version: the linker's word, or the module's.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// ReadCredentials reads a profile of an AWS shared credentials file, such as the
// one that the first start writes.
func ReadCredentials(path, profile string) (sigv4.Credentials, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return sigv4.Credentials{}, err
	}
	c, err := identity.ParseFile(text, profile)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// probeProgram is the ffprobe beside an ffmpeg.
func probeProgram(program string) string {
	folder, name := filepath.Split(program)
	return folder + strings.Replace(name, "ffmpeg", "ffprobe", 1)
}

// Serve runs the server, dispatch, delivery and, unless cfg.Workers is 0, the workers
// in this process until ctx ends, then stops them in good order. It returns an
// error when they can't begin or one of them can't go on.
func Serve(ctx context.Context, cfg Config, log *slog.Logger) error {
	p := newParts(cfg, log)
	defer p.close()
	if err := errors.Join(p.listen(ctx), p.loadTLS()); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := p.revive(ctx); err != nil {
		return err
	}
	key, _, err := identity.LoadKey(p.keyFile())
	if err != nil {
		return fmt.Errorf("--data %q: %w", p.cfg.Data, err)
	}
	callers, err := p.credentials(ctx, key)
	if err != nil {
		return err
	}
	sender := p.sender(key)
	defer sender.Close()
	own := identity.NewDataKeys(key, p.cfg.Region, p.cfg.Account)
	handler := p.server(callers, p.keyServer(own), sender)
	g := newGroup(ctx)
	p.serveMetrics(g)
	g.run("sweep", p.sweep)
	g.run("server", func(ctx context.Context) error { return handler.Serve(ctx, p.clients) })
	g.runLast("dispatch", dispatch.New(dispatch.Config{Log: log}, p.store, p.queue).Run)
	g.runLast("delivery", p.delivery(sender).Run)
	if p.cfg.Workers > 0 {
		g.run("worker", p.worker(p.keyService(own)).Run)
	}
	log.InfoContext(ctx, "serving", "listen", p.clients.Addr().String(), "endpoint", p.publicURL(), "workers", p.cfg.Workers)
	return g.wait()
}

// Work runs a worker of a fleet until ctx ends.
func Work(ctx context.Context, cfg Config, log *slog.Logger) error {
	p := newParts(cfg, log)
	defer p.close()
	if err := p.listenMetrics(ctx); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	key, err := identity.ReadKey(p.keyFile())
	if err != nil && p.cfg.KMS == "" {
		log.WarnContext(ctx, "no installation key: jobs with AES encryption will fail", "err", err)
	}
	g := newGroup(ctx)
	p.serveMetrics(g)
	g.run("sweep", p.sweep)
	g.run("worker", p.worker(p.keyService(identity.NewDataKeys(key, p.cfg.Region, p.cfg.Account))).Run)
	log.InfoContext(ctx, "working", "workers", p.cfg.Workers)
	return g.wait()
}

// revive lets every unfinished task of an embedded engine wait again: its
// messages were in the memory of a process that is gone.
func (p *parts) revive(ctx context.Context) error {
	if p.cfg.NATS != "" {
		return nil
	}
	n, err := p.store.ReviveAll(ctx)
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	if n > 0 {
		p.log.InfoContext(ctx, "unfinished jobs wait again", "tasks", n)
	}
	return nil
}

// credentials opens the sealed credentials; at the first start it makes the
// first caller's.
func (p *parts) credentials(ctx context.Context, key identity.Key) (*identity.Credentials, error) {
	c := identity.New(p.store, key)
	path := filepath.Join(p.cfg.Data, "credentials")
	created, err := c.Ensure(ctx, path, p.cfg.Region)
	if errors.Is(err, transcode.ErrRevoked) {
		p.log.WarnContext(ctx, "the access key in the credentials file was revoked or rotated, and stays so", "file", path)
	} else if err != nil {
		return nil, fmt.Errorf("--data %q: %w", p.cfg.Data, err)
	}
	if created {
		p.log.InfoContext(ctx, "credentials of the first caller written", "file", path)
	}
	return c, nil
}

// notifications are what the server manages: rows of the store, made by the sender.
type notifications struct {
	*sqlstore.DB
	*delivery.Sender
}

// sender carries deliveries out, with links to the address of the server.
func (p *parts) sender(key identity.Key) *delivery.Sender {
	networks, _ := p.cfg.networks() // [Config.Check] has read them
	cfg := delivery.SenderConfig{
		Region: p.cfg.Region, Account: p.cfg.Account, PublicURL: p.publicURL(), Allowed: networks, SNS: p.cfg.SNS,
	}
	return delivery.NewSender(cfg, p.store, key, p.roles)
}

func (p *parts) delivery(sender *delivery.Sender) *delivery.Service {
	cfg := delivery.Config{SNS: p.cfg.SNS != "", GiveUp: p.cfg.DeliveryTime, Observer: p.metrics, Log: p.log}
	return delivery.New(cfg, p.store, p.queue, sender)
}

func (p *parts) server(callers *identity.Credentials, keys server.Keys, sender *delivery.Sender) *server.Server {
	cfg := server.Config{
		Region: p.cfg.Region, Account: p.cfg.Account, TLS: p.tls,
		Quotas:  server.Quotas{Pipelines: p.cfg.Pipelines, Presets: p.cfg.Presets, QueuedJobsPerPipeline: p.cfg.QueuedJobs},
		Metrics: p.metrics.handler(), Keys: keys, Notifications: notifications{p.store, sender}, Topics: sender,
		Version: Version(), Observer: p.metrics, Log: p.log,
	}
	if p.cfg.Workers > 0 {
		cfg.Engine = p.engine
	}
	return server.New(cfg, p.store, p.queue, buckets{p}, callers)
}

// keyFile is where the installation key is.
func (p *parts) keyFile() string { return filepath.Join(p.cfg.Data, "key") }

func (p *parts) worker(keys worker.KeyService) *worker.Worker {
	return worker.New(worker.Config{
		ID: workerID(), Slots: p.cfg.Workers, Threads: p.cfg.threads(), MemoryBytes: encodingMemory(), Scratch: p.cfg.Scratch,
		MaxAttempts: p.cfg.Attempts, Grace: p.cfg.Grace, Speed: p.cfg.Speed, AACFallback: p.cfg.AAC, Log: p.log,
		Limits: job.Limits{Bytes: p.cfg.MaxBytes, Pixels: p.cfg.MaxPixels, Streams: p.cfg.MaxStreams, Duration: p.cfg.MaxDuration},
	}, p.store, p.queue, p.storage, p.engine, keys, p.metrics)
}

// encodingMemory is what the machine can spare for ffmpeg: three quarters of its
// memory; 0 where the kernel does not say.
func encodingMemory() int64 {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit) / 4 * 3
}

// workerID is unique for each start and fit for a file name and a subject.
func workerID() string { return "w-" + strings.ToLower(rand.Text()[:12]) }

// publicURL is what clients are told: the configured address, or the listener's.
func (p *parts) publicURL() string {
	if _, port, err := net.SplitHostPort(p.cfg.Listen); err == nil && port == "0" {
		return strings.Replace(p.cfg.PublicURL, p.cfg.Listen, p.clients.Addr().String(), 1)
	}
	return p.cfg.PublicURL
}

// metricsTimeout bounds a scrape.
const metricsTimeout = 10 * time.Second

// serveMetrics answers /metrics on an address of its own, where there is one.
func (p *parts) serveMetrics(g *group) {
	if p.scrapes == nil {
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", p.metrics.handler())
	hs := &http.Server{Handler: mux, ReadTimeout: metricsTimeout, WriteTimeout: metricsTimeout}
	g.run("metrics", func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { hs.Close() })
		defer stop()
		if err := hs.Serve(p.scrapes); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}
