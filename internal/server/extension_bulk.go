package server

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// BulkActions are actions on all jobs that a filter selects. Errors wrap
// [transcode.ErrNotFound] for what is not there.
type BulkActions interface {
	CreateBulkAction(ctx context.Context, a task.BulkAction) (task.BulkAction, error)
	BulkAction(ctx context.Context, id string) (task.BulkAction, error)
	// BulkActions lists the newest first, those before the one of that number; all for 0.
	BulkActions(ctx context.Context, before int64, limit int) ([]task.BulkAction, error)
	EndBulkAction(ctx context.Context, id string, state task.BulkState) error
}

// bulkPage is how many bulk actions an answer has at most.
const bulkPage = 100

// bulkOperations are the operations that each kind of bulk action does with a job.
var bulkOperations = map[task.BulkKind]string{
	task.BulkCancel: "CancelJob", task.BulkRetry: "RetryJob", task.BulkPrioritize: "PrioritizeJob",
}

// addBulkCalls adds the calls about bulk actions.
func (s *Server) addBulkCalls(calls map[string]extendedCall) {
	calls["CreateBulkAction"] = extendedCall{handle: s.documentWith(http.StatusCreated, s.createBulkAction)}
	calls["ListBulkActions"] = extendedCall{handle: s.document(s.listBulkActions)}
	calls["ReadBulkAction"] = extendedCall{handle: s.document(s.readBulkAction), names: s.bulkResource}
	calls["StopBulkAction"] = extendedCall{handle: s.document(s.stopBulkAction), names: s.bulkResource}
}

// bulkResource names the bulk action in a request's path.
func (s *Server) bulkResource(r *http.Request) ([]string, error) {
	return []string{s.arn("bulk-action", r.PathValue("id"))}, nil
}

// createBulkAction makes an action on those jobs with each of which the caller may do it.
func (s *Server) createBulkAction(ctx context.Context, _ *http.Request, from signed) (any, error) {
	var in v1.CreateBulkActionRequest
	if err := decodeExtension(from.body, &in); err != nil {
		return nil, err
	}
	a := task.BulkAction{Kind: task.BulkKind(in.Action), Priority: in.Priority, Caller: from.caller.Name}
	switch {
	case !a.Kind.Known():
		return nil, transcode.Errorf(api.ValidationException,
			"action %q is not valid: it must be cancel, retry or prioritize.", clip(in.Action))
	case a.Kind != task.BulkPrioritize && in.Priority != 0:
		return nil, transcode.Errorf(api.ValidationException,
			"priority %d is not valid: it must be left out unless the action is prioritize.", in.Priority)
	case reflect.DeepEqual(in.Filter, v1.JobFilter{}):
		return nil, transcode.Errorf(api.ValidationException,
			"filter is empty: it must have a member, such as a status.")
	}
	if err := checkPriority(in.Priority); err != nil {
		return nil, err
	}
	var err error
	if a.Filter, err = s.jobFilter(ctx, from, bulkOperations[a.Kind], in.Filter); err != nil {
		return nil, err
	}
	made, err := s.cfg.Jobs.CreateBulkAction(ctx, a)
	if err != nil {
		return nil, err
	}
	s.wake(ctx)
	s.cfg.Log.InfoContext(ctx, "bulk action created", "action", made.ID, "kind", made.Kind, "by", from.caller.Name)
	return v1.BulkActionResponse{BulkAction: showBulk(made)}, nil
}

func (s *Server) listBulkActions(ctx context.Context, r *http.Request, _ signed) (any, error) {
	before, err := cursorOf(r.URL.Query(), "before")
	if err != nil {
		return nil, err
	}
	all, err := s.cfg.Jobs.BulkActions(ctx, before, bulkPage)
	if err != nil {
		return nil, err
	}
	page := v1.ListBulkActionsResponse{BulkActions: []v1.BulkAction{}}
	for _, a := range all {
		page.BulkActions = append(page.BulkActions, showBulk(a))
	}
	if len(all) == bulkPage {
		page.Next = all[len(all)-1].Number
	}
	return page, nil
}

func (s *Server) readBulkAction(ctx context.Context, r *http.Request, _ signed) (any, error) {
	id := r.PathValue("id")
	found, err := s.cfg.Jobs.BulkAction(ctx, id)
	if errors.Is(err, transcode.ErrNotFound) {
		return nil, transcode.Errorf(api.ResourceNotFoundException, "There is no bulk action %s.", clip(id))
	}
	return v1.BulkActionResponse{BulkAction: showBulk(found)}, err
}

func (s *Server) stopBulkAction(ctx context.Context, r *http.Request, from signed) (any, error) {
	id := r.PathValue("id")
	err := s.cfg.Jobs.EndBulkAction(ctx, id, task.BulkStopped)
	if err != nil && !errors.Is(err, transcode.ErrNotFound) {
		return nil, err
	}
	s.cfg.Log.InfoContext(ctx, "bulk action stopped", "action", id, "by", from.caller.Name)
	return s.readBulkAction(ctx, r, from)
}

func showBulk(a task.BulkAction) v1.BulkAction {
	return v1.BulkAction{
		ID: a.ID, Action: string(a.Kind), Priority: a.Priority, Filter: showFilter(a.Filter), Caller: a.Caller,
		State: string(a.State), Done: a.Done, Skipped: a.Skipped, Failed: a.Failed, LastError: a.LastError,
		Created: a.Created.UTC(), Finished: given(a.Finished),
	}
}

func showFilter(f task.JobFilter) v1.JobFilter {
	return v1.JobFilter{
		PipelineID: f.PipelineID, Status: string(f.Status), Text: f.Text, UserMetadata: f.Metadata,
		SubmittedFrom: given(f.From), SubmittedUntil: given(f.Until),
	}
}

// given is a time, or nil when it is zero.
func given(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return new(at.UTC())
}
