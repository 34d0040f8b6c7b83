package api

// CreatePipelineRequest is the input of CreatePipeline. Either OutputBucket, or
// both ContentConfig and ThumbnailConfig, must be given.
type CreatePipelineRequest struct {
	// Label of 1 to 40 characters; need not be unique.
	Name *string `json:"Name" check:"required,min=1,max=40"`
	// Bucket of media inputs, caption files, watermarks and album art.
	InputBucket *string `json:"InputBucket" check:"required,pattern=BucketName"`
	// Bucket of all results; excludes the two configs below.
	OutputBucket *string `json:"OutputBucket" check:"pattern=BucketName"`
	// ARN of the IAM role that is assumed to reach buckets and topics.
	Role *string `json:"Role" check:"required,pattern=Role"`
	// ARN of the KMS key that wraps data keys, up to 255 characters; "" means none.
	AwsKmsKeyArn *string `json:"AwsKmsKeyArn" check:"min=0,max=255"`
	// Topics that are told about job events; null means none.
	Notifications *Notifications `json:"Notifications"`
	// Where media, captions and playlists go; needs ThumbnailConfig.
	ContentConfig *PipelineOutputConfig `json:"ContentConfig"`
	// Where thumbnails go; needs ContentConfig.
	ThumbnailConfig *PipelineOutputConfig `json:"ThumbnailConfig"`
}

// CreatePipelineResponse is the output of CreatePipeline.
type CreatePipelineResponse struct {
	// The pipeline as stored.
	Pipeline *Pipeline `json:"Pipeline"`
	// Remarks about resources in other regions; [] when there are none.
	Warnings []Warning `json:"Warnings"`
}

// ReadPipelineRequest is the input of ReadPipeline.
type ReadPipelineRequest struct {
	// Pipeline to read.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
}

// ReadPipelineResponse is the output of ReadPipeline.
type ReadPipelineResponse struct {
	// The pipeline as stored.
	Pipeline *Pipeline `json:"Pipeline"`
	// Remarks about resources in other regions; [] when there are none.
	Warnings []Warning `json:"Warnings"`
}

// UpdatePipelineRequest is the input of UpdatePipeline. A null member leaves the
// stored value alone, "" removes a string, [] empties a list; Notifications is
// merged member by member.
type UpdatePipelineRequest struct {
	// Pipeline to change.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
	// New label, 1 to 40 characters.
	Name *string `json:"Name" check:"min=1,max=40"`
	// New bucket of inputs.
	InputBucket *string `json:"InputBucket" check:"pattern=BucketName"`
	// New role ARN.
	Role *string `json:"Role" check:"pattern=Role"`
	// New KMS key ARN; "" removes it.
	AwsKmsKeyArn *string `json:"AwsKmsKeyArn" check:"min=0,max=255"`
	// New topics, each on its own; "" removes one.
	Notifications *Notifications `json:"Notifications"`
	// New place for media, captions and playlists.
	ContentConfig *PipelineOutputConfig `json:"ContentConfig"`
	// New place for thumbnails.
	ThumbnailConfig *PipelineOutputConfig `json:"ThumbnailConfig"`
}

// UpdatePipelineResponse is the output of UpdatePipeline.
type UpdatePipelineResponse struct {
	// The pipeline after the change.
	Pipeline *Pipeline `json:"Pipeline"`
	// Remarks about resources in other regions; [] when there are none.
	Warnings []Warning `json:"Warnings"`
}

// UpdatePipelineNotificationsRequest is the input of UpdatePipelineNotifications.
type UpdatePipelineNotificationsRequest struct {
	// Pipeline to change.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
	// The new topics; "" removes one.
	Notifications *Notifications `json:"Notifications" check:"required"`
}

// UpdatePipelineNotificationsResponse is the output of UpdatePipelineNotifications.
type UpdatePipelineNotificationsResponse struct {
	// The pipeline after the change.
	Pipeline *Pipeline `json:"Pipeline"`
}

// UpdatePipelineStatusRequest is the input of UpdatePipelineStatus. Repeating it
// changes nothing.
type UpdatePipelineStatusRequest struct {
	// Pipeline to start or stop.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
	// Active or Paused.
	Status *string `json:"Status" check:"required,pattern=PipelineStatus"`
}

// UpdatePipelineStatusResponse is the output of UpdatePipelineStatus.
type UpdatePipelineStatusResponse struct {
	// The pipeline after the change.
	Pipeline *Pipeline `json:"Pipeline"`
}

// DeletePipelineRequest is the input of DeletePipeline, which refuses a pipeline
// with active jobs.
type DeletePipelineRequest struct {
	// Pipeline to delete.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
}

// DeletePipelineResponse is the output of DeletePipeline. The model gives it no
// members; on the wire it is {"Success":"true"}, which marshalling gives.
type DeletePipelineResponse struct{}

// ListPipelinesRequest is the input of ListPipelines.
type ListPipelinesRequest struct {
	// "true" lists the oldest first, "false" the newest; any letter case.
	Ascending *string `json:"-" query:"Ascending" check:"pattern=Ascending,anycase"`
	// NextPageToken of the page before; null for the first page.
	PageToken *string `json:"-" query:"PageToken" check:"pattern=Id"`
}

// ListPipelinesResponse is one page of pipelines.
type ListPipelinesResponse struct {
	// The pipelines of this page.
	Pipelines []Pipeline `json:"Pipelines"`
	// Token of the next page, in the form of an identifier; null on the last.
	NextPageToken *string `json:"NextPageToken" check:"pattern=Id"`
}

// TestRoleRequest is the input of TestRole, which the model deprecates.
type TestRoleRequest struct {
	// ARN of the role to try.
	Role *string `json:"Role" check:"required,pattern=Role"`
	// Bucket that the role must be able to read.
	InputBucket *string `json:"InputBucket" check:"required,pattern=BucketName"`
	// Bucket that the role must be able to write.
	OutputBucket *string `json:"OutputBucket" check:"required,pattern=BucketName"`
	// SNS topics that the role must be able to publish to, at most 30.
	Topics []string `json:"Topics" check:"required,max=30,member.pattern=SnsTopic"`
}

// TestRoleResponse is the output of TestRole.
type TestRoleResponse struct {
	// The text "true" when every attempt worked, else "false".
	Success *string `json:"Success" check:"pattern=Success"`
	// What went wrong, one sentence each; [] on success.
	Messages []string `json:"Messages"`
}
