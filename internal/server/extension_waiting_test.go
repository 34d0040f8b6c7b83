package server

import (
	"testing"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
)

// TestWhyWaits finds each reason.
func TestWhyWaits(t *testing.T) {
	t.Parallel()
	free := []task.WorkerStatus{{ID: "free", Slots: 2}}
	refusing := []task.WorkerStatus{{ID: "full", Slots: 2, Draining: true, Refusal: "the disk is full"}}
	draining := []task.WorkerStatus{{ID: "draining", Slots: 2, Draining: true}}
	for _, c := range []struct {
		w       task.Waiting
		workers []task.WorkerStatus
		want    string
	}{
		{task.Waiting{State: task.InLine, PipelinePaused: true}, nil, v1.WaitsForPipeline},
		// A pause holds no job that has begun.
		{task.Waiting{State: task.Resuming, PipelinePaused: true}, free, v1.WaitsForTurn},
		{task.Waiting{State: task.InLine}, nil, v1.WaitsForWorker},
		{task.Waiting{State: task.Queued}, nil, v1.WaitsForWorker},
		{task.Waiting{State: task.InLine}, draining, v1.WaitsForDrain},
		{task.Waiting{State: task.InLine}, refusing, v1.WaitsForRefusal},
		{task.Waiting{State: task.Queued}, refusing, v1.WaitsForRefusal},
		{task.Waiting{State: task.InLine}, append(draining, free...), v1.WaitsForTurn},
		{task.Waiting{State: task.InLine, PipelineFull: true}, free, v1.WaitsForPipelineLimit},
		{task.Waiting{State: task.Resuming, PipelineFull: true}, free, v1.WaitsForTurn},
		{task.Waiting{State: task.Queued, PipelineFull: true}, free, v1.WaitsInQueue},
		{task.Waiting{State: task.Begun, Worker: "dead"}, free, v1.WaitsForAttempt},
	} {
		if reason, detail := whyWaits(c.w, c.workers); reason != c.want || detail == "" {
			t.Errorf("%+v with %v waits for %s, want %s", c.w, c.workers, reason, c.want)
		}
	}
	has := []task.WorkerStatus{{ID: "w", Jobs: []task.WorkerJob{{TaskID: "t"}}}}
	if _, waits := showWaiting(task.Waiting{TaskID: "t", State: task.Begun}, has); waits {
		t.Error("a task that a worker has waits")
	}
}
