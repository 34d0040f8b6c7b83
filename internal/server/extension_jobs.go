package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// JobControl is what operators do with jobs. Its errors are those of [Store].
type JobControl interface {
	BulkActions
	// Record reads a job.
	Record(ctx context.Context, id string) (task.Record, error)
	// JobLog tells of the attempts at a job.
	JobLog(ctx context.Context, id string) (task.Log, error)
	// SearchJobs lists the jobs that a filter selects, the newest first: those before the
	// one of that number, all for 0. A search that finds little may end early: then next is
	// where it goes on.
	SearchJobs(ctx context.Context, f task.JobFilter, before int64, limit int) (found []task.Record, next int64,
		err error)
	// WaitingTasks lists tasks that have not ended: first, unless after is set, those that
	// were handed to the queue or begun, and may be with a worker; then those in line.
	WaitingTasks(ctx context.Context, pipelines []string, after task.WaitingCursor, limit int) ([]task.Waiting, error)
	// StopJob cancels a job, be it that a worker has it, and reports whether one may.
	StopJob(ctx context.Context, id string) (started bool, err error)
	// RetryJob stores what draft makes of the document of a job that is in Error or
	// Canceled.
	RetryJob(ctx context.Context, id string,
		draft func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error), maxQueued int,
	) (*api.Job, error)
	// PrioritizeJob changes the priority of a job that waits.
	PrioritizeJob(ctx context.Context, id string, priority int) error
	// TellCanceled tells the workers that a job is canceled. Losing it costs time.
	TellCanceled(ctx context.Context, jobID string) error
}

// maxPriority is the highest priority of a job.
const maxPriority = 9

// addJobCalls adds the calls by which operators act on jobs.
func (s *Server) addJobCalls(calls map[string]extendedCall) {
	if s.cfg.Jobs == nil {
		return
	}
	s.addBulkCalls(calls)
	calls["SearchJobs"] = extendedCall{handle: s.document(s.searchJobs), asks: true}
	if s.cfg.Fleet != nil {
		calls["ListWaitingJobs"] = extendedCall{handle: s.document(s.listWaitingJobs), asks: true}
	}
	calls["ReadJobLog"] = extendedCall{handle: s.document(s.readJobLog), names: s.jobResource}
	calls["CancelJob"] = extendedCall{handle: s.document(s.stopJob), names: s.jobResource}
	calls["RetryJob"] = extendedCall{handle: s.documentWith(http.StatusCreated, s.retryJob), names: s.jobResource}
	calls["PrioritizeJob"] = extendedCall{handle: s.document(s.prioritizeJob), names: s.jobResource}
}

// jobID is the id of the job in a request's path.
func jobID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return id, transcode.Check(&api.ReadJobRequest{Id: &id})
}

// readJobLog tells of the attempts at a job.
func (s *Server) readJobLog(ctx context.Context, r *http.Request, _ signed) (any, error) {
	id, err := jobID(r)
	if err != nil {
		return nil, err
	}
	l, err := s.cfg.Jobs.JobLog(ctx, id)
	if err != nil {
		return nil, s.jobError(err, id)
	}
	return v1.JobLog{
		JobID: id, Status: string(l.Status), Attempts: l.Attempts, Workers: append([]string{}, l.Workers...),
		LastError: l.LastError, FFmpegTail: append([]string{}, l.Tail...),
	}, nil
}

// stopJob cancels a job, also one that runs.
func (s *Server) stopJob(ctx context.Context, r *http.Request, from signed) (any, error) {
	id, err := jobID(r)
	if err != nil {
		return nil, err
	}
	started, err := s.cfg.Jobs.StopJob(ctx, id)
	if errors.Is(err, transcode.ErrInUse) {
		return nil, s.wrongStatus(ctx, id, "canceled", "Submitted or Progressing")
	}
	if err != nil {
		return nil, s.jobError(err, id)
	}
	if started {
		s.tellCanceled(ctx, id)
	}
	s.cfg.Log.InfoContext(ctx, "job canceled", "job", id, "started", started, "by", from.caller.Name)
	return s.jobAnswer(ctx, id)
}

// tellCanceled tells the workers. Those that do not hear it find out by themselves.
func (s *Server) tellCanceled(ctx context.Context, id string) {
	if err := s.cfg.Jobs.TellCanceled(ctx, id); err != nil {
		s.cfg.Log.WarnContext(ctx, "workers not told", "job", id, "err", err)
	}
	s.wake(ctx)
}

