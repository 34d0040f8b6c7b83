package client

import (
	"context"
	"fmt"
	"net/http"

	"github.com/reelastic/reelastic/api"
)

// The collections of the API.
const (
	jobsPath           = "/" + APIVersion + "/jobs"
	jobsByPipelinePath = "/" + APIVersion + "/jobsByPipeline"
	jobsByStatusPath   = "/" + APIVersion + "/jobsByStatus"
	pipelinesPath      = "/" + APIVersion + "/pipelines"
	presetsPath        = "/" + APIVersion + "/presets"
	roleTestsPath      = "/" + APIVersion + "/roleTests"
)

// CancelJob cancels a job that is still Submitted.
func (c *Client) CancelJob(ctx context.Context, in *api.CancelJobRequest) (*api.CancelJobResponse, error) {
	return sendTo[api.CancelJobResponse](ctx, c, &call{name: "CancelJob", method: http.MethodDelete, path: jobsPath},
		"Id", orEmpty(in).Id, "")
}

// CreateJob submits a job. It is not blindly repeated: see [Retry].
func (c *Client) CreateJob(ctx context.Context, in *api.CreateJobRequest) (*api.CreateJobResponse, error) {
	return post[api.CreateJobResponse](ctx, c, &call{name: "CreateJob", path: jobsPath, once: true}, orEmpty(in))
}

// CreatePipeline makes a pipeline. It is not blindly repeated: see [Retry].
func (c *Client) CreatePipeline(
	ctx context.Context, in *api.CreatePipelineRequest,
) (*api.CreatePipelineResponse, error) {
	return post[api.CreatePipelineResponse](ctx, c, &call{name: "CreatePipeline", path: pipelinesPath, once: true},
		orEmpty(in))
}

// CreatePreset makes a preset. It is not blindly repeated: see [Retry].
func (c *Client) CreatePreset(ctx context.Context, in *api.CreatePresetRequest) (*api.CreatePresetResponse, error) {
	return post[api.CreatePresetResponse](ctx, c, &call{name: "CreatePreset", path: presetsPath, once: true},
		orEmpty(in))
}

// DeletePipeline deletes a pipeline without active jobs.
func (c *Client) DeletePipeline(
	ctx context.Context, in *api.DeletePipelineRequest,
) (*api.DeletePipelineResponse, error) {
	return sendTo[api.DeletePipelineResponse](ctx, c,
		&call{name: "DeletePipeline", method: http.MethodDelete, path: pipelinesPath}, "Id", orEmpty(in).Id, "")
}

// DeletePreset deletes a preset of the account.
func (c *Client) DeletePreset(ctx context.Context, in *api.DeletePresetRequest) (*api.DeletePresetResponse, error) {
	return sendTo[api.DeletePresetResponse](ctx, c,
		&call{name: "DeletePreset", method: http.MethodDelete, path: presetsPath}, "Id", orEmpty(in).Id, "")
}

// ListJobsByPipeline returns one page of a pipeline's jobs; [Client.JobsByPipeline]
// goes through all pages.
func (c *Client) ListJobsByPipeline(
	ctx context.Context, in *api.ListJobsByPipelineRequest,
) (*api.ListJobsByPipelineResponse, error) {
	in = orEmpty(in)
	r := &call{name: "ListJobsByPipeline", method: http.MethodGet, path: jobsByPipelinePath,
		query: page(in.Ascending, in.PageToken)}
	return sendTo[api.ListJobsByPipelineResponse](ctx, c, r, "PipelineId", in.PipelineId, "")
}

// ListJobsByStatus returns one page of the jobs in a status; [Client.JobsByStatus]
// goes through all pages.
func (c *Client) ListJobsByStatus(
	ctx context.Context, in *api.ListJobsByStatusRequest,
) (*api.ListJobsByStatusResponse, error) {
	in = orEmpty(in)
	r := &call{name: "ListJobsByStatus", method: http.MethodGet, path: jobsByStatusPath,
		query: page(in.Ascending, in.PageToken)}
	return sendTo[api.ListJobsByStatusResponse](ctx, c, r, "Status", in.Status, "")
}

// ListPipelines returns one page of pipelines; [Client.Pipelines] goes through
// all pages.
func (c *Client) ListPipelines(ctx context.Context, in *api.ListPipelinesRequest) (*api.ListPipelinesResponse, error) {
	in = orEmpty(in)
	return send[api.ListPipelinesResponse](ctx, c, &call{name: "ListPipelines", method: http.MethodGet,
		path: pipelinesPath, query: page(in.Ascending, in.PageToken)})
}

// ListPresets returns one page of presets; [Client.Presets] goes through all
// pages.
func (c *Client) ListPresets(ctx context.Context, in *api.ListPresetsRequest) (*api.ListPresetsResponse, error) {
	in = orEmpty(in)
	return send[api.ListPresetsResponse](ctx, c,
		&call{name: "ListPresets", method: http.MethodGet, path: presetsPath, query: page(in.Ascending, in.PageToken)})
}

