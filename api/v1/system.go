package v1

// System is what a server runs, what it can do, and what limits it (GET /v1/system).
type System struct {
	// Version is the program's.
	Version string `json:"version"`
	// FFmpeg is what encodes in this server: null where nothing does, and where there is no
	// ffmpeg. GET /v1/workers has that of each worker.
	FFmpeg *FFmpeg `json:"ffmpeg"`
	Limits Limits  `json:"limits"`
}

// FFmpeg is the ffmpeg that encodes.
type FFmpeg struct {
	// Version is as ffmpeg says it, Release the part of it that features go by ("7.1").
	Version string `json:"version"`
	Release string `json:"release"`
	// Sandbox is what confines it: "bubblewrap", "landlock", or "none".
	Sandbox string `json:"sandbox"`
	// Codecs are those that presets can name, available or not.
	Codecs  []Codec `json:"codecs"`
	Missing []Lack  `json:"missing"`
}

// Codec is a codec that a preset can name.
type Codec struct {
	// Name is as in presets ("H.264"), Encoder what encodes it ("libx264").
	Name    string `json:"name"`
	Encoder string `json:"encoder"`
	// Available reports whether the encoder is installed.
	Available bool `json:"available"`
}

// Lack is something that is missing, and what is done instead.
type Lack struct {
	Name    string `json:"name"`
	Instead string `json:"instead"`
}

// Limits are those of a server; what is null has no limit. Those of the API's own members
// are not among them.
type Limits struct {
	Requests RequestLimits `json:"requests"`
	Quotas   Quotas        `json:"quotas"`
	// Encoding is null where this server encodes nothing.
	Encoding *EncodingLimits `json:"encoding"`
	// DeliverySeconds is how long a notification is tried before it is a dead letter.
	DeliverySeconds float64 `json:"deliverySeconds"`
}

// RequestLimits bound requests, which are refused beyond them; connections are closed.
type RequestLimits struct {
	// BodyBytes is the longest body.
	BodyBytes int64 `json:"bodyBytes"`
	// Connections may be open at once, ConnectionsPerAddress from one client address.
	Connections           int `json:"connections"`
	ConnectionsPerAddress int `json:"connectionsPerAddress"`
	// EventStreams may be open at once, EventStreamsPerCaller by one caller. Each lasts
	// EventStreamSeconds at most.
	EventStreams          int     `json:"eventStreams"`
	EventStreamsPerCaller int     `json:"eventStreamsPerCaller"`
	EventStreamSeconds    float64 `json:"eventStreamSeconds"`
}

// Quotas bound what an installation holds.
type Quotas struct {
	Pipelines *int `json:"pipelines"`
	// Presets counts custom ones.
	Presets *int `json:"presets"`
	// WaitingJobsPerPipeline and RunningJobsPerPipeline are of one pipeline. Jobs beyond the
	// first are refused, those beyond the second wait.
	WaitingJobsPerPipeline *int `json:"waitingJobsPerPipeline"`
	RunningJobsPerPipeline *int `json:"runningJobsPerPipeline"`
}

// EncodingLimits bound what the worker in a server encodes.
type EncodingLimits struct {
	// Jobs are encoded at the same time.
	Jobs int `json:"jobs"`
	// Attempts is how often a job is begun before it ends with error 9999.
	Attempts int `json:"attempts"`
	// InputBytes is of one input file, and of all that are joined; InputPixels of a frame.
	InputBytes  *int64 `json:"inputBytes"`
	InputPixels int64  `json:"inputPixels"`
	// InputStreams is how many streams an input may have, InputSeconds how long it may last.
	InputStreams *int     `json:"inputStreams"`
	InputSeconds *float64 `json:"inputSeconds"`
	// StepMemoryBytes is the memory of one run of ffmpeg. One that is expected to need more
	// than half gets twice its need.
	StepMemoryBytes int64 `json:"stepMemoryBytes"`
	// StepStallSeconds is how long an ffmpeg may make no progress.
	StepStallSeconds float64 `json:"stepStallSeconds"`
	// StepResultBytes is what a step may write, and as much more for each second of its
	// results.
	StepResultBytes int64 `json:"stepResultBytes"`
}
