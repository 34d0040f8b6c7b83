package server

import (
	"context"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

func (s *Server) createJob(ctx context.Context, in *api.CreateJobRequest) (*api.CreateJobResponse, error) {
	pipeline, err := s.store.Pipeline(ctx, *in.PipelineId)
	if err != nil {
		return nil, s.pipelineError(err, *in.PipelineId)
	}
	stored := func(ids []string) (map[string]*api.Preset, error) { return s.store.PresetsByID(ctx, ids) }
	presets, err := transcode.PresetsNamed(transcode.PresetIDs(in), stored)
	if err != nil {
		return nil, err
	}
	var job *api.Job
	err = s.withNewID(func(id string) error {
		draft, err := transcode.NewJob(in, pipeline, presets, id, s.cfg.Region, s.cfg.Account)
		if err != nil {
			return err
		}
		job, err = s.store.CreateJob(ctx, draft, s.cfg.Quotas.QueuedJobsPerPipeline)
		return err
	})
	if err != nil {
		return nil, s.createJobError(err, *in.PipelineId)
	}
	s.wake(ctx)
	return &api.CreateJobResponse{Job: job}, nil
}

func (s *Server) readJob(ctx context.Context, in *api.ReadJobRequest) (*api.ReadJobResponse, error) {
	job, err := s.store.Job(ctx, *in.Id)
	if err != nil {
		return nil, s.jobError(err, *in.Id)
	}
	return &api.ReadJobResponse{Job: job}, nil
}

func (s *Server) cancelJob(ctx context.Context, in *api.CancelJobRequest) (*api.CancelJobResponse, error) {
	if err := s.store.CancelJob(ctx, *in.Id); err != nil {
		return nil, s.jobError(err, *in.Id)
	}
	return &api.CancelJobResponse{}, nil
}

// listJobsByPipeline lists the newest first, unless it is asked otherwise.
func (s *Server) listJobsByPipeline(
	ctx context.Context, in *api.ListJobsByPipelineRequest,
) (*api.ListJobsByPipelineResponse, error) {
	if _, err := s.store.Pipeline(ctx, *in.PipelineId); err != nil {
		return nil, s.pipelineError(err, *in.PipelineId)
	}
	found, next, err := s.store.JobsByPipeline(ctx, *in.PipelineId, newPage(in.Ascending, in.PageToken, false))
	if err != nil {
		return nil, err
	}
	return &api.ListJobsByPipelineResponse{Jobs: values(found), NextPageToken: token(next)}, nil
}

// listJobsByStatus lists the jobs of the pipelines that the caller may list, the newest
// first, unless it is asked otherwise.
func (s *Server) listJobsByStatus(
	ctx context.Context, in *api.ListJobsByStatusRequest,
) (*api.ListJobsByStatusResponse, error) {
	page, err := s.visiblePage(ctx, "ListJobsByStatus", newPage(in.Ascending, in.PageToken, false))
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.JobsByStatus(ctx, transcode.Status(*in.Status), page)
	if err != nil {
		return nil, err
	}
	return &api.ListJobsByStatusResponse{Jobs: values(found), NextPageToken: token(next)}, nil
}
