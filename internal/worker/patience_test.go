package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// awayStore is a database that is away for so many calls.
type awayStore struct {
	Store
	away  int
	calls []string
}

func (s *awayStore) call(name string) error {
	if s.away--; s.away >= 0 {
		return fmt.Errorf("on cue: %w", transcode.ErrUnavailable)
	}
	s.calls = append(s.calls, name)
	return nil
}

func (s *awayStore) UpdateJob(_ context.Context, _ *task.Claim, _ []task.OutputResult,
	d []api.DetectedProperties) error {
	return s.call(fmt.Sprintf("UpdateJob with %d inputs", len(d)))
}

func (s *awayStore) SetPublishing(context.Context, *task.Claim, []object.Key) error {
	return s.call("SetPublishing")
}

// TestOutageLosesNothing takes the database away from the probe until after the
// encode: the attempt goes on, and what was found in the input is stored late.
func TestOutageLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &awayStore{away: 4}
		log := slog.New(slog.DiscardHandler)
		outcome := job.NewOutcome(transcode.JobSpec{}, log)
		publisher := newPublisher(nil, transcode.JobSpec{}, nil, outcome, log)
		publisher.made = &packaging.Package{}
		a := &attempt{w: &Worker{store: s}, log: log, outcome: outcome, publisher: publisher,
			lease: &lease{ackWait: time.Minute, start: time.Now()}}
		if err := a.Probed(t.Context(), outcome.Outputs(), make([]api.DetectedProperties, 1)); err != nil {
			t.Fatal(err)
		}
		if err := a.announce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.calls); got != "[UpdateJob with 1 inputs SetPublishing]" {
			t.Errorf("the store heard %s", got)
		}
	})
}

// TestPatienceEndsWithTheLease wants no more tries once the lease is lost, and
// none at all after a refusal.
func TestPatienceEndsWithTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, lose := context.WithTimeout(t.Context(), 3*time.Second)
		defer lose()
		tries := 0
		err := patiently(ctx, func(context.Context) error { tries++; return transcode.ErrUnavailable })
		if !errors.Is(err, transcode.ErrUnavailable) || tries < 2 || tries > 4 {
			t.Errorf("%v after %d tries", err, tries)
		}
		tries = 0
		err = patiently(t.Context(), func(context.Context) error { tries++; return task.ErrLeaseLost })
		if !errors.Is(err, task.ErrLeaseLost) || tries != 1 {
			t.Errorf("%v after %d tries", err, tries)
		}
	})
}
