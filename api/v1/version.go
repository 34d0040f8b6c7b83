package v1

// Version is what runs here (GET /v1/version).
type Version struct {
	// Version is the program's.
	Version string `json:"version"`
	// FFmpeg is null where nothing is encoded, and where there is none.
	FFmpeg *FFmpeg `json:"ffmpeg"`
}

// FFmpeg is the ffmpeg that encodes.
type FFmpeg struct {
	// Version is as ffmpeg says it, Release the part of it that features go by ("7.1").
	Version string `json:"version"`
	Release string `json:"release"`
	// Sandbox is what confines it: "bubblewrap", "landlock", or "none".
	Sandbox string `json:"sandbox"`
	Missing []Lack `json:"missing"`
}

// Lack is something that is missing, and what is done instead.
type Lack struct {
	Name    string `json:"name"`
	Instead string `json:"instead"`
}