// retryJob makes a new job of the document of one that has failed or was canceled.
func (s *Server) retryJob(ctx context.Context, r *http.Request, from signed) (any, error) {
	old, err := jobID(r)
	if err != nil {
		return nil, err
	}
	var made *api.Job
	err = s.withNewID(func(id string) error {
		draft := func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error) {
			return transcode.Retry(doc, presets, id, s.cfg.Region, s.cfg.Account)
		}
		made, err = s.cfg.Jobs.RetryJob(ctx, old, draft, s.cfg.Quotas.QueuedJobsPerPipeline)
		return err
	})
	switch {
	case errors.Is(err, transcode.ErrInUse):
		return nil, s.wrongStatus(ctx, old, "retried", "Error or Canceled")
	case errors.Is(err, transcode.ErrLimit):
		return nil, transcode.JobLimit(s.cfg.Account, s.cfg.Quotas.QueuedJobsPerPipeline)
	case err != nil:
		return nil, s.retryError(ctx, err, old)
	}
	s.wake(ctx)
	s.cfg.Log.InfoContext(ctx, "job retried", "job", old, "retry", *made.Id, "by", from.caller.Name)
	return s.jobAnswer(ctx, *made.Id)
}

// retryError tells whether the job is missing, or its pipeline.
func (s *Server) retryError(ctx context.Context, err error, id string) error {
	if !errors.Is(err, transcode.ErrNotFound) {
		return err
	}
	old, missing := s.cfg.Jobs.Record(ctx, id)
	if missing != nil {
		return s.jobError(missing, id)
	}
	return transcode.PipelineNotFound(s.cfg.Account, *old.Job.PipelineId)
}

// prioritizeJob changes the priority of a job that waits.
func (s *Server) prioritizeJob(ctx context.Context, r *http.Request, from signed) (any, error) {
	id, err := jobID(r)
	if err != nil {
		return nil, err
	}
	var in v1.PrioritizeJobRequest
	if err := decodeExtension(from.body, &in); err != nil {
		return nil, err
	}
	if err := checkPriority(in.Priority); err != nil {
		return nil, err
	}
	err = s.cfg.Jobs.PrioritizeJob(ctx, id, in.Priority)
	if errors.Is(err, transcode.ErrInUse) {
		return nil, s.wrongStatus(ctx, id, "prioritized", "Submitted")
	}
	if err != nil {
		return nil, s.jobError(err, id)
	}
	s.wake(ctx)
	s.cfg.Log.InfoContext(ctx, "job prioritized", "job", id, "priority", in.Priority, "by", from.caller.Name)
	return s.jobAnswer(ctx, id)
}

func checkPriority(priority int) error {
	if priority < 0 || priority > maxPriority {
		return transcode.Errorf(api.ValidationException, "priority %d is not valid: it must be from 0 to %d.", priority,
			maxPriority)
	}
	return nil
}

// wrongStatus refuses what can't be done with a job because of its status.
func (s *Server) wrongStatus(ctx context.Context, id, done, must string) error {
	found, err := s.cfg.Jobs.Record(ctx, id)
	if err != nil {
		return s.jobError(err, id)
	}
	return transcode.Errorf(api.ResourceInUseException, "The job %s can not be %s: its status is %s, and must be %s.",
		id, done, *found.Job.Status, must)
}

// jobAnswer is the answer that shows a job.
func (s *Server) jobAnswer(ctx context.Context, id string) (any, error) {
	found, err := s.cfg.Jobs.Record(ctx, id)
	if err != nil {
		return nil, s.jobError(err, id)
	}
	return v1.JobResponse{Job: showJob(found)}, nil
}

func showJob(r task.Record) v1.Job {
	j := r.Job
	shown := v1.Job{
		ID: *j.Id, PipelineID: *j.PipelineId, Status: *j.Status, Priority: r.Priority, RetryOf: r.RetryOf,
		InputKeys: []string{}, OutputKeyPrefix: text(j.OutputKeyPrefix), Outputs: []v1.JobOutput{},
		UserMetadata: j.UserMetadata, Submitted: *moment(j.Timing.SubmitTimeMillis),
		Started: moment(j.Timing.StartTimeMillis), Finished: moment(j.Timing.FinishTimeMillis),
	}
	for _, in := range j.Inputs {
		shown.InputKeys = append(shown.InputKeys, text(in.Key))
	}
	for _, o := range j.Outputs {
		shown.Outputs = append(shown.Outputs, v1.JobOutput{
			ID: text(o.Id), Key: text(o.Key), PresetID: text(o.PresetId), Status: text(o.Status),
			StatusDetail: text(o.StatusDetail),
		})
	}
	return shown
}

// moment is a time in milliseconds since 1970-01-01 UTC; nil for none.
func moment(millis *int64) *time.Time {
	if millis == nil {
		return nil
	}
	return new(time.UnixMilli(*millis).UTC())
}

// text is the value of a member, "" for null.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
