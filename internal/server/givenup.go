package server

import (
	"context"
	"net/http"
	"strconv"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
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
	before := int64(0)
	if text := r.URL.Query().Get("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return transcode.Errorf(api.ValidationException, "before %q is not valid: it must be the number that an "+
				"answer gave.",
				clip(text))
		}
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
