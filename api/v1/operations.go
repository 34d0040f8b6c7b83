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
	// Events reports that the answer is a stream of server-sent events, whose data have the
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
		Name: "SearchJobs", Method: "GET", Path: "/v1/jobs", Status: 200, Response: SearchJobsResponse{},
		Summary: "Lists the jobs that meet all parameters, the newest first.",
		Query: []Parameter{
			{Name: "pipelineId", Summary: "Those of one pipeline only."},
			{Name: "status", Summary: "Those of this status only.",
				Allowed: []string{"Submitted", "Progressing", "Complete", "Canceled", "Error"}},
			{Name: "text", Summary: "Words of ids, input keys and output keys, the last one as a beginning."},
			{Name: "userMetadata", Type: []string{}, Summary: "A pair of the user metadata, KEY=VALUE; repeatable."},
			{Name: "submittedFrom", Type: time.Time{}, Summary: "Those submitted at this time or later (RFC 3339)."},
			{Name: "submittedUntil", Type: time.Time{}, Summary: "Those submitted before this time (RFC 3339)."},
			{Name: "limit", Type: 0, Summary: "The most jobs of a page, 1 to 100; 50 by default."},
			{Name: "before", Type: int64(0), Summary: "The cursor that the page before gave."},
		},
	},
	{
		Name: "ListWaitingJobs", Method: "GET", Path: "/v1/jobs/waiting", Status: 200,
		Response: ListWaitingJobsResponse{},
		Summary:  "Lists the jobs that no worker has, and why each waits.",
		Query: []Parameter{
			{Name: "pipelineId", Summary: "Those of one pipeline only."},
			{Name: "after", Summary: "The cursor that the page before gave."},
		},
	},
	{
		Name: "CancelJob", Method: "POST", Path: "/v1/jobs/{id}/cancel", Status: 200, Response: JobResponse{},
		Summary: "Cancels a job, also one that runs; nothing of its results stays.",
	},
	{
		Name: "RetryJob", Method: "POST", Path: "/v1/jobs/{id}/retry", Status: 201, Response: JobResponse{},
		Summary: "Makes a new job of the document of one that is in Error or Canceled.",
	},
	{
		Name: "PrioritizeJob", Method: "POST", Path: "/v1/jobs/{id}/prioritize", Status: 200,
		Request: PrioritizeJobRequest{}, Response: JobResponse{},
		Summary: "Changes the priority of a job that waits.",
	},
	{
		Name: "ListGivenUpJobs", Method: "GET", Path: "/v1/jobs/given-up", Status: 200,
		Response: ListGivenUpJobsResponse{},
		Summary:  "Lists the jobs whose attempts were used up, the newest first.",
		Query:    []Parameter{{Name: "before", Type: int64(0), Summary: "The cursor that the page before gave."}},
	},
	{
		Name: "CreateBulkAction", Method: "POST", Path: "/v1/bulk-actions", Status: 201,
		Request: CreateBulkActionRequest{}, Response: BulkActionResponse{},
		Summary: "Cancels, retries or prioritizes all jobs that a filter selects, on the server.",
	},
	{
		Name: "ListBulkActions", Method: "GET", Path: "/v1/bulk-actions", Status: 200,
		Response: ListBulkActionsResponse{},
		Summary:  "Lists bulk actions, the newest first.",
		Query:    []Parameter{{Name: "before", Type: int64(0), Summary: "The cursor that the page before gave."}},
	},
	{
		Name: "ReadBulkAction", Method: "GET", Path: "/v1/bulk-actions/{id}", Status: 200,
		Response: BulkActionResponse{},
		Summary:  "Reads how far a bulk action is.",
	},
	{
		Name: "StopBulkAction", Method: "POST", Path: "/v1/bulk-actions/{id}/stop", Status: 200,
		Response: BulkActionResponse{},
		Summary:  "Ends a bulk action; what it has done stays.",
	},
	{
		Name: "ListWorkers", Method: "GET", Path: "/v1/workers", Status: 200, Response: ListWorkersResponse{},
		Summary: "Lists the workers, what each runs on, and what it does now.",
	},
	{
		Name: "DrainWorker", Method: "POST", Path: "/v1/workers/{id}/drain", Status: 200,
		Request: DrainWorkerRequest{}, Response: Empty{},
		Summary: "Lets a worker take no more jobs, and hand back those of which nothing is encoded.",
	},
	{
		Name: "ResumeWorker", Method: "POST", Path: "/v1/workers/{id}/resume", Status: 200, Response: Empty{},
		Summary: "Lets a worker that drains take jobs again.",
	},
	{
		Name: "ReadSystem", Method: "GET", Path: "/v1/system", Status: 200, Response: System{},
		Summary: "Reads what a server runs, what it can do, and what limits it.",
	},
	{
		Name: "CreateCredential", Method: "POST", Path: "/v1/credentials", Status: 201,
		Request: CreateCredentialRequest{}, Response: CreateCredentialResponse{},
		Summary: "Makes a caller with an access key.",
	},
	{
		Name: "ListCredentials", Method: "GET", Path: "/v1/credentials", Status: 200,
		Response: ListCredentialsResponse{},
		Summary:  "Lists access keys, without secrets.",
	},
	{
		Name: "RotateCredential", Method: "POST", Path: "/v1/credentials/{id}/rotate", Status: 200,
		Request: RotateCredentialRequest{}, Response: RotateCredentialResponse{},
		Summary: "Makes a new access key in place of one, or of that of a caller by name.",
	},
	{
		Name: "RevokeCredential", Method: "DELETE", Path: "/v1/credentials/{id}", Status: 200,
		Response: RevokeCredentialResponse{},
		Summary:  "Ends an access key, or all of a caller by name.",
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
		Query:    []Parameter{{Name: "topicArn", Summary: "Those of this topic only."}},
	},
	{
		Name: "DeleteSubscription", Method: "DELETE", Path: "/v1/subscriptions/{id}", Status: 200, Response: Empty{},
		Summary: "Deletes a subscription, and what has not reached it yet.",
	},
	{
		Name: "ListDeliveries", Method: "GET", Path: "/v1/deliveries", Status: 200, Response: ListDeliveriesResponse{},
		Summary: "Lists notifications that have not arrived, the oldest first.",
		Query: []Parameter{
			{Name: "status", Summary: "Those of this status only.", Allowed: []string{"pending", "dead"}},
			{Name: "subscriber", Summary: "Those of one subscriber only: the id of a subscription, or a topic."},
			{Name: "after", Type: int64(0), Summary: "The cursor that the page before gave."},
		},
	},
	{
		Name: "ResendDeliveries", Method: "POST", Path: "/v1/deliveries/resend", Status: 200,
		Request: SelectDeliveriesRequest{}, Response: SelectDeliveriesResponse{},
		Summary: "Sends given-up notifications again.",
	},
	{
		Name: "DiscardDeliveries", Method: "POST", Path: "/v1/deliveries/discard", Status: 200,
		Request: SelectDeliveriesRequest{}, Response: SelectDeliveriesResponse{},
		Summary: "Forgets given-up notifications.",
	},
}
