package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Fleet is the workers of this installation.
type Fleet interface {
	// Workers lists those that were heard of lately, in no order.
	Workers(ctx context.Context) ([]task.WorkerStatus, error)
	// Order tells a worker what to do and returns when it has confirmed; else
	// [task.ErrNoWorker].
	Order(ctx context.Context, workerID string, o task.Order) error
}

// longestDrain is the longest grace of a drain.
const longestDrain = 7 * 24 * time.Hour

// addWorkerCalls adds the calls about workers.
func (s *Server) addWorkerCalls(calls map[string]extendedCall) {
	if s.cfg.Fleet == nil {
		return
	}
	calls["ListWorkers"] = extendedCall{handle: s.document(s.listWorkers)}
	calls["DrainWorker"] = extendedCall{handle: s.document(s.drainWorker), names: s.workerResource}
	calls["ResumeWorker"] = extendedCall{handle: s.document(s.resumeWorker), names: s.workerResource}
}

// documentCall is a call of the extension API that answers with one document.
type documentCall func(ctx context.Context, r *http.Request, from signed) (any, error)

// document joins a call that answers 200 and a document to HTTP.
func (s *Server) document(run documentCall) handler { return s.documentWith(http.StatusOK, run) }

// documentWith is document with another status.
func (s *Server) documentWith(status int, run documentCall) handler {
	return func(w *response, r *http.Request, from signed) error {
		return s.answer(w, r, status, func(ctx context.Context) (any, error) { return run(ctx, r, from) })
	}
}

// workerResource is the ARN of the worker in a request's path.
func (s *Server) workerResource(r *http.Request) ([]string, error) {
	return []string{s.arn("worker", r.PathValue("id"))}, nil
}

func (s *Server) listWorkers(ctx context.Context, _ *http.Request, _ signed) (any, error) {
	all, err := s.cfg.Fleet.Workers(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b task.WorkerStatus) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	shown := v1.ListWorkersResponse{Workers: []v1.Worker{}}
	for _, w := range all {
		shown.Workers = append(shown.Workers, showWorker(w))
	}
	return shown, nil
}

func showWorker(w task.WorkerStatus) v1.Worker {
	shown := v1.Worker{
		ID: w.ID, Host: w.Host, Version: w.Version, Cores: w.Cores, MemoryBytes: w.MemoryBytes,
		FFmpegVersion: w.FFmpeg, Sandbox: w.Sandbox, Started: w.Started.UTC(), Slots: w.Slots, Draining: w.Draining,
		Refusal: w.Refusal, Jobs: []v1.WorkerJob{},
	}
	for _, j := range w.Jobs {
		shown.Jobs = append(shown.Jobs, v1.WorkerJob{
			JobID: j.JobID, PipelineID: j.PipelineID, Attempt: j.Attempt, Began: j.Began.UTC(), Percent: j.Percent,
		})
	}
	return shown
}

func (s *Server) drainWorker(ctx context.Context, r *http.Request, from signed) (any, error) {
	var in v1.DrainWorkerRequest
	if err := decodeExtension(from.body, &in); err != nil {
		return nil, err
	}
	order := task.Order{Drain: true}
	if in.GraceSeconds != nil {
		seconds := *in.GraceSeconds
		if most := int64(longestDrain / time.Second); seconds < 0 || seconds > most {
			return nil, transcode.Errorf(api.ValidationException,
				"graceSeconds %d is not valid: it must be from 0 to %d.", seconds, most)
		}
		order.Grace = new(time.Duration(seconds) * time.Second)
	}
	return s.order(ctx, r, from, order)
}

func (s *Server) resumeWorker(ctx context.Context, r *http.Request, from signed) (any, error) {
	return s.order(ctx, r, from, task.Order{})
}

// order tells the worker in a request's path what to do.
func (s *Server) order(ctx context.Context, r *http.Request, from signed, o task.Order) (any, error) {
	id := r.PathValue("id")
	err := s.cfg.Fleet.Order(ctx, id, o)
	if errors.Is(err, task.ErrNoWorker) {
		return nil, transcode.Errorf(api.ResourceNotFoundException,
			"No worker %s answers: a worker has a new id after each start.", clip(id))
	}
	if err != nil {
		return nil, err
	}
	s.cfg.Log.InfoContext(ctx, "worker told", "worker", id, "drain", o.Drain, "by", from.caller.Name)
	return v1.Empty{}, nil
}
