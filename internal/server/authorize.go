package server

import (
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

// signed is what is known of a request when its signature has been verified.
type signed struct {
	body   []byte
	caller policy.Caller
}

// authorize refuses an action unless the caller's policy allows it on every resource,
// each an ARN; none is "*". It is the only place where policies are judged.
func (s *Server) authorize(caller policy.Caller, action string, resources ...string) error {
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	for _, resource := range resources {
		var why string
		switch caller.Policy.Decide(action, resource) {
		case policy.Allowed:
			continue
		case policy.Denied:
			why = "with an explicit deny in its policy"
		default:
			why = "because its policy does not allow the action " + action + " on it"
		}
		return transcode.Errorf(api.AccessDeniedException,
			"User: %s is not authorized to perform: %s on resource: %s %s",
			s.userARN(caller.Name), action, clip(resource), why)
	}
	return nil
}

// userARN names a caller as IAM names users.
func (s *Server) userARN(name string) string {
	return "arn:aws:iam::" + s.cfg.Account + ":user/" + name
}

// resources are the ARNs that an operation of the API is about, as in IAM: those of
// pipelines, jobs and presets that a request names. What lists or makes has none,
// but for the pipeline and the presets of a job.
func (s *Server) resources(request any) []string {
	arn := func(kind string, ids ...*string) (list []string) {
		for _, id := range ids {
			if id != nil {
				list = append(list, transcode.ARN(s.cfg.Region, s.cfg.Account, kind, *id))
			}
		}
		return list
	}
	switch in := request.(type) {
	case *api.CancelJobRequest:
		return arn("job", in.Id)
	case *api.ReadJobRequest:
		return arn("job", in.Id)
	case *api.CreateJobRequest:
		return append(arn("pipeline", in.PipelineId), arn("preset", presetIDs(in)...)...)
	case *api.ListJobsByPipelineRequest:
		return arn("pipeline", in.PipelineId)
	case *api.ReadPipelineRequest:
		return arn("pipeline", in.Id)
	case *api.DeletePipelineRequest:
		return arn("pipeline", in.Id)
	case *api.UpdatePipelineRequest:
		return arn("pipeline", in.Id)
	case *api.UpdatePipelineNotificationsRequest:
		return arn("pipeline", in.Id)
	case *api.UpdatePipelineStatusRequest:
		return arn("pipeline", in.Id)
	case *api.ReadPresetRequest:
		return arn("preset", in.Id)
	case *api.DeletePresetRequest:
		return arn("preset", in.Id)
	}
	return nil
}

// presetIDs are the presets that a job names.
func presetIDs(in *api.CreateJobRequest) (ids []*string) {
	if in.Output != nil {
		ids = append(ids, in.Output.PresetId)
	}
	for _, o := range in.Outputs {
		ids = append(ids, o.PresetId)
	}
	return ids
}

// jobResource is the ARN of the job in a request's path.
func (s *Server) jobResource(r *http.Request) (string, error) {
	return transcode.ARN(s.cfg.Region, s.cfg.Account, "job", r.PathValue("id")), nil
}
