// Package client calls Elastic Transcoder, API version 2012-09-25, at any
// endpoint that speaks it: Reelastic, or another server of the API. It is to Go
// what boto.elastictranscoder is to Python.
//
//	c, err := client.New("http://127.0.0.1:8080",
//		client.WithCredentials(client.StaticCredentials(id, secret, "")))
//	…
//	out, err := c.CreateJob(ctx, &api.CreateJobRequest{…})
//	…
//	job, err := c.WaitJob(ctx, *out.Job.Id)
//
// A [Client] has one method for each of the 17 operations, named as the
// operation, with the structures of package api. Iterators go through lists
// page by page ([Client.JobsByPipeline], [Client.JobsByStatus],
// [Client.Pipelines], [Client.Presets]); [Client.WaitJob] waits for the end of a
// job and says why it failed; [Client.Watch] tells its progress;
// [Client.MakeRequest] makes raw calls. [Retry] says how calls are repeated.
//
// The extension API of Reelastic has a method for each of its operations, with the
// structures of package api/v1: [Client.SearchJobs], [Client.StopJob], which also cancels
// a job that runs, [Client.Workers], [Client.System] and others. Its lists are iterators too.
//
// Requests are signed (signature version 4) with what a [CredentialsProvider]
// gives. When the service refuses a signature because of its date, the client
// learns the service's time from the answer and sends the call once more.
// Package client/awsconfig finds credentials and region where the tools of AWS
// find them.
//
// Members of a request that are nil are left out of it; an empty list, map or
// text is sent, which in an update means "clear".
//
// # Errors
//
// An answer that is an error is a [*ResponseError]; one with an exception of the
// API is also of that type:
//
//	if e, ok := errors.AsType[*client.ValidationException](err); ok {
//		log.Print(e.Message)
//	}
//
// A call without an answer fails with a [*TransportError], which says whether
// the request may have reached the service; the end of the context is found in
// it by [errors.Is].
//
// # From boto
//
// What boto.elastictranscoder has is on the left, its counterpart on the right.
// Names without a dot are of this package. Most of boto's arguments are optional
// keywords; here they are members that may be nil.
//
//	cancel_job                        Client.CancelJob
//	  id                              api.CancelJobRequest.Id
//	create_job                        Client.CreateJob
//	  pipeline_id                     api.CreateJobRequest.PipelineId
//	  input_name                      api.CreateJobRequest.Input
//	  output                          api.CreateJobRequest.Output
//	  outputs                         api.CreateJobRequest.Outputs
//	  output_key_prefix               api.CreateJobRequest.OutputKeyPrefix
//	  playlists                       api.CreateJobRequest.Playlists
//	create_pipeline                   Client.CreatePipeline
//	  name                            api.CreatePipelineRequest.Name
//	  input_bucket                    api.CreatePipelineRequest.InputBucket
//	  output_bucket                   api.CreatePipelineRequest.OutputBucket
//	  role                            api.CreatePipelineRequest.Role
//	  notifications                   api.CreatePipelineRequest.Notifications
//	  content_config                  api.CreatePipelineRequest.ContentConfig
//	  thumbnail_config                api.CreatePipelineRequest.ThumbnailConfig
//	create_preset                     Client.CreatePreset
//	  name                            api.CreatePresetRequest.Name
//	  description                     api.CreatePresetRequest.Description
//	  container                       api.CreatePresetRequest.Container
//	  video                           api.CreatePresetRequest.Video
//	  audio                           api.CreatePresetRequest.Audio
//	  thumbnails                      api.CreatePresetRequest.Thumbnails
//	delete_pipeline                   Client.DeletePipeline
//	  id                              api.DeletePipelineRequest.Id
//	delete_preset                     Client.DeletePreset
//	  id                              api.DeletePresetRequest.Id
//	list_jobs_by_pipeline             Client.ListJobsByPipeline
//	  pipeline_id                     api.ListJobsByPipelineRequest.PipelineId
//	  ascending                       api.ListJobsByPipelineRequest.Ascending
//	  page_token                      api.ListJobsByPipelineRequest.PageToken
//	list_jobs_by_status               Client.ListJobsByStatus
//	  status                          api.ListJobsByStatusRequest.Status
//	  ascending                       api.ListJobsByStatusRequest.Ascending
//	  page_token                      api.ListJobsByStatusRequest.PageToken
//	list_pipelines                    Client.ListPipelines
//	  ascending                       api.ListPipelinesRequest.Ascending
//	  page_token                      api.ListPipelinesRequest.PageToken
//	list_presets                      Client.ListPresets
//	  ascending                       api.ListPresetsRequest.Ascending
//	  page_token                      api.ListPresetsRequest.PageToken
//	read_job                          Client.ReadJob
//	  id                              api.ReadJobRequest.Id
//	read_pipeline                     Client.ReadPipeline
//	  id                              api.ReadPipelineRequest.Id
//	read_preset                       Client.ReadPreset
//	  id                              api.ReadPresetRequest.Id
//	test_role                         Client.TestRole
//	  role                            api.TestRoleRequest.Role
//	  input_bucket                    api.TestRoleRequest.InputBucket
//	  output_bucket                   api.TestRoleRequest.OutputBucket
//	  topics                          api.TestRoleRequest.Topics
//	update_pipeline                   Client.UpdatePipeline
//	  id                              api.UpdatePipelineRequest.Id
//	  name                            api.UpdatePipelineRequest.Name
//	  input_bucket                    api.UpdatePipelineRequest.InputBucket
//	  role                            api.UpdatePipelineRequest.Role
//	  notifications                   api.UpdatePipelineRequest.Notifications
//	  content_config                  api.UpdatePipelineRequest.ContentConfig
//	  thumbnail_config                api.UpdatePipelineRequest.ThumbnailConfig
//	update_pipeline_notifications     Client.UpdatePipelineNotifications
//	  id                              api.UpdatePipelineNotificationsRequest.Id
//	  notifications                   api.UpdatePipelineNotificationsRequest.Notifications
//	update_pipeline_status            Client.UpdatePipelineStatus
//	  id                              api.UpdatePipelineStatusRequest.Id
//	  status                          api.UpdatePipelineStatusRequest.Status
//	make_request                      Client.MakeRequest
//	  verb                            its argument method
//	  resource                        its argument path
//	  headers                         RequestHeader
//	  data                            its argument body
//	  expected_status                 RequestExpectStatus
//	  params                          RequestQuery
//
// The module's functions and what the class has:
//
//	regions                           Regions
//	connect_to_region                 ConnectToRegion
//	  region_name                     its argument name
//	  kw_params                       Option, as below
//	RegionInfo                        Region
//	RegionInfo.name                   Region.Name
//	RegionInfo.endpoint               Region.Endpoint
//	RegionInfo.connect                Region.Connect
//	ElasticTranscoderConnection       New
//	APIVersion                        APIVersion
//	DefaultRegionName                 DefaultRegionName
//	DefaultRegionEndpoint             DefaultRegionEndpoint
//	ResponseError                     ResponseError
//
// The arguments of the connection:
//
//	region                            WithRegion, WithEndpoint
//	host                              New, WithEndpoint: the host of the endpoint
//	port                              New, WithEndpoint: the port of the endpoint
//	is_secure                         New, WithEndpoint: the scheme of the endpoint
//	path                              New, WithEndpoint: the path of the endpoint
//	aws_access_key_id                 StaticCredentials
//	aws_secret_access_key             StaticCredentials
//	security_token                    StaticCredentials
//	profile_name                      the profile that client/awsconfig loads
//	provider                          none: every endpoint speaks AWS
//	proxy                             WithProxy
//	proxy_port                        WithProxy
//	proxy_user                        WithProxy
//	proxy_pass                        WithProxy
//	debug                             WithRequestHook, WithResponseHook
//	https_connection_factory          WithHTTPClient
//	validate_certs                    WithHTTPClient: the TLS settings of its transport
//	suppress_consec_slashes           none: paths are sent as they are
//	num_retries                       Retry.MaxAttempts, which counts the first one too
//	max_retry_delay                   Retry.MaxDelay
//	http_socket_timeout               WithAttemptTimeout
//	request_hook                      WithResponseHook
//	UserAgent                         WithUserAgent
//
// The exceptions and their members:
//
//	AccessDeniedException             AccessDeniedException
//	IncompatibleVersionException      IncompatibleVersionException
//	InternalServiceException          InternalServiceException
//	LimitExceededException            LimitExceededException
//	ResourceInUseException            ResourceInUseException
//	ResourceNotFoundException         ResourceNotFoundException
//	ValidationException               ValidationException
//	JSONResponseError                 ResponseError
//	BotoServerError                   ResponseError
//	BotoServerError.status            ResponseError.Status
//	BotoServerError.reason            ResponseError.Reason
//	BotoServerError.body              ResponseError.Body
//	BotoServerError.error_code        ResponseError.Code
//	BotoServerError.error_message     ResponseError.Message
//	BotoServerError.message           ResponseError.Message
//	BotoServerError.request_id        ResponseError.RequestID
//	socket.error                      TransportError
//
// Beyond layer1 the API has members that boto does not know by name; they are in
// the same structures: Inputs and UserMetadata of [api.CreateJobRequest],
// AwsKmsKeyArn of pipelines.
package client
