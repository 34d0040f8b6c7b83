package api

// Pipeline is the queue that jobs are submitted to, with the buckets, the role
// and the topics that its jobs use.
type Pipeline struct {
	// Identifier: 13 digits (epoch milliseconds), a hyphen, 6 letters or digits.
	Id *string `json:"Id" check:"pattern=Id"`
	// Amazon resource name, of the caller's region and account.
	Arn *string `json:"Arn"`
	// Label of 1 to 40 characters; need not be unique.
	Name *string `json:"Name" check:"min=1,max=40"`
	// Active (jobs are started) or Paused (jobs wait as Submitted).
	Status *string `json:"Status" check:"pattern=PipelineStatus"`
	// Bucket of media inputs, caption files, watermarks and album art.
	InputBucket *string `json:"InputBucket" check:"pattern=BucketName"`
	// Bucket of all results; null when the two configs below differ.
	OutputBucket *string `json:"OutputBucket" check:"pattern=BucketName"`
	// ARN of the IAM role that is assumed to reach buckets and topics.
	Role *string `json:"Role" check:"pattern=Role"`
	// ARN of the KMS key that wraps data keys; null or "" means the service's default key.
	AwsKmsKeyArn *string `json:"AwsKmsKeyArn" check:"min=0,max=255"`
	// Topics that are told about job events.
	Notifications *Notifications `json:"Notifications"`
	// Where media, captions and playlists go, and who may read them.
	ContentConfig *PipelineOutputConfig `json:"ContentConfig"`
	// Where thumbnails go, and who may read them.
	ThumbnailConfig *PipelineOutputConfig `json:"ThumbnailConfig"`
}

// PipelineOutputConfig says where one kind of result is stored and with which
// storage class and grants.
type PipelineOutputConfig struct {
	// Bucket that receives the objects.
	Bucket *string `json:"Bucket" check:"pattern=BucketName"`
	// Standard or ReducedRedundancy; null means the bucket's default.
	StorageClass *string `json:"StorageClass" check:"pattern=StorageClass"`
	// Grants set on each object, at most 30. Null means none were given; [] clears them on update.
	Permissions []Permission `json:"Permissions" check:"max=30"`
}

// Permission grants one grantee access to the objects a pipeline writes.
type Permission struct {
	// What Grantee is: Canonical (account or origin access identity), Email or Group.
	GranteeType *string `json:"GranteeType" check:"pattern=GranteeType"`
	// The account id, mail address or predefined group, 1 to 255 characters.
	Grantee *string `json:"Grantee" check:"min=1,max=255"`
	// Rights granted, at most 30: Read, ReadAcp, WriteAcp, FullControl.
	Access []string `json:"Access" check:"max=30,member.pattern=AccessControl"`
}

// Notifications holds one SNS topic ARN per kind of job event. The empty string
// means that nobody is told.
type Notifications struct {
	// Topic for jobs that have begun.
	Progressing *string `json:"Progressing" check:"pattern=SnsTopic"`
	// Topic for jobs that ended well.
	Completed *string `json:"Completed" check:"pattern=SnsTopic"`
	// Topic for jobs that met something worth telling and went on.
	Warning *string `json:"Warning" check:"pattern=SnsTopic"`
	// Topic for jobs that failed.
	Error *string `json:"Error" check:"pattern=SnsTopic"`
}

// Warning is a remark about a pipeline that was stored nevertheless, such as a
// bucket in another region.
type Warning struct {
	// Number as text, 6000 to 6008.
	Code *string `json:"Code"`
	// Sentence for people.
	Message *string `json:"Message"`
}
