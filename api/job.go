package api

// Job is a request to transcode, with its state and results.
type Job struct {
	// Identifier: 13 digits (epoch milliseconds), a hyphen, 6 letters or digits.
	Id *string `json:"Id" check:"pattern=Id"`
	// Amazon resource name, of the caller's region and account.
	Arn *string `json:"Arn"`
	// Pipeline that the job was submitted to.
	PipelineId *string `json:"PipelineId" check:"pattern=Id"`
	// The first of Inputs.
	Input *JobInput `json:"Input"`
	// The source objects, at most 200, in the order in which they are joined.
	Inputs []JobInput `json:"Inputs" check:"max=200"`
	// A copy of the first of Outputs.
	Output *JobOutput `json:"Output"`
	// The outputs, in request order.
	Outputs []JobOutput `json:"Outputs"`
	// Put before every key the job writes, 1 to 255 characters.
	OutputKeyPrefix *string `json:"OutputKeyPrefix" check:"min=1,max=255"`
	// The manifests to make; [] when there are none.
	Playlists []Playlist `json:"Playlists"`
	// Submitted, Progressing, Complete, Canceled or Error.
	Status *string `json:"Status" check:"pattern=JobStatus"`
	// The client's own pairs, returned as given.
	UserMetadata map[string]string `json:"UserMetadata"`
	// When the job was submitted, started and finished.
	Timing *Timing `json:"Timing"`
}

// JobInput names a source object and, where detection should not decide, what it
// holds. Hints that were not given read back as null, not as auto.
type JobInput struct {
	// Object key in the pipeline's input bucket, 1 to 1024 characters.
	Key *string `json:"Key" check:"min=1,max=1024"`
	// Frames per second: auto 10 15 23.97 24 25 29.97 30 50 60.
	FrameRate *string `json:"FrameRate" check:"pattern=FrameRate"`
	// Frame size; auto, or WxH by the pattern.
	Resolution *string `json:"Resolution" check:"pattern=Resolution"`
	// Display aspect ratio: auto 1:1 4:3 3:2 16:9.
	AspectRatio *string `json:"AspectRatio" check:"pattern=AspectRatio"`
	// Whether frames are interlaced: auto, true or false.
	Interlaced *string `json:"Interlaced" check:"pattern=Interlaced"`
	// File format to read it as, such as mp4 or mpeg-ts; auto detects it.
	Container *string `json:"Container" check:"pattern=JobContainer"`
	// How the object is encrypted; null means it is not.
	Encryption *Encryption `json:"Encryption"`
	// The part to use; null means all of it.
	TimeSpan *TimeSpan `json:"TimeSpan"`
	// Captions to take along with this input.
	InputCaptions *InputCaptions `json:"InputCaptions"`
	// What probing found; in responses only.
	DetectedProperties *DetectedProperties `json:"DetectedProperties"`
}

// DetectedProperties is what probing found in an input. A null member was not
// found or not looked for.
type DetectedProperties struct {
	// Width in pixels.
	Width *int `json:"Width"`
	// Height in pixels.
	Height *int `json:"Height"`
	// Frames per second, as text.
	FrameRate *string `json:"FrameRate" check:"pattern=FloatString"`
	// Size in bytes.
	FileSize *int64 `json:"FileSize"`
	// Duration in milliseconds.
	DurationMillis *int64 `json:"DurationMillis"`
}

// TimeSpan is a part of an input. Both times are "HH:mm:ss.SSS" (below 24 hours)
// or seconds with up to three decimals.
type TimeSpan struct {
	// Where the part begins; null means at 0.
	StartTime *string `json:"StartTime" check:"pattern=Time"`
	// How long it is; null means to the end.
	Duration *string `json:"Duration" check:"pattern=Time"`
}

// Clip is the one element of an output's Composition. The model deprecates it in
// favour of JobInput.TimeSpan.
type Clip struct {
	// The part of the input that the output shows.
	TimeSpan *TimeSpan `json:"TimeSpan"`
}

// Timing holds points in time as milliseconds since 1970-01-01 UTC.
type Timing struct {
	// When the job was accepted.
	SubmitTimeMillis *int64 `json:"SubmitTimeMillis"`
	// When work began; null before, and for jobs canceled before.
	StartTimeMillis *int64 `json:"StartTimeMillis"`
	// When the job ended, in whichever way; null before.
	FinishTimeMillis *int64 `json:"FinishTimeMillis"`
}

// JobOutput is one file, or segment set, of a job with its state and result.
type JobOutput struct {
	// Number in the job as text, from "1" in request order.
	Id *string `json:"Id"`
	// Object key after the job's OutputKeyPrefix, 1 to 255 characters.
	Key *string `json:"Key" check:"min=1,max=255"`
	// Key pattern of thumbnails with {count}; "" or null means none.
	ThumbnailPattern *string `json:"ThumbnailPattern" check:"pattern=ThumbnailPattern"`
	// How thumbnails are encrypted; null means they are not.
	ThumbnailEncryption *Encryption `json:"ThumbnailEncryption"`
	// Clockwise turn in degrees: auto (as the input says) 0 90 180 270.
	Rotate *string `json:"Rotate" check:"pattern=Rotate"`
	// Preset that says how to encode.
	PresetId *string `json:"PresetId" check:"pattern=Id"`
	// Longest segment in seconds, as text, 1 to 60; for ts and fmp4 only. "10" reads
	// back as "10.0".
	SegmentDuration *string `json:"SegmentDuration" check:"pattern=FloatString"`
	// Submitted, Progressing, Complete, Canceled or Error.
	Status *string `json:"Status" check:"pattern=JobStatus"`
	// Why the output failed, or a remark; null when there is nothing to say.
	StatusDetail *string `json:"StatusDetail" check:"min=0,max=255"`
	// Duration in seconds, rounded up.
	Duration *int64 `json:"Duration"`
	// Width in pixels.
	Width *int `json:"Width"`
	// Height in pixels.
	Height *int `json:"Height"`
	// Frames per second, as text.
	FrameRate *string `json:"FrameRate" check:"pattern=FloatString"`
	// Size in bytes, over all files of the output.
	FileSize *int64 `json:"FileSize"`
	// Duration in milliseconds.
	DurationMillis *int64 `json:"DurationMillis"`
	// Graphics drawn over the video, in order; [] when there are none.
	Watermarks []JobWatermark `json:"Watermarks"`
	// Artwork of an audio file.
	AlbumArt *JobAlbumArt `json:"AlbumArt"`
	// At most one part of the input to show. The model deprecates it in favour of JobInput.TimeSpan.
	Composition []Clip `json:"Composition"`
	// Captions to write.
	Captions *Captions `json:"Captions"`
	// How the files are encrypted; null means they are not.
	Encryption *Encryption `json:"Encryption"`
	// Conversion that was made (None, Bt709ToBt601, Bt601ToBt709); null before the end.
	AppliedColorSpaceConversion *string `json:"AppliedColorSpaceConversion"`
}
