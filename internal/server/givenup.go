package server

import (
	"context"
	"net/http"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
)

// givenUpPage is how many given-up jobs an answer has at most.
const givenUpPage = 100

func showGivenUp(g task.GivenUp) v1.GivenUpJob {
	return v1.GivenUpJob{
		JobID: g.JobID, PipelineID: g.PipelineID, Attempts: g.Attempts,
		Workers: g.Workers, LastError: g.LastError, FFmpegTail: g.Tail, GivenUp: g.At.UTC(),
	}
}

// listGivenUpJobs answers GET /v1/jobs/given-up, the newest first.
func (s *Server) listGivenUpJobs(w *response, r *http.Request, from signed) error {
	before, err := cursorOf(r.URL.Query(), "before")
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		pipelines, err := s.visible(withCaller(ctx, from.caller), extensions+"ListGivenUpJobs")
		if err != nil {
			return nil, err
		}
		all, err := s.store.GivenUpJobs(ctx, before, pipelines, givenUpPage)
		if err != nil {
			return nil, err
		}
		page := v1.ListGivenUpJobsResponse{Jobs: []v1.GivenUpJob{}}
		for _, g := range all {
			page.Jobs = append(page.Jobs, showGivenUp(g))
		}
		if len(all) == givenUpPage {
			page.Next = all[len(all)-1].Number
		}
		return page, nil
	})
}
