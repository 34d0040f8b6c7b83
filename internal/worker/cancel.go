package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
)

// canceled ends the attempt at a job that was canceled, where this worker has it.
func (w *Worker) canceled(jobID string) {
	w.jobs.stop(task.ErrCanceled, func(r *runningJob) bool { return r.claim.Task.JobID == jobID })
}

// retractWithin bounds the removal of what a canceled job has published.
const retractWithin = 10 * time.Minute

// retract removes what the attempt, and those before it, have published of a job that was
// canceled. What can't be removed stays noted, for the sweep.
func (a *attempt) retract(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), retractWithin)
	defer cancel()
	left := task.Leftover{JobID: a.claim.Task.JobID, Role: roleOf(a.claim), Keys: a.claim.Publishing}
	if a.publisher != nil && a.publisher.made != nil {
		left.Keys = append(left.Keys[:len(left.Keys):len(left.Keys)], a.publisher.keys()...)
	}
	err := Retract(ctx, a.w.storage(left.Role), left)
	if err == nil {
		err = a.w.store.ForgetLeftover(ctx, left.JobID)
	}
	if err != nil {
		a.log.WarnContext(ctx, "objects of a canceled job are left; the sweep will remove them", "err", err)
	}
}

// Retract removes those objects of a canceled job that are its own.
func Retract(ctx context.Context, objects Objects, left task.Leftover) error {
	var failed []error
	for _, key := range left.Keys {
		if err := retractObject(ctx, objects, left.JobID, key); err != nil {
			failed = append(failed, fmt.Errorf("remove %s from bucket %s: %w", key.Key, key.Bucket, err))
		}
	}
	return errors.Join(failed...)
}

func retractObject(ctx context.Context, objects Objects, jobID string, key object.Key) error {
	info, err := objects.Stat(ctx, key.Bucket, key.Key)
	if refused, ok := errors.AsType[*object.Error](err); ok &&
		(refused.Problem == object.NoObject || refused.Problem == object.NoBucket) {
		return nil
	}
	if err != nil || info.Owner.Job != jobID {
		return err
	}
	return objects.Delete(ctx, key.Bucket, key.Key)
}
