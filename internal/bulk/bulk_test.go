package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/bulk"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/sqlstore/storetest"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
	"github.com/reelastic/reelastic/internal/transcode"
)

// store is a real one that notes what is done with jobs, and is away on cue.
type store struct {
	*sqlstore.DB
	mu    sync.Mutex
	acted []string // action and job, in order
	// awayAt are the numbers of the acts, from 1, at which the store is away.
	awayAt []int
	tries  int
	ended  chan string
}

func (s *store) ActOn(ctx context.Context, a task.BulkAction, r task.Record,
	retry func(*api.Job, map[string]*api.Preset) (*transcode.JobDraft, error)) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries++; slices.Contains(s.awayAt, s.tries) {
		return false, fmt.Errorf("on cue: %w", transcode.ErrUnavailable)
	}
	s.acted = append(s.acted, a.ID+" "+*r.Job.Id)
	return s.DB.ActOn(ctx, a, r, retry)
}

func (s *store) EndBulkAction(ctx context.Context, id string, state task.BulkState) error {
	err := s.DB.EndBulkAction(ctx, id, state)
	s.ended <- id
	return err
}

// queue is a real one that notes which jobs workers are told of, and fails to tell.
type queue struct {
	*taskqueue.Queue
	mu   sync.Mutex
	told []string
}

func (q *queue) TellCanceled(_ context.Context, job string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.told = append(q.told, job)
	return errors.New("on cue")
}

func newParts(t *testing.T) (*store, *queue) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Config{DSN: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	q, err := taskqueue.Open(t.Context(), taskqueue.Config{Dir: t.TempDir(), AckWait: time.Minute,
		LockTTL: 2 * time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	for n := range 2 {
		storetest.AddPipeline(t, db, n+1)
	}
	return &store{DB: db, ended: make(chan string, 10)}, &queue{Queue: q}
}

// addJobs adds jobs to a pipeline.
func addJobs(t *testing.T, s *store, pipeline int, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if _, err := s.CreateJob(t.Context(), storetest.Draft(pipeline, n, 0), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// newAction makes an action on the jobs of a pipeline.
func newAction(t *testing.T, s *store, kind task.BulkKind, pipeline int) string {
	t.Helper()
	a, err := s.CreateBulkAction(t.Context(), task.BulkAction{Kind: kind, Priority: 7, Caller: "test",
		Filter: task.JobFilter{PipelineID: storetest.PipelineID(pipeline)}})
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// run runs the service until so many actions have ended, and returns them.
func run(t *testing.T, s *store, q *queue, actions int) (ended []task.BulkAction) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- bulk.New(bulk.Config{Tick: time.Hour}, s, q).Run(ctx) }()
	for range actions {
		a, err := s.BulkAction(t.Context(), <-s.ended)
		if err != nil {
			t.Fatal(err)
		}
		ended = append(ended, a)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	return ended
}

func numbers(first, last int) (all []int) {
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

// TestOutage has the database away in the midst of an action: each job is done with once.
func TestOutage(t *testing.T) {
	t.Parallel()
	s, q := newParts(t)
	addJobs(t, s, 1, numbers(1, 120)...)
	s.awayAt = []int{1, 61, 62, 120}
	newAction(t, s, task.BulkPrioritize, 1)
	ended := run(t, s, q, 1)
	if a := ended[0]; a.State != task.BulkDone || a.Done != 120 || a.Skipped != 0 || a.Failed != 0 {
		t.Errorf("%+v", a)
	}
	jobs := slices.Clone(s.acted)
	slices.Sort(jobs)
	if all := len(slices.Compact(jobs)); all != 120 || len(s.acted) != 120 {
		t.Errorf("%d acts on %d jobs", len(s.acted), all)
	}
}

// TestTurns has two actions at once: a long one does not keep a short one waiting.
func TestTurns(t *testing.T) {
	t.Parallel()
	s, q := newParts(t)
	addJobs(t, s, 1, numbers(1, 120)...)
	addJobs(t, s, 2, numbers(121, 125)...)
	long := newAction(t, s, task.BulkCancel, 1)
	short := newAction(t, s, task.BulkCancel, 2)
	ended := run(t, s, q, 2)
	if ended[0].ID != short || ended[0].Done != 5 || ended[1].ID != long || ended[1].Done != 120 {
		t.Errorf("%+v", ended)
	}
	if len(q.told) != 0 {
		t.Errorf("workers are told of jobs that have not begun: %v", q.told)
	}
}

// TestWorkersAreTold cancels a job that waits and one that runs. That the workers can't be
// told stops nothing.
func TestWorkersAreTold(t *testing.T) {
	t.Parallel()
	s, q := newParts(t)
	addJobs(t, s, 1, 1)
	admitted, err := s.Admit(t.Context(), 1)
	if err != nil || len(admitted) != 1 {
		t.Fatalf("%v, %v", admitted, err)
	}
	if _, outcome, err := s.Claim(t.Context(), task.ClaimRequest{Admission: admitted[0], Worker: "w-1",
		Delivered: 1, MaxAttempts: 5}); outcome != task.Claimed {
		t.Fatalf("%v, %v", outcome, err)
	}
	addJobs(t, s, 1, 2)
	newAction(t, s, task.BulkCancel, 1)
	if ended := run(t, s, q, 1); ended[0].Done != 2 || ended[0].Failed != 0 {
		t.Errorf("%+v", ended)
	}
	if !slices.Equal(q.told, []string{storetest.JobID(1)}) {
		t.Errorf("workers are told of %v", q.told)
	}
}

// TestRetries makes jobs of those that have ended, and of no others.
func TestRetries(t *testing.T) {
	t.Parallel()
	s, q := newParts(t)
	addJobs(t, s, 1, 1, 2, 3)
	for _, n := range []int{1, 3} {
		if err := s.CancelJob(t.Context(), storetest.JobID(n)); err != nil {
			t.Fatal(err)
		}
	}
	newAction(t, s, task.BulkRetry, 1)
	if ended := run(t, s, q, 1); ended[0].Done != 2 || ended[0].Failed != 0 {
		t.Errorf("%+v", ended)
	}
	found, _, err := s.SearchJobs(t.Context(), task.JobFilter{Status: transcode.Submitted}, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var retried []string
	for _, r := range found {
		retried = append(retried, r.RetryOf)
	}
	if want := []string{storetest.JobID(1), storetest.JobID(3), ""}; !slices.Equal(retried, want) {
		t.Errorf("waiting jobs retry %q, want %q", retried, want)
	}
}
