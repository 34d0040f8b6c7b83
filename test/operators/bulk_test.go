package operators

import (
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestBulkActions cancels, retries and prioritizes what a filter selects. The server is killed
// in the middle and goes on.
func TestBulkActions(t *testing.T) {
	t.Parallel()
	const jobs = 300
	s := &site{Fixture: reelastictest.New(t, "--workers", "0")}
	for range jobs {
		s.Submit(t, &api.CreateJobRequest{
			Inputs: []api.JobInput{{Key: new("clip.mp4")}}, UserMetadata: map[string]string{"batch": "7"},
			Outputs: []api.CreateJobOutput{reelastictest.Output("film.mp4", reelastictest.Generic480p, "")},
		})
	}
	other := s.Submit(t, &api.CreateJobRequest{
		Inputs:  []api.JobInput{{Key: new("other.mp4")}},
		Outputs: []api.CreateJobOutput{reelastictest.Output("film.mp4", reelastictest.Generic480p, "")},
	})
	batch := v1.JobFilter{UserMetadata: map[string]string{"batch": "7"}}
	a, err := s.Client.CreateBulkAction(t.Context(), v1.CreateBulkActionRequest{Action: "cancel", Filter: batch})
	if err != nil {
		t.Fatal(err)
	}
	s.Kill()
	s.Restart()
	reelastictest.Poll(t, within, "the action does not end", func() bool {
		now, err := s.Client.BulkAction(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		a = now
		return now.State != "running"
	})
	if a.State != "done" || a.Done != jobs || a.Skipped != 0 || a.Failed != 0 || a.Finished == nil ||
		a.Caller != "first" {
		t.Errorf("cancel: %+v", a)
	}
	if status := *s.Job(t, other).Status; status != "Submitted" {
		t.Errorf("the other job is %s", status)
	}
	if out := s.run(t, "job", "retry", "--metadata", "batch=7", "--status", "Canceled"); !strings.HasSuffix(out,
		"done, 300 done, 0 skipped, 0 failed\n") {
		t.Errorf("retry: %s", out)
	}
	if out := s.run(t, "job", "prioritize", "--priority", "8", "--pipeline", s.PipelineID); !strings.HasSuffix(out,
		"done, 301 done, 0 skipped, 0 failed\n") {
		t.Errorf("prioritize: %s", out)
	}
	retried := 0
	for j, err := range s.Client.SearchJobs(t.Context(), v1.JobFilter{Status: "Submitted"}) {
		if err != nil {
			t.Fatal(err)
		}
		if j.Priority != 8 {
			t.Errorf("job %s has priority %d", j.ID, j.Priority)
		}
		if j.RetryOf != "" {
			retried++
		}
	}
	if retried != jobs {
		t.Errorf("%d retries, want %d", retried, jobs)
	}
	if all := documents[v1.BulkAction](t, s.run(t, "bulk", "list", "--output", "json")); len(all) != 3 ||
		all[2].ID != a.ID {
		t.Errorf("listed: %+v", all)
	}
	if out := s.refuse(t, "job", "cancel"); !strings.Contains(out, "either ids or a filter") {
		t.Errorf("without a filter: %s", out)
	}
}
