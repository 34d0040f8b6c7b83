package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// parts are the adapters that services share. They are opened in the
// order in which a start can fail without a trace: first the settings and addresses,
// then what lies elsewhere, and at last what is written into the data folder.
type parts struct {
	cfg     Config
	log     *slog.Logger
	ffmpeg  *ffmpeg.Runner
	metrics *metrics
	storage storage
	roles   granter
	queue   *taskqueue.Queue
	store   *sqlstore.DB
	// closers close what is open.
	closers []func()
}

func newParts(cfg Config, log *slog.Logger) *parts {
	cfg = cfg.complete()
	return &parts{
		cfg:     cfg,
		log:     log,
		ffmpeg:  newFFmpeg(cfg.FFmpeg, cfg.Installation.Data, log),
		metrics: newMetrics(),
		storage: newStorage(cfg, log),
	}
}

// closes says how to close what has just been opened.
func (p *parts) closes(f func()) { p.closers = append(p.closers, f) }

// close closes what is open, the latest first.
func (p *parts) close() {
	for _, f := range slices.Backward(p.closers) {
		f()
	}
	p.closers = nil
}

// gcPercent is how much the heap may grow between collections, in percent, unless
// GOGC says otherwise. The live heap is a few megabytes, so that Go's default of
// 100 collects it all the time while jobs are created.
const gcPercent = 300

// open reaches what lies elsewhere, then makes the data folder the process's own and
// opens what lies there. What is open by then is for close, after an error too.
func (p *parts) open(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	limitMemory()
	checked := p.startCheck(ctx)
	if err := p.openOutside(ctx); err != nil {
		return err
	}
	if err := <-checked; err != nil {
		return err
	}
	if err := p.openData(ctx); err != nil {
		return err
	}
	p.metrics.watch(p.store, p.queue)
	return nil
}

// openOutside opens what lies outside of the data folder, and refuses folders that
// could not be made.
func (p *parts) openOutside(ctx context.Context) error {
	if err := p.checkFolders(); err != nil {
		return err
	}
	if err := p.openRoles(ctx); err != nil {
		return err
	}
	if !p.cfg.Database.embedded() {
		if err := p.openDatabase(ctx); err != nil {
			return err
		}
	}
	return p.openQueue(ctx)
}

// checkFolders refuses folders that could not be made or written to, before any of
// them is made.
func (p *parts) checkFolders() error {
	data, scratch := p.cfg.Installation.Data, p.cfg.Worker.Scratch
	if err := canHold(data); err != nil {
		return fmt.Errorf("--data %q: %w", data, err)
	}
	if err := p.storage.check(); err != nil {
		return err
	}
	if p.cfg.Worker.Workers == 0 {
		return nil
	}
	if err := canHold(scratch); err != nil {
		return fmt.Errorf("--scratch %q: %w", scratch, err)
	}
	return nil
}

// openData locks the data folder and opens what lies in it, and the storage.
func (p *parts) openData(ctx context.Context) error {
	lock, err := ownFolder(p.cfg.Installation.Data)
	if err != nil {
		return fmt.Errorf("--data %q: %w", p.cfg.Installation.Data, err)
	}
	p.closes(func() { lock.Close() })
	if p.cfg.Database.embedded() {
		if err := p.openDatabase(ctx); err != nil {
			return err
		}
	}
	return p.openStorage()
}
