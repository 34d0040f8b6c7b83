package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Pages of a search have searchPage jobs, unless it asks for others, and at most
// longestSearchPage.
const (
	searchPage        = 50
	longestSearchPage = 100
)

// maxText is the longest text that is looked for, in bytes.
const maxText = 1024

// searchJobs answers GET /v1/jobs, the newest first.
func (s *Server) searchJobs(ctx context.Context, r *http.Request, from signed) (any, error) {
	query := r.URL.Query()
	shown, err := filterOf(query)
	if err != nil {
		return nil, err
	}
	filter, err := s.jobFilter(ctx, from, "SearchJobs", shown)
	if err != nil {
		return nil, err
	}
	before, err := cursorOf(query, "before")
	if err != nil {
		return nil, err
	}
	limit, err := numberOf(query, "limit", searchPage, 1, longestSearchPage)
	if err != nil {
		return nil, err
	}
	found, next, err := s.cfg.Jobs.SearchJobs(ctx, filter, before, int(limit))
	if err != nil {
		return nil, err
	}
	page := v1.SearchJobsResponse{Jobs: []v1.Job{}, Next: next}
	for _, record := range found {
		page.Jobs = append(page.Jobs, showJob(record))
	}
	return page, nil
}

// jobFilter is a filter that was checked, of the jobs on which the caller may do an action.
func (s *Server) jobFilter(ctx context.Context, from signed, action string, shown v1.JobFilter) (task.JobFilter,
	error) {
	filter, err := checkFilter(shown)
	if err != nil {
		return filter, err
	}
	if filter.PipelineID != "" {
		return filter, s.authorize(from.caller, extensions+action, s.arn("pipeline", filter.PipelineID))
	}
	filter.Pipelines, err = s.visible(withCaller(ctx, from.caller), extensions+action)
	return filter, err
}

// cursorOf reads the number at which a list goes on, 0 for its beginning.
func cursorOf(query url.Values, name string) (int64, error) {
	given := query.Get(name)
	if given == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil || n < 1 {
		return 0, invalidCursor(name, given)
	}
	return n, nil
}

func invalidCursor(name, given string) error {
	return transcode.Errorf(api.ValidationException, "%s %q is not valid: it must be the next of an answer.", name,
		clip(given))
}

// numberOf reads a number of the query; absent is its value when it is not there.
func numberOf(query url.Values, name string, absent, least, most int64) (int64, error) {
	given := query.Get(name)
	if given == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil || n < least || n > most {
		return 0, transcode.Errorf(api.ValidationException, "%s %q is not valid: it must be a number from %d to %d.",
			name, clip(given), least, most)
	}
	return n, nil
}

// filterOf reads a filter from a query.
func filterOf(query url.Values) (v1.JobFilter, error) {
	f := v1.JobFilter{PipelineID: query.Get("pipelineId"), Status: query.Get("status"), Text: query.Get("text")}
	for _, pair := range query["userMetadata"] {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return f, transcode.Errorf(api.ValidationException,
				"userMetadata %q is not valid: it must be of the form KEY=VALUE.", clip(pair))
		}
		if f.UserMetadata == nil {
			f.UserMetadata = map[string]string{}
		}
		f.UserMetadata[key] = value
	}
	for name, member := range map[string]**time.Time{
		"submittedFrom": &f.SubmittedFrom, "submittedUntil": &f.SubmittedUntil,
	} {
		given := query.Get(name)
		if given == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, given)
		if err != nil {
			return f, transcode.Errorf(api.ValidationException,
				"%s %q is not valid: it must be a time such as 2026-03-01T12:00:00Z.", name, clip(given))
		}
		*member = &at
	}
	return f, nil
}

// statuses are those that jobs may have.
var statuses = []transcode.Status{transcode.Submitted, transcode.Progressing, transcode.Complete, transcode.Canceled,
	transcode.Errored}

// checkFilter is a filter in the terms of the domain.
func checkFilter(f v1.JobFilter) (task.JobFilter, error) {
	if f.PipelineID != "" {
		if err := transcode.Check(&api.ReadPipelineRequest{Id: &f.PipelineID}); err != nil {
			return task.JobFilter{}, err
		}
	}
	if f.Status != "" && !slices.Contains(statuses, transcode.Status(f.Status)) {
		return task.JobFilter{}, transcode.Errorf(api.ValidationException,
			"status %q is not valid: it must be Submitted, Progressing, Complete, Canceled or Error.", clip(f.Status))
	}
	if len(f.Text) > maxText {
		return task.JobFilter{}, transcode.Errorf(api.ValidationException,
			"text has %d bytes: it must have at most %d.", len(f.Text), maxText)
	}
	filter := task.JobFilter{PipelineID: f.PipelineID, Status: transcode.Status(f.Status), Text: f.Text,
		Metadata: f.UserMetadata}
	if f.SubmittedFrom != nil {
		filter.From = *f.SubmittedFrom
	}
	if f.SubmittedUntil != nil {
		filter.Until = *f.SubmittedUntil
	}
	return filter, nil
}
