package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// mountOperations mounts the operations of the API.
func (s *Server) mountOperations() {
	calls := s.calls()
	for _, op := range api.Operations {
		s.actions = append(s.actions, apiService+op.Name)
		s.private(op.Name, op.Method, op.URI, s.operation(op, calls[op.Name]))
	}
}

// operation joins one operation of the API to HTTP: decode, bind, authorize,
// validate, call, encode. It is the only place that does.
func (s *Server) operation(op api.Operation, run call) handler {
	hasBody := op.Method == http.MethodPost || op.Method == http.MethodPut
	return func(w *response, r *http.Request, from signed) error {
		ctx, cancel := context.WithTimeout(r.Context(), s.cfg.RequestTimeout)
		defer cancel()
		request := op.NewRequest()
		if hasBody {
			if err := s.mentioned(from.caller, apiService+op.Name); err != nil {
				return err
			}
			if err := decode(from.body, request); err != nil {
				return err
			}
		}
		api.BindPath(request, r.PathValue)
		api.BindQuery(request, r.URL.Query())
		ctx = withCaller(ctx, from.caller)
		w.who.resource = s.about(r, request)
		if err := s.authorizeRequest(ctx, from.caller, op.Name, request); err != nil {
			return err
		}
		if err := transcode.Check(request); err != nil {
			return err
		}
		answer, err := run(ctx, request)
		if err != nil {
			return err
		}
		w.who.created = createdBy(answer)
		document, err := marshal(answer)
		if err != nil {
			return err
		}
		w.send(op.Status, document)
		return nil
	}
}

// call runs an operation on its request structure and returns its response structure.
type call func(ctx context.Context, request any) (response any, err error)

// op gives a typed method the form of a call.
func op[In, Out any](method func(context.Context, *In) (*Out, error)) call {
	return func(ctx context.Context, request any) (any, error) {
		out, err := method(ctx, request.(*In))
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// calls are the operations by name. [Server.mountOperations] takes one for each of [api.Operations].
func (s *Server) calls() map[string]call {
	return map[string]call{
		"CancelJob":                   op(s.cancelJob),
		"CreateJob":                   op(s.createJob),
		"CreatePipeline":              op(s.createPipeline),
		"CreatePreset":                op(s.createPreset),
		"DeletePipeline":              op(s.deletePipeline),
		"DeletePreset":                op(s.deletePreset),
		"ListJobsByPipeline":          op(s.listJobsByPipeline),
		"ListJobsByStatus":            op(s.listJobsByStatus),
		"ListPipelines":               op(s.listPipelines),
		"ListPresets":                 op(s.listPresets),
		"ReadJob":                     op(s.readJob),
		"ReadPipeline":                op(s.readPipeline),
		"ReadPreset":                  op(s.readPreset),
		"TestRole":                    op(s.testRole),
		"UpdatePipeline":              op(s.updatePipeline),
		"UpdatePipelineNotifications": op(s.updatePipelineNotifications),
		"UpdatePipelineStatus":        op(s.updatePipelineStatus),
	}
}

// about is the ARN that a request is about, for the records; "" for none.
func (s *Server) about(r *http.Request, request any) string {
	if job, ok := request.(*api.CreateJobRequest); ok && job.PipelineId != nil {
		return s.arn("pipeline", clip(*job.PipelineId))
	}
	if pipeline := r.PathValue("PipelineId"); pipeline != "" {
		return s.arn("pipeline", clip(pipeline))
	}
	id := r.PathValue("Id")
	for _, kind := range []string{"pipeline", "job", "preset"} {
		if id != "" && strings.HasPrefix(r.URL.Path, "/"+version+"/"+kind+"s/") {
			return s.arn(kind, clip(id))
		}
	}
	return ""
}

// createdBy is the ARN of what an operation made; "" for none.
func createdBy(answer any) string {
	var arn *string
	switch made := answer.(type) {
	case *api.CreateJobResponse:
		arn = made.Job.Arn
	case *api.CreatePipelineResponse:
		arn = made.Pipeline.Arn
	case *api.CreatePresetResponse:
		arn = made.Preset.Arn
	}
	if arn == nil {
		return ""
	}
	return *arn
}
