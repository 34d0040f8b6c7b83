// Package bulk does what operators want done with all jobs that a filter selects. One
// process of a fleet does it at a time; an action that was interrupted goes on where it was.
package bulk

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/leader"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Store is the part of the state that bulk actions read and write.
type Store interface {
	RunningBulkActions(ctx context.Context) ([]task.BulkAction, error)
	SearchJobs(ctx context.Context, f task.JobFilter, before int64, limit int) ([]task.Record, int64, error)
	// ActOn does what an action is for with one of its jobs, once, and reports whether a
	// job that was canceled had started.
	ActOn(ctx context.Context, a task.BulkAction, r task.Record,
		retry func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error)) (started bool, err error)
	AdvanceBulkAction(ctx context.Context, id string, before int64) error
	EndBulkAction(ctx context.Context, id string, state task.BulkState) error
}

// Queue is the part of the queue that bulk actions use.
type Queue interface {
	leader.Queue
	Wake(ctx context.Context) error
	TellCanceled(ctx context.Context, jobID string) error
}

// Config is what the service is told.
type Config struct {
	// Region and Account are those of the ARNs of retries.
	Region, Account string
	// Tick is how often the service looks without being woken; 0 is five seconds.
	Tick time.Duration
	// Log is nil to discard.
	Log *slog.Logger
}

// Service does bulk actions. Make one with [New].
type Service struct {
	cfg    Config
	leader *leader.Leader
	store  Store
	queue  Queue
}

// New makes a service; nothing runs before [Service.Run].
func New(cfg Config, store Store, queue Queue) *Service {
	cfg.Tick = cmp.Or(cfg.Tick, 5*time.Second)
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Service{cfg: cfg, leader: leader.New("bulk", "", queue, cfg.Log), store: store, queue: queue}
}

// Run does bulk actions while this process holds the lock, and waits for it otherwise, until
// ctx ends. It returns nil; what goes wrong is logged, once for each outage, and tried again.
func (s *Service) Run(ctx context.Context) error {
	s.leader.Run(ctx, func(ctx context.Context) {
		s.leader.Loop(ctx, "do bulk actions", s.cfg.Tick, s.leader.Woken(ctx), s.round)
	})
	return nil
}

// atOnce is how many jobs are done before another action has its turn.
const atOnce = 50

// round does all that is to be done.
func (s *Service) round(ctx context.Context) error {
	for {
		running, err := s.store.RunningBulkActions(ctx)
		if err != nil || len(running) == 0 {
			return err
		}
		for _, a := range running {
			if err := s.part(ctx, a); err != nil {
				return err
			}
		}
		if err := s.queue.Wake(ctx); err != nil { // jobs wait otherwise, or in another order
			return err
		}
	}
}

// part does a part of an action.
func (s *Service) part(ctx context.Context, a task.BulkAction) error {
	found, next, err := s.store.SearchJobs(ctx, a.Filter, a.Before, atOnce)
	if err != nil {
		return err
	}
	for _, r := range found {
		if !a.Kind.AppliesTo(transcode.Status(*r.Job.Status)) {
			continue
		}
		if err := s.act(ctx, a, r); err != nil {
			return err
		}
	}
	if next > 0 {
		return s.store.AdvanceBulkAction(ctx, a.ID, next)
	}
	s.cfg.Log.InfoContext(ctx, "bulk action done", "action", a.ID, "kind", a.Kind)
	return s.store.EndBulkAction(ctx, a.ID, task.BulkDone)
}

// act does an action with one job. Workers that do not hear of a cancel find out themselves.
func (s *Service) act(ctx context.Context, a task.BulkAction, r task.Record) error {
	started, err := s.store.ActOn(ctx, a, r, s.retry)
	if err != nil || !started {
		return err
	}
	if err := s.queue.TellCanceled(ctx, *r.Job.Id); err != nil {
		s.cfg.Log.WarnContext(ctx, "workers not told", "job", *r.Job.Id, "err", err)
	}
	return nil
}

// retry makes the job that retries another one.
func (s *Service) retry(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	id := transcode.NewID(time.Now().UnixMilli(), random)
	return transcode.Retry(doc, presets, id, s.cfg.Region, s.cfg.Account)
}
