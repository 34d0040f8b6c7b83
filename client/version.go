package client

import (
	"context"
	"net/http"
)

// Version is what a server runs.
type Version struct {
	// Version is the server's own.
	Version string `json:"version"`
	// FFmpeg is nil where the server encodes nothing itself, and where it finds none.
	FFmpeg *FFmpeg `json:"ffmpeg"`
}

// FFmpeg is the ffmpeg of a server.
type FFmpeg struct {
	// Version is its own text; Release the number that it comes to, such as "7.1".
	Version string `json:"version"`
	Release string `json:"release"`
	// Sandbox is how it is confined: "bubblewrap", "namespaces" or "none".
	Sandbox string `json:"sandbox"`
	Missing []Lack `json:"missing"`
}

// Lack is something that a server's ffmpeg does not have.
type Lack struct {
	Name string `json:"name"`
	// Instead is a sentence about what the server does without it.
	Instead string `json:"instead"`
}

// Version asks the server what it runs, and what its ffmpeg lacks.
func (c *Client) Version(ctx context.Context) (*Version, error) {
	out := new(Version)
	return out, c.extension(ctx, http.MethodGet, "/v1/version", nil, out)
}
