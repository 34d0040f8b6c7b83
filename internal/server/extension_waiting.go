package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
)

// waitingPage is how many jobs of a line an answer has at most.
const waitingPage = 100

// listWaitingJobs answers GET /v1/jobs/waiting.
func (s *Server) listWaitingJobs(ctx context.Context, r *http.Request, from signed) (any, error) {
	query := r.URL.Query()
	var after task.WaitingCursor
	if given := query.Get("after"); given != "" {
		if n, err := fmt.Sscanf(given, "%d.%d", &after.Priority, &after.Number); n != 2 || err != nil {
			return nil, invalidCursor("after", given)
		}
	}
	filter, err := s.jobFilter(ctx, from, "ListWaitingJobs", v1.JobFilter{PipelineID: query.Get("pipelineId")})
	if err != nil {
		return nil, err
	}
	if filter.PipelineID != "" {
		filter.Pipelines = []string{filter.PipelineID}
	}
	workers, err := s.cfg.Fleet.Workers(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.cfg.Jobs.WaitingTasks(ctx, filter.Pipelines, after, waitingPage)
	if err != nil {
		return nil, err
	}
	page, inLine := v1.ListWaitingJobsResponse{Jobs: []v1.WaitingJob{}}, 0
	for _, w := range all {
		if w.State == task.InLine {
			inLine++
			page.Next = fmt.Sprintf("%d.%d", w.Priority, w.Number)
		}
		if shown, waits := showWaiting(w, workers); waits {
			page.Jobs = append(page.Jobs, shown)
		}
	}
	if inLine < waitingPage {
		page.Next = ""
	}
	return page, nil
}

// showWaiting says why a task waits, unless a worker has it.
func showWaiting(w task.Waiting, workers []task.WorkerStatus) (shown v1.WaitingJob, waits bool) {
	if slices.ContainsFunc(workers, func(s task.WorkerStatus) bool { return s.Has(w.TaskID) }) {
		return shown, false
	}
	shown = v1.WaitingJob{JobID: w.JobID, PipelineID: w.PipelineID, Priority: w.Priority, Attempts: w.Attempts,
		Since: w.Since.UTC()}
	shown.Reason, shown.Detail = whyWaits(w, workers)
	return shown, true
}

// whyNoneTakes says why none of some workers takes jobs.
func whyNoneTakes(workers []task.WorkerStatus) (reason, detail string) {
	for _, w := range workers {
		if w.Refusal != "" {
			return v1.WaitsForRefusal,
				fmt.Sprintf("No worker takes jobs. Worker %s on %s: %s.", w.ID, w.Host, w.Refusal)
		}
	}
	return v1.WaitsForDrain, "All workers drain."
}

// whyWaits finds the first reason that holds a task.
func whyWaits(w task.Waiting, workers []task.WorkerStatus) (reason, detail string) {
	takes := func(s task.WorkerStatus) bool { return !s.Draining }
	switch {
	case w.State == task.Begun:
		return v1.WaitsForAttempt, fmt.Sprintf("Attempt %d ended, or its worker %s does not answer: the job begins "+
			"again after a pause.", w.Attempts, w.Worker)
	case w.State == task.InLine && w.PipelinePaused:
		return v1.WaitsForPipeline, "The pipeline is paused."
	case len(workers) == 0:
		return v1.WaitsForWorker, "There is no worker."
	case !slices.ContainsFunc(workers, takes):
		return whyNoneTakes(workers)
	case w.State == task.Queued:
		return v1.WaitsInQueue, "The next worker that is free takes it."
	case w.State == task.InLine && w.PipelineFull:
		return v1.WaitsForPipelineLimit, "As many jobs of the pipeline are under way as may be."
	}
	return v1.WaitsForTurn, "Workers are busy; its turn comes by priority, pipelines in turns, and submission."
}
