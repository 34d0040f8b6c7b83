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
	// Version is as ffmpeg says it ("7.1.5-0+deb13u1").
	Version string `json:"version"`
	// Release is the part of the version that features depend on ("7.1").
	Release string `json:"release"`
	// Sandbox is what confines it: "bubblewrap", "landlock", or "none".
	Sandbox string `json:"sandbox"`
	// Codecs are those that presets can name, available or not.
	Codecs []Codec `json:"codecs"`
	// Missing is what is not installed, and what is done instead.
	Missing []Lack `json:"missing"`
}

// Codec is a codec that a preset can name.
type Codec struct {
	// Name is as in presets ("H.264").
	Name string `json:"name"`
	// Encoder is what encodes it ("libx264").
	Encoder string `json:"encoder"`
	// Available reports whether the encoder is installed.
	Available bool `json:"available"`
}

// Lack is something that is missing, and what is done instead.
type Lack struct {
	// Name is what is missing ("decoder for VVC").
	Name string `json:"name"`
	// Instead is a sentence.
	Instead string `json:"instead"`
}

// Limits are those of a server; null means no limit. The limits that the API's model sets for
// the members of requests are not repeated here.
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
	// Connections is how many may be open at once.
	Connections int `json:"connections"`
	// ConnectionsPerAddress is how many may be open from one client address.
	ConnectionsPerAddress int `json:"connectionsPerAddress"`
	// EventStreams is how many may be open at once.
	EventStreams int `json:"eventStreams"`
	// EventStreamsPerCaller is how many one caller may have open.
	EventStreamsPerCaller int `json:"eventStreamsPerCaller"`
	// EventStreamSeconds is how long one lasts; clients then open another.
	EventStreamSeconds float64 `json:"eventStreamSeconds"`
}

// Quotas bound what an installation holds.
type Quotas struct {
	Pipelines *int `json:"pipelines"`
	// Presets counts custom ones.
	Presets *int `json:"presets"`
	// WaitingJobsPerPipeline is how many jobs of a pipeline may wait; more are refused.
	WaitingJobsPerPipeline *int `json:"waitingJobsPerPipeline"`
	// RunningJobsPerPipeline is how many jobs of a pipeline may run; more wait.
	RunningJobsPerPipeline *int `json:"runningJobsPerPipeline"`
}

// EncodingLimits bound what the worker in a server encodes.
type EncodingLimits struct {
	// Jobs is how many are encoded at the same time.
	Jobs int `json:"jobs"`
	// Attempts is how often a job is begun before it ends with error 9999.
	Attempts int `json:"attempts"`
	// InputBytes is the largest input; several inputs that are joined count together.
	InputBytes *int64 `json:"inputBytes"`
	// InputPixels is the largest frame of an input.
	InputPixels int64 `json:"inputPixels"`
	// InputStreams is how many streams an input may have.
	InputStreams *int `json:"inputStreams"`
	// InputSeconds is how long an input may last.
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
