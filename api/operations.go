package api

import "slices"

// Operation describes one call of the API: enough for a server to route it and
// for a client to send it.
type Operation struct {
	// Name as in the model; also the action name in policies ("elastictranscoder:" + Name).
	Name string
	// Method and URI are the request line. URI is a template with {Member} in place of the members
	// that carry a uri tag, which is also the form of a net/http.ServeMux pattern.
	Method, URI string
	// Status is the HTTP status of success.
	Status int
	// NewRequest and NewResponse return pointers to empty structures, such as
	// *CreateJobRequest and *CreateJobResponse.
	NewRequest, NewResponse func() any
	// Errors are the exceptions that the model declares, in its order.
	Errors []ErrorCode
	// Deprecated marks what the model advises against; it must work all the same.
	Deprecated bool
}

// OperationNamed finds an operation by its exact name.
func OperationNamed(name string) (Operation, bool) {
	i := slices.IndexFunc(Operations, func(op Operation) bool { return op.Name == name })
	if i < 0 {
		return Operation{}, false
	}
	return Operations[i], true
}

func newOf[T any]() any { return new(T) }

// Operations are the 17 operations of API version 2012-09-25, by name. The
// table is for reading only.
var Operations = []Operation{
	{
		Name: "CancelJob", Method: "DELETE", URI: "/2012-09-25/jobs/{Id}", Status: 202,
		NewRequest: newOf[CancelJobRequest], NewResponse: newOf[CancelJobResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			ResourceInUseException, AccessDeniedException, InternalServiceException},
	},
	{
		Name: "CreateJob", Method: "POST", URI: "/2012-09-25/jobs", Status: 201,
		NewRequest: newOf[CreateJobRequest], NewResponse: newOf[CreateJobResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, LimitExceededException, InternalServiceException},
	},
	{
		Name: "CreatePipeline", Method: "POST", URI: "/2012-09-25/pipelines", Status: 201,
		NewRequest: newOf[CreatePipelineRequest], NewResponse: newOf[CreatePipelineResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, AccessDeniedException,
			ResourceNotFoundException, LimitExceededException, InternalServiceException},
	},
	{
		Name: "CreatePreset", Method: "POST", URI: "/2012-09-25/presets", Status: 201,
		NewRequest: newOf[CreatePresetRequest], NewResponse: newOf[CreatePresetResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, AccessDeniedException,
			LimitExceededException, InternalServiceException},
	},
	{
		Name: "DeletePipeline", Method: "DELETE", URI: "/2012-09-25/pipelines/{Id}", Status: 202,
		NewRequest: newOf[DeletePipelineRequest], NewResponse: newOf[DeletePipelineResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			ResourceInUseException, AccessDeniedException, InternalServiceException},
	},
	{
		Name: "DeletePreset", Method: "DELETE", URI: "/2012-09-25/presets/{Id}", Status: 202,
		NewRequest: newOf[DeletePresetRequest], NewResponse: newOf[DeletePresetResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, InternalServiceException},
	},
	{
		Name: "ListJobsByPipeline", Method: "GET", URI: "/2012-09-25/jobsByPipeline/{PipelineId}", Status: 200,
		NewRequest: newOf[ListJobsByPipelineRequest], NewResponse: newOf[ListJobsByPipelineResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, InternalServiceException},
	},
	{
		Name: "ListJobsByStatus", Method: "GET", URI: "/2012-09-25/jobsByStatus/{Status}", Status: 200,
		NewRequest: newOf[ListJobsByStatusRequest], NewResponse: newOf[ListJobsByStatusResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, InternalServiceException},
	},
	{
		Name: "ListPipelines", Method: "GET", URI: "/2012-09-25/pipelines", Status: 200,
		NewRequest: newOf[ListPipelinesRequest], NewResponse: newOf[ListPipelinesResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, AccessDeniedException,
			InternalServiceException},
	},
	{
		Name: "ListPresets", Method: "GET", URI: "/2012-09-25/presets", Status: 200,
		NewRequest: newOf[ListPresetsRequest], NewResponse: newOf[ListPresetsResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, AccessDeniedException,
			InternalServiceException},
	},
	{
		Name: "ReadJob", Method: "GET", URI: "/2012-09-25/jobs/{Id}", Status: 200,
		NewRequest: newOf[ReadJobRequest], NewResponse: newOf[ReadJobResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, InternalServiceException},
	},
	{
		Name: "ReadPipeline", Method: "GET", URI: "/2012-09-25/pipelines/{Id}", Status: 200,
		NewRequest: newOf[ReadPipelineRequest], NewResponse: newOf[ReadPipelineResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, InternalServiceException},
	},
	{
		Name: "ReadPreset", Method: "GET", URI: "/2012-09-25/presets/{Id}", Status: 200,
		NewRequest: newOf[ReadPresetRequest], NewResponse: newOf[ReadPresetResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, InternalServiceException},
	},
	{
		Name: "TestRole", Method: "POST", URI: "/2012-09-25/roleTests", Status: 200,
		NewRequest: newOf[TestRoleRequest], NewResponse: newOf[TestRoleResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			AccessDeniedException, InternalServiceException}, Deprecated: true,
	},
	{
		Name: "UpdatePipeline", Method: "PUT", URI: "/2012-09-25/pipelines/{Id}", Status: 200,
		NewRequest: newOf[UpdatePipelineRequest], NewResponse: newOf[UpdatePipelineResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, AccessDeniedException,
			ResourceInUseException, ResourceNotFoundException, InternalServiceException},
	},
	{
		Name: "UpdatePipelineNotifications", Method: "POST", URI: "/2012-09-25/pipelines/{Id}/notifications",
		Status:     200,
		NewRequest: newOf[UpdatePipelineNotificationsRequest], NewResponse: newOf[UpdatePipelineNotificationsResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			ResourceInUseException, AccessDeniedException, InternalServiceException},
	},
	{
		Name: "UpdatePipelineStatus", Method: "POST", URI: "/2012-09-25/pipelines/{Id}/status", Status: 200,
		NewRequest: newOf[UpdatePipelineStatusRequest], NewResponse: newOf[UpdatePipelineStatusResponse],
		Errors: []ErrorCode{ValidationException, IncompatibleVersionException, ResourceNotFoundException,
			ResourceInUseException, AccessDeniedException, InternalServiceException},
	},
}
