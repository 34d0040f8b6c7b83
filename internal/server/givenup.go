package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// givenUpPage is how many given-up jobs an answer has at most.
const givenUpPage = 100

// shownGivenUp is a given-up job as the extension API shows it.
type shownGivenUp struct {
	JobID      string    `json:"jobId"`
	PipelineID string    `json:"pipelineId"`
	Attempts   int       `json:"attempts"`
	Workers    []string  `json:"workers"`
	LastError  string    `json:"lastError,omitempty"`
	GivenUp    time.Time `json:"givenUp"`
}

func showGivenUp(g task.GivenUp) shownGivenUp {
	return shownGivenUp{
		JobID: g.JobID, PipelineID: g.PipelineID, Attempts: g.Attempts,
		Workers: g.Workers, LastError: g.LastError, GivenUp: g.At.UTC(),
	}
}

// givenUpJobs is a part of a list; Next goes into "before" of the next request, 0 is
// the end.
type givenUpJobs struct {
	Jobs []shownGivenUp `json:"jobs"`
	Next int64          `json:"next,omitempty"`
}

// listGivenUpJobs answers GET /v1/jobs/given-up, the newest first.
func (s *Server) listGivenUpJobs(w *response, r *http.Request, _ signed) error {
	before := int64(0)
	if text := r.URL.Query().Get("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return transcode.Errorf(api.ValidationException, "before %q is not the number that an answer gave.", clip(text))
		}
	}
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		all, err := s.store.GivenUpJobs(ctx, before, givenUpPage)
		if err != nil {
			return nil, err
		}
		page := givenUpJobs{Jobs: []shownGivenUp{}}
		for _, g := range all {
			page.Jobs = append(page.Jobs, showGivenUp(g))
		}
		if len(all) == givenUpPage {
			page.Next = all[len(all)-1].Number
		}
		return page, nil
	})
}
