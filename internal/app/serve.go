package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/publish"
	"github.com/reelastic/reelastic/internal/relay"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/taskqueue"
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

// parts are the adapters that server, relay and worker share.
type parts struct {
	cfg     Config
	log     *slog.Logger
	lock    *os.File
	store   *sqlstore.DB
	queue   *taskqueue.Queue
	folders *dir.Store  // nil with S3
	s3      *s3.Service // nil with folders
	engine  *ffmpeg.Runner
	// engineChecked waits until it is known whether the ffmpeg can be used, and
	// returns why not.
	engineChecked func() error
	// engineSaid waits until the log has been told what it can do.
	engineSaid func()
	roles      granter
	metrics    *metrics
}

// gcPercent is how much the heap may grow between collections, in percent, unless
// GOGC says otherwise. The live heap is a few megabytes, so that Go's default of
// 100 collects it all the time while jobs are created.
const gcPercent = 300

// open makes the data folder the process's own and opens the adapters.
func open(ctx context.Context, cfg Config, log *slog.Logger) (_ *parts, err error) {
	p := &parts{cfg: cfg.complete(), log: log, metrics: newMetrics()}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	p.startEngine(ctx)
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.lock, err = ownFolder(p.cfg.Data); err != nil {
		return nil, err
	}
	if p.roles, err = p.openRoles(ctx); err != nil {
		return nil, err
	}
	dsn := p.cfg.Database
	if dsn == "" {
		dsn = filepath.Join(p.cfg.Data, "reelastic.db")
	}
	if p.store, err = sqlstore.Open(ctx, sqlstore.Config{DSN: dsn, MaxJobsPerPipeline: p.cfg.RunJobs, Alone: p.cfg.NATS == ""}); err != nil {
		return nil, fmt.Errorf("--database: %w", err)
	}
	if err := p.openStorage(); err != nil {
		return nil, err
	}
	p.queue, err = taskqueue.Open(ctx, taskqueue.Config{URL: p.cfg.NATS, Creds: p.cfg.NATSCreds, Replicas: p.cfg.Replicas,
		AckWait: p.cfg.AckWait, Name: "reelastic", Log: log})
	if err != nil {
		return nil, fmt.Errorf("--nats: %w", err)
	}
	p.metrics.watch(p.store, p.queue)
	return p, nil
}

func (p *parts) close() {
	p.engineSaid()
	if p.queue != nil {
		p.queue.Close()
	}
	if p.store != nil {
		p.store.Close()
	}
	if p.folders != nil {
		p.folders.Close()
	}
	if p.lock != nil {
		p.lock.Close()
	}
}

// ownFolder makes the data folder, readable by its owner only, and locks it: a
// second process on the same folder is refused.
func ownFolder(path string) (*os.File, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("--data %q: %w", path, reason(err))
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--data %q: %w", path, reason(err))
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("--data %q: another process uses this folder; SQLite and the in-process engine belong to one process (a fleet uses --database and --nats, each process with a --data of its own)", path)
	}
	return lock, nil
}

