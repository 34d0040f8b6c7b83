package v1

import "time"

// Operation is one call of the extension API.
type Operation struct {
	// Name is the operation's; policies name it with "reelastic:" before it.
	Name string
	// Method and Path are those of its requests; {id} in the path stands for one segment.
	Method, Path string
	// Summary is one sentence.
	Summary string
	// Query are the parameters that a request may have.
	Query []Parameter
	// Request and Response are zero values of the bodies' types, nil for no body.
	Request, Response any
	// Status is that of success, 200 or 201.
	Status int
	// Events reports whether the answer is a stream of server-sent events, whose data have the
	// type of Response.
	Events bool
}

// Parameter is a parameter of a request's query.
type Parameter struct {
	Name string
	// Summary is one sentence.
	Summary string
	// Type is a zero value of its type; nil for a text. A list is given by repeating the
	// parameter.
	Type any
	// Allowed are the values that it may have; none for any.
	Allowed []string
}

// Empty is a body without members.
type Empty struct{}

// Operations are all calls of the extension API.
var Operations = []Operation{
	{
		Name: "ReadJobProgress", Method: "GET", Path: "/v1/jobs/{id}/progress", Status: 200, Response: Progress{},
		Summary: "Reads how far a job is.",
	},
	{
		Name: "ReadJobEvents", Method: "GET", Path: "/v1/jobs/{id}/events", Status: 200, Response: Progress{},
		Events:  true,
		Summary: "Follows a job until it has ended.",
	},
	{
		Name: "ReadJobLog", Method: "GET", Path: "/v1/jobs/{id}/log", Status: 200, Response: JobLog{},
		Summary: "Reads what is kept of a job's attempts, and what ffmpeg said last when a step failed.",
	},
	{
		Name: "SearchJobs", Method: "GET", Path: "/v1/jobs", Status: 200, Response: SearchJobsResponse{},
		Summary: "Lists the jobs that match all parameters, the newest first.",
		Query: []Parameter{
			{Name: "pipelineId", Summary: "Only jobs of this pipeline."},
			{Name: "status", Summary: "Only jobs with this status.",
				Allowed: []string{"Submitted", "Progressing", "Complete", "Canceled", "Error"}},
			{Name: "text", Summary: "Words in ids, input keys and output keys; the last one may be a prefix."},
			{Name: "userMetadata", Type: []string{}, Summary: "A pair of the user metadata, KEY=VALUE; repeatable."},
			{Name: "submittedFrom", Type: time.Time{}, Summary: "Only jobs submitted at this time or later."},
			{Name: "submittedUntil", Type: time.Time{}, Summary: "Only jobs submitted before this time."},
			{Name: "limit", Type: 0, Summary: "The maximum number of jobs in a page, 1 to 100; 50 by default."},
			{Name: "before", Type: int64(0), Summary: "The next cursor of the previous page."},
		},
	},
	{
		Name: "ListWaitingJobs", Method: "GET", Path: "/v1/jobs/waiting", Status: 200,
		Response: ListWaitingJobsResponse{},
		Summary:  "Lists waiting jobs, and why each waits.",
		Query: []Parameter{
			{Name: "pipelineId", Summary: "Only jobs of this pipeline."},
			{Name: "after", Summary: "The next cursor of the previous page."},
		},
	},
	{
		Name: "CancelJob", Method: "POST", Path: "/v1/jobs/{id}/cancel", Status: 200, Response: JobResponse{},
		Summary: "Cancels a job, even a running one, and removes its results.",
	},
	{
		Name: "RetryJob", Method: "POST", Path: "/v1/jobs/{id}/retry", Status: 201, Response: JobResponse{},
		Summary: "Submits a job in Error or Canceled again, as a new job.",
	},
	{
		Name: "PrioritizeJob", Method: "POST", Path: "/v1/jobs/{id}/prioritize", Status: 200,
		Request: PrioritizeJobRequest{}, Response: JobResponse{},
		Summary: "Changes the priority of a waiting job.",
	},
	{
		Name: "ListGivenUpJobs", Method: "GET", Path: "/v1/jobs/given-up", Status: 200,
		Response: ListGivenUpJobsResponse{},
		Summary:  "Lists the jobs whose attempts are used up, the newest first.",
		Query:    []Parameter{{Name: "before", Type: int64(0), Summary: "The next cursor of the previous page."}},
	},
	{
		Name: "CreateBulkAction", Method: "POST", Path: "/v1/bulk-actions", Status: 201,
		Request: CreateBulkActionRequest{}, Response: BulkActionResponse{},
		Summary: "Cancels, retries or prioritizes all jobs that match a filter.",
	},
	{
		Name: "ListBulkActions", Method: "GET", Path: "/v1/bulk-actions", Status: 200,
		Response: ListBulkActionsResponse{},
		Summary:  "Lists bulk actions, the newest first.",
		Query:    []Parameter{{Name: "before", Type: int64(0), Summary: "The next cursor of the previous page."}},
	},
	{
		Name: "ReadBulkAction", Method: "GET", Path: "/v1/bulk-actions/{id}", Status: 200,
		Response: BulkActionResponse{},
		Summary:  "Reads how far a bulk action is.",
	},
	{
		Name: "StopBulkAction", Method: "POST", Path: "/v1/bulk-actions/{id}/stop", Status: 200,
		Response: BulkActionResponse{},
		Summary:  "Stops a bulk action. What it has done is not undone.",
	},
	{
		Name: "ListWorkers", Method: "GET", Path: "/v1/workers", Status: 200, Response: ListWorkersResponse{},
		Summary: "Lists the workers, what each runs on, and what it does now.",
	},
	{
		Name: "DrainWorker", Method: "POST", Path: "/v1/workers/{id}/drain", Status: 200,
		Request: DrainWorkerRequest{}, Response: Empty{},
		Summary: "Stops a worker from taking jobs. It hands back those of which nothing is encoded yet.",
	},
	{
		Name: "ResumeWorker", Method: "POST", Path: "/v1/workers/{id}/resume", Status: 200, Response: Empty{},
		Summary: "Lets a draining worker take jobs again.",
	},
	{
		Name: "ImportResources", Method: "POST", Path: "/v1/import", Status: 200,
		Request: ImportResourcesRequest{}, Response: ImportResourcesResponse{},
		Summary: "Stores pipelines and presets with ids that the caller has chosen, all of them or none.",
	},
	{
		Name: "ReadSystem", Method: "GET", Path: "/v1/system", Status: 200, Response: System{},
		Summary: "Reads what a server runs, what it can do, and its limits.",
	},
	{
		Name: "ReadInstallationKey", Method: "GET", Path: "/v1/installation-key", Status: 200,
		Response: InstallationKey{},
		Summary:  "Reads which key seals the secrets in the database, and how far its last rotation is.",
	},
	{
		Name: "RotateInstallationKey", Method: "POST", Path: "/v1/installation-key/rotate", Status: 200,
		Response: InstallationKey{},
		Summary:  "Puts a new installation key in the place of the one that seals, while all goes on.",
	},
	{
		Name: "CreateCredential", Method: "POST", Path: "/v1/credentials", Status: 201,
		Request: CreateCredentialRequest{}, Response: CreateCredentialResponse{},
		Summary: "Creates a caller with an access key.",
	},
	{
		Name: "ListCredentials", Method: "GET", Path: "/v1/credentials", Status: 200,
		Response: ListCredentialsResponse{},
		Summary:  "Lists access keys, without secrets.",
	},
	{
		Name: "RotateCredential", Method: "POST", Path: "/v1/credentials/{id}/rotate", Status: 200,
		Request: RotateCredentialRequest{}, Response: RotateCredentialResponse{},
		Summary: "Replaces an access key, or that of a caller.",
	},
	{
		Name: "RevokeCredential", Method: "DELETE", Path: "/v1/credentials/{id}", Status: 200,
		Response: RevokeCredentialResponse{},
		Summary:  "Revokes an access key, or all access keys of a caller.",
	},
	{
		Name: "CreateSubscription", Method: "POST", Path: "/v1/subscriptions", Status: 201,
		Request: CreateSubscriptionRequest{}, Response: CreateSubscriptionResponse{},
		Summary: "Subscribes an endpoint to a topic.",
	},
	{
		Name: "ListSubscriptions", Method: "GET", Path: "/v1/subscriptions", Status: 200,
		Response: ListSubscriptionsResponse{},
		Summary:  "Lists subscriptions, the oldest first.",
		Query:    []Parameter{{Name: "topicArn", Summary: "Only subscriptions to this topic."}},
	},
	{
		Name: "DeleteSubscription", Method: "DELETE", Path: "/v1/subscriptions/{id}", Status: 200, Response: Empty{},
		Summary: "Deletes a subscription, and its pending notifications.",
	},
	{
		Name: "ListDeliveries", Method: "GET", Path: "/v1/deliveries", Status: 200, Response: ListDeliveriesResponse{},
		Summary: "Lists notifications that have not arrived, the oldest first.",
		Query: []Parameter{
			{Name: "status", Summary: "Only notifications with this status.", Allowed: []string{"pending", "dead"}},
			{Name: "subscriber", Summary: "Only those for this subscriber: the id of a subscription, or a topic."},
			{Name: "after", Type: int64(0), Summary: "The next cursor of the previous page."},
		},
	},
	{
		Name: "ResendDeliveries", Method: "POST", Path: "/v1/deliveries/resend", Status: 200,
		Request: SelectDeliveriesRequest{}, Response: SelectDeliveriesResponse{},
		Summary: "Sends dead letters again.",
	},
	{
		Name: "DiscardDeliveries", Method: "POST", Path: "/v1/deliveries/discard", Status: 200,
		Request: SelectDeliveriesRequest{}, Response: SelectDeliveriesResponse{},
		Summary: "Deletes dead letters.",
	},
}
