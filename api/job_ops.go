package api

// CreateJobRequest is the input of CreateJob. Input and Inputs exclude each other,
// as do Output and Outputs.
type CreateJobRequest struct {
	// Pipeline to submit to.
	PipelineId *string `json:"PipelineId" check:"required,pattern=Id"`
	// The only source object.
	Input *JobInput `json:"Input"`
	// Source objects, at most 200, joined in this order.
	Inputs []JobInput `json:"Inputs" check:"max=200"`
	// The only output.
	Output *CreateJobOutput `json:"Output"`
	// Outputs, at most 30, made in this order.
	Outputs []CreateJobOutput `json:"Outputs" check:"max=30"`
	// Put before every key the job writes, 1 to 255 characters.
	OutputKeyPrefix *string `json:"OutputKeyPrefix" check:"min=1,max=255"`
	// Manifests to make, at most 30.
	Playlists []CreateJobPlaylist `json:"Playlists" check:"max=30"`
	// The client's own pairs, at most 10.
	UserMetadata map[string]string `json:"UserMetadata"`
}

// CreateJobOutput is an output that a new job is asked for.
type CreateJobOutput struct {
	// Object key after the job's OutputKeyPrefix, 1 to 255 characters.
	Key *string `json:"Key" check:"min=1,max=255"`
	// Key pattern of thumbnails with {count}; "" or null means none.
	ThumbnailPattern *string `json:"ThumbnailPattern" check:"pattern=ThumbnailPattern"`
	// How to encrypt thumbnails; null means not at all.
	ThumbnailEncryption *Encryption `json:"ThumbnailEncryption"`
	// Clockwise turn in degrees: auto (as the input says) 0 90 180 270.
	Rotate *string `json:"Rotate" check:"pattern=Rotate"`
	// Preset that says how to encode.
	PresetId *string `json:"PresetId" check:"pattern=Id"`
	// Longest segment in seconds, as text, 1 to 60; for ts and fmp4 only.
	SegmentDuration *string `json:"SegmentDuration" check:"pattern=FloatString"`
	// Graphics to draw over the video, in order.
	Watermarks []JobWatermark `json:"Watermarks"`
	// Artwork of an audio file.
	AlbumArt *JobAlbumArt `json:"AlbumArt"`
	// At most one part of the input to show. The model deprecates it in favour of JobInput.TimeSpan.
	Composition []Clip `json:"Composition"`
	// Captions to write; null means none.
	Captions *Captions `json:"Captions"`
	// How to encrypt the files; null means not at all.
	Encryption *Encryption `json:"Encryption"`
}

// CreateJobResponse is the output of CreateJob.
type CreateJobResponse struct {
	// The job as accepted.
	Job *Job `json:"Job"`
}

// ReadJobRequest is the input of ReadJob.
type ReadJobRequest struct {
	// Job to read.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
}

// ReadJobResponse is the output of ReadJob.
type ReadJobResponse struct {
	// The job as it stands.
	Job *Job `json:"Job"`
}

// CancelJobRequest is the input of CancelJob, which accepts Submitted jobs only.
type CancelJobRequest struct {
	// Job to cancel.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
}

// CancelJobResponse is the output of CancelJob. The model gives it no members; on
// the wire it is {"Success":"true"}, which marshalling gives.
type CancelJobResponse struct{}

// ListJobsByPipelineRequest is the input of ListJobsByPipeline.
type ListJobsByPipelineRequest struct {
	// Pipeline whose jobs are listed.
	PipelineId *string `json:"-" uri:"PipelineId" check:"required,pattern=Id"`
	// "true" lists the oldest first, "false" the newest; any letter case.
	Ascending *string `json:"-" query:"Ascending" check:"pattern=Ascending,anycase"`
	// NextPageToken of the page before; null for the first page.
	PageToken *string `json:"-" query:"PageToken" check:"pattern=Id"`
}

// ListJobsByPipelineResponse is one page of a pipeline's jobs.
type ListJobsByPipelineResponse struct {
	// The jobs of this page, as ReadJob shows them.
	Jobs []Job `json:"Jobs"`
	// Token of the next page, in the form of an identifier; null on the last.
	NextPageToken *string `json:"NextPageToken" check:"pattern=Id"`
}

// ListJobsByStatusRequest is the input of ListJobsByStatus, which looks at all
// pipelines of the account.
type ListJobsByStatusRequest struct {
	// Submitted, Progressing, Complete, Canceled or Error.
	Status *string `json:"-" uri:"Status" check:"required,pattern=JobStatus"`
	// "true" lists the oldest first, "false" the newest; any letter case.
	Ascending *string `json:"-" query:"Ascending" check:"pattern=Ascending,anycase"`
	// NextPageToken of the page before; null for the first page.
	PageToken *string `json:"-" query:"PageToken" check:"pattern=Id"`
}

// ListJobsByStatusResponse is one page of the jobs in a status.
type ListJobsByStatusResponse struct {
	// The jobs of this page, as ReadJob shows them.
	Jobs []Job `json:"Jobs"`
	// Token of the next page, in the form of an identifier; null on the last.
	NextPageToken *string `json:"NextPageToken" check:"pattern=Id"`
}
