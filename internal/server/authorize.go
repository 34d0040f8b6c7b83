package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/transcode"
)

// The services whose operations are the actions of policies.
const (
	apiService = "elastictranscoder:"
	extensions = "reelastic:"
)

// The actions of other services that requests take, because this service does them for
// its callers.
const (
	passRole  = "iam:PassRole"
	getObject = "s3:GetObject"
	putObject = "s3:PutObject"
	publish   = "sns:Publish"
	decrypt   = kmsService + "Decrypt"
	makeKey   = kmsService + "GenerateDataKey"
)

// otherActions are those that no operation of the API has for itself.
var otherActions = []string{passRole, getObject, putObject, publish}

// need is an action on a resource that a request takes.
type need struct {
	action string
	// names are those that the resource has, each an ARN: a job is known by its
	// pipeline's too. Without a name it is "*".
	names []string
	// every says that the one name is the beginning of an ARN, and that all
	// resources are meant whose ARNs begin so.
	every bool
}

// authorize refuses an action unless the caller's policy allows it on a resource, by
// one of its names, and denies it by none.
func (s *Server) authorize(caller policy.Caller, action string, names ...string) error {
	return s.judge(caller, need{action: action, names: names})
}

// judge refuses a request unless the caller's policy allows all that it takes. It is the
// only place where policies are judged, with visible.
func (s *Server) judge(caller policy.Caller, needs ...need) error {
	for _, n := range needs {
		if len(n.names) == 0 {
			n.names = []string{"*"}
		}
		shown, decision := n.names[0], policy.Unmentioned
		if n.every {
			decision = caller.Policy.DecideEvery(n.action, shown)
			shown += "*"
		} else {
			decision = caller.Policy.Decide(n.action, n.names...)
		}
		if decision != policy.Allowed {
			return s.denied(caller, n.action, shown, decision)
		}
	}
	return nil
}

func (s *Server) denied(caller policy.Caller, action, resource string, d policy.Decision) error {
	why := "because its policy does not allow the action " + action + " on it"
	if d == policy.Denied {
		why = "with an explicit deny in its policy"
	}
	return transcode.Errorf(api.AccessDeniedException, "User: %s is not authorized to perform: %s on resource: %s %s",
		s.userARN(caller.Name), action, clip(resource), why)
}

// mentioned refuses an action that the caller's policy allows on no resource at all.
func (s *Server) mentioned(caller policy.Caller, action string) error {
	if d := caller.Policy.Decide(action, "*"); d == policy.Denied || !caller.Policy.Mentions(action) {
		return s.denied(caller, action, "*", d)
	}
	return nil
}

// userARN names a caller as IAM names users.
func (s *Server) userARN(name string) string {
	return "arn:aws:iam::" + s.cfg.Account + ":user/" + name
}

// arn names a pipeline, job or preset.
func (s *Server) arn(kind, id string) string {
	return transcode.ARN(s.cfg.Region, s.cfg.Account, kind, id)
}

// callerKey is that of the caller in the context of a request.
type callerKey struct{}

func withCaller(ctx context.Context, caller policy.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// visible are the ids of the pipelines on which the caller of ctx may do an action that
// lists something of several pipelines; nil for all. Who may do it on none at all is refused.
func (s *Server) visible(ctx context.Context, action string) ([]string, error) {
	caller, _ := ctx.Value(callerKey{}).(policy.Caller)
	if err := s.mentioned(caller, action); err != nil {
		return nil, err
	}
	if caller.Policy.DecideEvery(action, s.arn("pipeline", "")) == policy.Allowed {
		return nil, nil
	}
	all, err := s.store.PipelineIDs(ctx)
	if err != nil {
		return nil, err
	}
	shown := []string{}
	for _, id := range all {
		if caller.Policy.Decide(action, s.arn("pipeline", id)) == policy.Allowed {
			shown = append(shown, id)
		}
	}
	return shown, nil
}

// authorizeRequest asks the caller's policy for all that a request of the API takes.
// What lists things of several pipelines asks for itself, see visible.
func (s *Server) authorizeRequest(ctx context.Context, caller policy.Caller, operation string, request any) error {
	action := apiService + operation
	of := func(kind string, id *string) error {
		if id == nil {
			return s.authorize(caller, action)
		}
		return s.authorize(caller, action, s.arn(kind, *id))
	}
	switch in := request.(type) {
	case *api.ListPipelinesRequest, *api.ListJobsByStatusRequest:
		return nil
	case *api.CancelJobRequest:
		return s.authorizeJob(ctx, caller, action, *in.Id)
	case *api.ReadJobRequest:
		return s.authorizeJob(ctx, caller, action, *in.Id)
	case *api.ListJobsByPipelineRequest:
		return of("pipeline", in.PipelineId)
	case *api.ReadPipelineRequest:
		return of("pipeline", in.Id)
	case *api.DeletePipelineRequest:
		return of("pipeline", in.Id)
	case *api.UpdatePipelineStatusRequest:
		return of("pipeline", in.Id)
	case *api.ReadPresetRequest:
		return of("preset", in.Id)
	case *api.DeletePresetRequest:
		return of("preset", in.Id)
	case *api.CreateJobRequest:
		return s.judge(caller, s.jobNeeds(action, in)...)
	}
	return s.judge(caller, s.pipelineNeeds(action, request)...)
}

// authorizeJob asks for an action on a job.
func (s *Server) authorizeJob(ctx context.Context, caller policy.Caller, action, id string) error {
	names, err := s.jobNames(ctx, id)
	if err != nil {
		return err
	}
	return s.authorize(caller, action, names...)
}

// jobNames are the ARNs by which a job is judged: its own and its pipeline's. A job that
// does not exist has its own, so that nobody learns of jobs that they may not read.
func (s *Server) jobNames(ctx context.Context, id string) ([]string, error) {
	names := []string{s.arn("job", id)}
	switch pipeline, err := s.store.JobPipeline(ctx, id); {
	case errors.Is(err, transcode.ErrNotFound):
		return names, nil
	case err != nil:
		return nil, err
	default:
		return append(names, s.arn("pipeline", pipeline)), nil
	}
}

// jobResource names the job in a request's path.
func (s *Server) jobResource(r *http.Request) ([]string, error) {
	return s.jobNames(r.Context(), r.PathValue("id"))
}
