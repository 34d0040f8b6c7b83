package server

import (
	"context"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

func (s *Server) createPipeline(
	ctx context.Context, in *api.CreatePipelineRequest,
) (*api.CreatePipelineResponse, error) {
	var p *api.Pipeline
	err := s.withNewID(func(id string) (err error) {
		if p, err = transcode.NewPipeline(in, id, s.cfg.Region, s.cfg.Account); err != nil {
			return err
		}
		return s.store.CreatePipeline(ctx, p, s.cfg.Quotas.Pipelines)
	})
	if err != nil {
		return nil, s.pipelineError(err, "")
	}
	return &api.CreatePipelineResponse{Pipeline: p, Warnings: s.warnings(ctx, p)}, nil
}

func (s *Server) readPipeline(ctx context.Context, in *api.ReadPipelineRequest) (*api.ReadPipelineResponse, error) {
	p, err := s.store.Pipeline(ctx, *in.Id)
	if err != nil {
		return nil, s.pipelineError(err, *in.Id)
	}
	return &api.ReadPipelineResponse{Pipeline: p, Warnings: s.warnings(ctx, p)}, nil
}

func (s *Server) updatePipeline(
	ctx context.Context, in *api.UpdatePipelineRequest,
) (*api.UpdatePipelineResponse, error) {
	p, err := s.store.UpdatePipeline(ctx, *in.Id,
		func(p *api.Pipeline) error { return transcode.UpdatePipeline(p, in) })
	if err != nil {
		return nil, s.pipelineError(err, *in.Id)
	}
	return &api.UpdatePipelineResponse{Pipeline: p, Warnings: s.warnings(ctx, p)}, nil
}

func (s *Server) updatePipelineNotifications(
	ctx context.Context, in *api.UpdatePipelineNotificationsRequest,
) (*api.UpdatePipelineNotificationsResponse, error) {
	p, err := s.store.UpdatePipeline(ctx, *in.Id, func(p *api.Pipeline) error {
		transcode.UpdateNotifications(p, in)
		return nil
	})
	if err != nil {
		return nil, s.pipelineError(err, *in.Id)
	}
	return &api.UpdatePipelineNotificationsResponse{Pipeline: p}, nil
}

// updatePipelineStatus starts or stops a pipeline; the dispatcher hears of a start.
func (s *Server) updatePipelineStatus(
	ctx context.Context, in *api.UpdatePipelineStatusRequest,
) (*api.UpdatePipelineStatusResponse, error) {
	p, err := s.store.UpdatePipeline(ctx, *in.Id, func(p *api.Pipeline) error {
		transcode.SetStatus(p, *in.Status)
		return nil
	})
	if err != nil {
		return nil, s.pipelineError(err, *in.Id)
	}
	if *in.Status == "Active" {
		s.wake(ctx)
	}
	return &api.UpdatePipelineStatusResponse{Pipeline: p}, nil
}

func (s *Server) deletePipeline(
	ctx context.Context, in *api.DeletePipelineRequest,
) (*api.DeletePipelineResponse, error) {
	if err := s.store.DeletePipeline(ctx, *in.Id); err != nil {
		return nil, s.pipelineError(err, *in.Id)
	}
	return &api.DeletePipelineResponse{}, nil
}

// listPipelines lists those that the caller may list, the newest first, unless it is
// asked otherwise.
func (s *Server) listPipelines(ctx context.Context, in *api.ListPipelinesRequest) (*api.ListPipelinesResponse, error) {
	page, err := s.visiblePage(ctx, "ListPipelines", newPage(in.Ascending, in.PageToken, false))
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Pipelines(ctx, page)
	if err != nil {
		return nil, err
	}
	return &api.ListPipelinesResponse{Pipelines: values(found), NextPageToken: token(next)}, nil
}
