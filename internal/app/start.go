package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// parts are the adapters that services share. They are made in the
// order in which a start can fail without a trace: first the settings and addresses,
// then what lies elsewhere, and at last what is written into the data folder.
type parts struct {
	cfg     Config
	log     *slog.Logger
	clients net.Listener // of the API
	scrapes net.Listener // of --metrics-listen; nil without
	tls     *tls.Config  // nil without
	lock    *os.File
	store   *sqlstore.DB
	queue   *taskqueue.Queue
	folders *dir.Store  // nil with S3
	s3      *s3.Service // nil with folders
	engine  *ffmpeg.Runner
	// engineAsked waits for what asks the engine at the start.
	engineAsked sync.WaitGroup
	roles       granter
	metrics     *metrics
}

func newParts(cfg Config, log *slog.Logger) *parts {
	cfg = cfg.complete()
	engine := ffmpeg.New(ffmpeg.Config{FFmpeg: cfg.FFmpeg, FFprobe: probeProgram(cfg.FFmpeg), Sandbox: cfg.Sandbox, Log: log})
	return &parts{cfg: cfg, log: log, engine: engine, metrics: newMetrics()}
}

// listen opens the addresses of API and metrics.
func (p *parts) listen(ctx context.Context) (err error) {
	if p.clients, err = listen(ctx, p.cfg.Listen); err != nil {
		return fmt.Errorf("--listen %q: %w", p.cfg.Listen, err)
	}
	return p.listenMetrics(ctx)
}

func (p *parts) listenMetrics(ctx context.Context) (err error) {
	if p.cfg.Metrics == "" {
		return nil
	}
	if p.scrapes, err = listen(ctx, p.cfg.Metrics); err != nil {
		return fmt.Errorf("--metrics-listen %q: %w", p.cfg.Metrics, err)
	}
	return nil
}

// listen opens an address; nil with an error.
func listen(ctx context.Context, address string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", address)
}

// loadTLS reads the certificate, where there is one.
func (p *parts) loadTLS() error {
	if p.cfg.TLSCert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(p.cfg.TLSCert, p.cfg.TLSKey)
	if err != nil {
		return fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	p.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return nil
}

// gcPercent is how much the heap may grow between collections, in percent, unless
// GOGC says otherwise. The live heap is a few megabytes, so that Go's default of
// 100 collects it all the time while jobs are created.
const gcPercent = 300

// open reaches what lies elsewhere, then makes the data folder the process's own and
// opens what lies there.
func (p *parts) open(ctx context.Context) (err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	engineChecked := p.startEngineCheck(ctx)
	defer engineChecked() //nolint:errcheck // it is returned below, where the start comes so far
	if err := p.checkFolders(); err != nil {
		return err
	}
	if err := p.checkS3(); err != nil {
		return err
	}
	if p.roles, err = p.openRoles(ctx); err != nil {
		return err
	}
	if p.cfg.Database != "" {
		if err := p.openStore(ctx, p.cfg.Database); err != nil {
			return err
		}
	}
	p.queue, err = taskqueue.Open(ctx, taskqueue.Config{URL: p.cfg.NATS, Creds: p.cfg.NATSCreds, Replicas: p.cfg.Replicas,
		AckWait: p.cfg.AckWait, Name: "reelastic", Log: p.log})
	if err != nil {
		return fmt.Errorf("--nats: %w", err)
	}
	if err := engineChecked(); err != nil {
		return err
	}
	if err := p.openData(ctx); err != nil {
		return err
	}
	if p.cfg.usesS3() {
		if err := p.openS3(); err != nil {
			return err
		}
	}
	p.metrics.watch(p.store, p.queue)
	return nil
}

// openData opens the folders: those of buckets that have a place of their own, then the
// data folder with all that lies in it.
func (p *parts) openData(ctx context.Context) (err error) {
	embedded := p.cfg.Storage == bucketsIn(p.cfg.Data)
	if !p.cfg.usesS3() && !embedded {
		if err := p.openFolders(); err != nil {
			return err
		}
	}
	if p.lock, err = ownFolder(p.cfg.Data); err != nil {
		return err
	}
	if p.cfg.Database == "" {
		if err := p.openStore(ctx, filepath.Join(p.cfg.Data, "reelastic.db")); err != nil {
			return err
		}
	}
	if embedded {
		return p.openFolders()
	}
	return nil
}

func (p *parts) openStore(ctx context.Context, dsn string) (err error) {
	p.store, err = sqlstore.Open(ctx, sqlstore.Config{DSN: dsn, MaxJobsPerPipeline: p.cfg.RunJobs, Alone: p.cfg.NATS == ""})
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	return nil
}

// close closes what is open, in the order in which one needs the other.
func (p *parts) close() {
	p.engineAsked.Wait()
	for _, ln := range []net.Listener{p.clients, p.scrapes} {
		if ln != nil {
			ln.Close()
		}
	}
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

// checkFolders refuses folders that could not be made or written to, before any of
// them is made.
func (p *parts) checkFolders() error {
	if err := canHold(p.cfg.Data); err != nil {
		return fmt.Errorf("--data %q: %w", p.cfg.Data, err)
	}
	if !p.cfg.usesS3() {
		if err := canHold(p.cfg.Storage); err != nil {
			return fmt.Errorf("--storage %q: %w", p.cfg.Storage, err)
		}
	}
	if p.cfg.Workers > 0 {
		if err := canHold(p.cfg.Scratch); err != nil {
			return fmt.Errorf("--scratch %q: %w", p.cfg.Scratch, err)
		}
	}
	return nil
}

// canHold tells why a folder can't be written to or, where it is absent, made.
func canHold(path string) error {
	for {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && path != filepath.Dir(path):
			path = filepath.Dir(path)
			continue
		case err != nil:
			return reason(err)
		case !info.IsDir():
			return syscall.ENOTDIR
		}
		const write, search = 2, 1
		return syscall.Access(path, write|search)
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
