package server

import (
	"crypto/rand"
	"errors"

	"github.com/reelastic/reelastic/internal/transcode"
)

// pipelineError says what the store's error means for a pipeline; id is "" where
// it is being created.
func (s *Server) pipelineError(err error, id string) error {
	switch {
	case errors.Is(err, transcode.ErrNotFound):
		return transcode.PipelineNotFound(s.cfg.Account, id)
	case errors.Is(err, transcode.ErrInUse):
		return transcode.PipelineInUse(s.cfg.Account, id)
	case errors.Is(err, transcode.ErrLimit):
		return transcode.PipelineLimit(s.cfg.Account, s.cfg.Quotas.Pipelines)
	}
	return err
}

// presetError does the same for a preset.
func (s *Server) presetError(err error, id string) error {
	switch {
	case errors.Is(err, transcode.ErrNotFound):
		return transcode.PresetNotFound(s.cfg.Account, id)
	case errors.Is(err, transcode.ErrLimit):
		return transcode.PresetLimit(s.cfg.Account, s.cfg.Quotas.Presets)
	}
	return err
}

// jobError does the same for a job that exists, or should.
func (s *Server) jobError(err error, id string) error {
	switch {
	case errors.Is(err, transcode.ErrNotFound):
		return transcode.JobNotFound(s.cfg.Account, id)
	case errors.Is(err, transcode.ErrInUse):
		return transcode.JobInUse(s.cfg.Account, id)
	}
	return err
}

// createJobError does the same for a job that is being created: what can be
// missing is its pipeline, deleted a moment ago.
func (s *Server) createJobError(err error, pipelineID string) error {
	switch {
	case errors.Is(err, transcode.ErrNotFound):
		return transcode.PipelineNotFound(s.cfg.Account, pipelineID)
	case errors.Is(err, transcode.ErrLimit):
		return transcode.JobLimit(s.cfg.Account, s.cfg.Quotas.QueuedJobsPerPipeline)
	}
	return err
}

// withNewID runs create with a fresh id, and again when the id is taken.
func (s *Server) withNewID(create func(id string) error) error {
	const tries = 5
	var err error
	for range tries {
		var random [8]byte
		rand.Read(random[:]) // never fails
		err = create(transcode.NewID(s.cfg.Now().UnixMilli(), random))
		if !errors.Is(err, transcode.ErrDuplicateID) {
			break
		}
	}
	return err
}
