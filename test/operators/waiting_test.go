package operators

import (
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestWaitingJobs asks why jobs wait: without a worker, with a paused pipeline, behind
// others.
func TestWaitingJobs(t *testing.T) {
	t.Parallel()
	s := apart(t)
	reasons := func() (found []string) {
		t.Helper()
		for _, j := range documents[v1.WaitingJob](t, s.run(t, "job", "waiting", "--output", "json")) {
			found = append(found, j.JobID+" "+j.Reason)
		}
		return found
	}
	await := func(what string, want ...string) {
		t.Helper()
		reelastictest.Poll(t, within, what, func() bool { return slices.Equal(reasons(), want) })
	}
	worker := s.workers(t)[0].ID
	s.run(t, "worker", "drain", worker)
	first := s.Submit(t, long("first/"))
	await("the job does not wait for the drain", first+" workersDrain")
	paused := s.CreatePipeline(t, &api.CreatePipelineRequest{InputBucket: new("in"), OutputBucket: new("out")})
	if _, err := s.Client.UpdatePipelineStatus(t.Context(),
		&api.UpdatePipelineStatusRequest{Id: &paused, Status: new("Paused")}); err != nil {
		t.Fatal(err)
	}
	held := long("held/")
	held.PipelineId = &paused
	second := s.Submit(t, held)
	await("the other job does not wait for its pipeline", first+" workersDrain", second+" pipelinePaused")
	if table := s.run(t, "job", "waiting"); !strings.Contains(table, "The pipeline is paused.") {
		t.Errorf("the table:\n%s", table)
	}
	s.run(t, "job", "cancel", first)
	await("the job that was canceled still waits", second+" pipelinePaused")
}