// ReadJob returns a job as it stands.
func (c *Client) ReadJob(ctx context.Context, in *api.ReadJobRequest) (*api.ReadJobResponse, error) {
	return sendTo[api.ReadJobResponse](ctx, c, &call{name: "ReadJob", method: http.MethodGet, path: jobsPath}, "Id",
		orEmpty(in).Id, "")
}

// ReadPipeline returns a pipeline.
func (c *Client) ReadPipeline(ctx context.Context, in *api.ReadPipelineRequest) (*api.ReadPipelineResponse, error) {
	return sendTo[api.ReadPipelineResponse](ctx, c,
		&call{name: "ReadPipeline", method: http.MethodGet, path: pipelinesPath}, "Id", orEmpty(in).Id, "")
}

// ReadPreset returns a preset, of the system or of the account.
func (c *Client) ReadPreset(ctx context.Context, in *api.ReadPresetRequest) (*api.ReadPresetResponse, error) {
	return sendTo[api.ReadPresetResponse](ctx, c, &call{name: "ReadPreset", method: http.MethodGet, path: presetsPath},
		"Id", orEmpty(in).Id, "")
}

// TestRole tries what a role may do. The API model deprecates it.
func (c *Client) TestRole(ctx context.Context, in *api.TestRoleRequest) (*api.TestRoleResponse, error) {
	return post[api.TestRoleResponse](ctx, c, &call{name: "TestRole", path: roleTestsPath}, orEmpty(in))
}

// UpdatePipeline changes the settings of a pipeline.
func (c *Client) UpdatePipeline(
	ctx context.Context, in *api.UpdatePipelineRequest,
) (*api.UpdatePipelineResponse, error) {
	in = orEmpty(in)
	return sendBody[api.UpdatePipelineResponse](ctx, c,
		&call{name: "UpdatePipeline", method: http.MethodPut, path: pipelinesPath}, in.Id, "", in)
}

// UpdatePipelineNotifications changes the topics of a pipeline.
func (c *Client) UpdatePipelineNotifications(
	ctx context.Context, in *api.UpdatePipelineNotificationsRequest,
) (*api.UpdatePipelineNotificationsResponse, error) {
	in = orEmpty(in)
	return sendBody[api.UpdatePipelineNotificationsResponse](ctx, c,
		&call{name: "UpdatePipelineNotifications", method: http.MethodPost, path: pipelinesPath}, in.Id,
		"/notifications", in)
}

// UpdatePipelineStatus starts or pauses a pipeline.
func (c *Client) UpdatePipelineStatus(
	ctx context.Context, in *api.UpdatePipelineStatusRequest,
) (*api.UpdatePipelineStatusResponse, error) {
	in = orEmpty(in)
	return sendBody[api.UpdatePipelineStatusResponse](ctx, c,
		&call{name: "UpdatePipelineStatus", method: http.MethodPost, path: pipelinesPath}, in.Id, "/status", in)
}

// orEmpty lets nil stand for a request without members.
func orEmpty[T any](in *T) *T {
	if in == nil {
		return new(T)
	}
	return in
}

// post sends a request's members to a collection.
func post[Out any](ctx context.Context, c *Client, r *call, in any) (*Out, error) {
	var err error
	r.method = http.MethodPost
	if r.body, err = encode(r.name, in); err != nil {
		return nil, err
	}
	return send[Out](ctx, c, r)
}

// sendTo sends a call to one resource of a collection.
func sendTo[Out any](ctx context.Context, c *Client, r *call, member string, id *string, suffix string) (*Out, error) {
	if err := r.below(member, id, suffix); err != nil {
		return nil, err
	}
	return send[Out](ctx, c, r)
}

// sendBody sends a request's members to one resource of a collection.
func sendBody[Out any](ctx context.Context, c *Client, r *call, id *string, suffix string, in any) (*Out, error) {
	var err error
	if r.body, err = encode(r.name, in); err != nil {
		return nil, err
	}
	return sendTo[Out](ctx, c, r, "Id", id, suffix)
}

// below extends the path by a segment, whatever text that is. What would mean
// another path is refused: nothing, and the relative segments.
func (c *call) below(member string, id *string, suffix string) error {
	if id == nil || *id == "" || *id == "." || *id == ".." {
		return fmt.Errorf("%s: member %s must name a resource: it is part of the path", c.name, member)
	}
	if escaped := escape(*id); escaped != *id {
		c.rawPath = c.path + "/" + escaped + suffix
	}
	c.path += "/" + *id + suffix
	return nil
}

// page returns the query string of a list.
func page(ascending, token *string) string {
	query := ""
	if ascending != nil {
		query = "Ascending=" + escape(*ascending)
	}
	if token != nil {
		if query != "" {
			query += "&"
		}
		query += "PageToken=" + escape(*token)
	}
	return query
}