// reason is an error without the path, which the caller has said already.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// Serve runs the server, the relay and, unless cfg.Workers is 0, the workers in
// this process until ctx ends, then stops them in good order. It returns an
// error when they can't begin or one of them can't go on.
func Serve(ctx context.Context, cfg Config, log *slog.Logger) error {
	p, err := open(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer p.close()
	key, _, err := identity.LoadKey(p.keyFile())
	if err != nil {
		return fmt.Errorf("--data %q: %w", p.cfg.Data, err)
	}
	callers, err := p.credentials(ctx, key)
	if err != nil {
		return err
	}
	if err := p.engineChecked(); err != nil {
		return err
	}
	ln, err := listen(ctx, p.cfg.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q: %w", p.cfg.Listen, err)
	}
	publisher, err := p.publisher(ln, key)
	if err != nil {
		ln.Close()
		return err
	}
	defer publisher.Close()
	own := identity.NewDataKeys(key, p.cfg.Region, p.cfg.Account)
	keys := p.keyService(own)
	handler, err := p.server(callers, p.keyServer(own), publisher)
	if err != nil {
		ln.Close()
		return err
	}
	if err := p.revive(ctx); err != nil {
		ln.Close()
		return err
	}
	g := newGroup(ctx)
	if p.cfg.Metrics != "" {
		if err := p.serveMetrics(g); err != nil {
			ln.Close()
			return err
		}
	}
	g.run("sweep", p.sweep)
	g.run("server", func(ctx context.Context) error { return handler.Serve(ctx, ln) })
	g.runLast("relay", relay.New(relay.Config{SNS: p.cfg.SNS != "", GiveUp: p.cfg.DeliveryTime, Observer: p.metrics, Log: log},
		p.store, p.queue, publisher).Run)
	if p.cfg.Workers > 0 {
		g.run("worker", p.worker(keys).Run)
	}
	log.InfoContext(ctx, "serving", "listen", ln.Addr().String(), "endpoint", p.publicURL(ln), "workers", p.cfg.Workers)
	return g.wait()
}

// listen opens an address for clients.
func listen(ctx context.Context, address string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", address)
}

// Work runs a worker of a fleet until ctx ends.
func Work(ctx context.Context, cfg Config, log *slog.Logger) error {
	p, err := open(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.engineChecked(); err != nil {
		return err
	}
	g := newGroup(ctx)
	if p.cfg.Metrics != "" {
		if err := p.serveMetrics(g); err != nil {
			return err
		}
	}
	key, err := identity.ReadKey(p.keyFile())
	if err != nil && p.cfg.KMS == "" {
		log.WarnContext(ctx, "no installation key: jobs with AES encryption will fail", "err", err)
	}
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

// notifications are what the server manages: rows of the store, made by the publisher.
type notifications struct {
	*sqlstore.DB
	*publish.Publisher
}

// publisher delivers notifications, with links to the address that ln has.
func (p *parts) publisher(ln net.Listener, key identity.Key) (*publish.Publisher, error) {
	networks, err := p.cfg.networks()
	if err != nil {
		return nil, fmt.Errorf("--subscriber-networks: %w", err)
	}
	cfg := publish.Config{Region: p.cfg.Region, Account: p.cfg.Account, PublicURL: p.publicURL(ln), Allowed: networks, SNS: p.cfg.SNS}
	return publish.New(cfg, p.store, key, p.roles), nil
}

func (p *parts) server(callers *identity.Credentials, keys server.Keys, publisher *publish.Publisher) (*server.Server, error) {
	cfg := server.Config{
		Region: p.cfg.Region, Account: p.cfg.Account,
		Quotas:  server.Quotas{Pipelines: p.cfg.Pipelines, Presets: p.cfg.Presets, QueuedJobsPerPipeline: p.cfg.QueuedJobs},
		Metrics: p.metrics.handler(), Keys: keys, Notifications: notifications{p.store, publisher}, Topics: publisher,
		Version: Version(), Observer: p.metrics, Log: p.log,
	}
	if p.cfg.Workers > 0 {
		cfg.Engine = p.engine
	}
	if p.cfg.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(p.cfg.TLSCert, p.cfg.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		cfg.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	return server.New(cfg, p.store, p.queue, buckets{p}, callers), nil
}

// keyFile is where the installation key is.
func (p *parts) keyFile() string { return filepath.Join(p.cfg.Data, "key") }

func (p *parts) worker(keys worker.KeyService) *worker.Worker {
	return worker.New(worker.Config{
		ID: workerID(), Slots: p.cfg.Workers, Threads: p.cfg.threads(), MemoryBytes: encodingMemory(), Scratch: p.cfg.Scratch,
		MaxAttempts: p.cfg.Attempts, Grace: p.cfg.Grace, Speed: p.cfg.Speed, AACFallback: p.cfg.AAC, Log: p.log,
		Limits: worker.Limits{Bytes: p.cfg.MaxBytes, Pixels: p.cfg.MaxPixels, Streams: p.cfg.MaxStreams, Duration: p.cfg.MaxDuration},
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
func (p *parts) publicURL(ln net.Listener) string {
	if _, port, err := net.SplitHostPort(p.cfg.Listen); err == nil && port == "0" {
		return strings.Replace(p.cfg.PublicURL, p.cfg.Listen, ln.Addr().String(), 1)
	}
	return p.cfg.PublicURL
}

// metricsTimeout bounds a scrape.
const metricsTimeout = 10 * time.Second

// serveMetrics answers /metrics on an address of its own.
func (p *parts) serveMetrics(g *group) error {
	ln, err := listen(g.ctx, p.cfg.Metrics)
	if err != nil {
		return fmt.Errorf("--metrics-listen %q: %w", p.cfg.Metrics, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", p.metrics.handler())
	hs := &http.Server{Handler: mux, ReadTimeout: metricsTimeout, WriteTimeout: metricsTimeout}
	g.run("metrics", func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { hs.Close() })
		defer stop()
		if err := hs.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return nil
}
