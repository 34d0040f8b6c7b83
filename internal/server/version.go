package server

import (
	"context"
	"net/http"

	"github.com/reelastic/reelastic/internal/media"
)

// Engine is what encodes in this process.
type Engine interface {
	Caps(ctx context.Context) (media.Caps, error)
}

// shownVersion is what runs here, as the extension API shows it.
type shownVersion struct {
	Version string       `json:"version"`
	FFmpeg  *shownFFmpeg `json:"ffmpeg"` // null where nothing is encoded, and where there is none
}

type shownFFmpeg struct {
	Version string      `json:"version"`
	Release string      `json:"release"`
	Sandbox string      `json:"sandbox"`
	Missing []shownLack `json:"missing"`
}

// shownLack is something that is missing, and what is done instead.
type shownLack struct {
	Name    string `json:"name"`
	Instead string `json:"instead"`
}

// readVersion answers GET /v1/version.
func (s *Server) readVersion(w *response, r *http.Request, _ signed) error {
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		shown := shownVersion{Version: s.cfg.Version}
		if s.cfg.Engine == nil {
			return shown, nil
		}
		caps, err := s.cfg.Engine.Caps(ctx)
		if err != nil {
			s.cfg.Log.WarnContext(ctx, "no ffmpeg to tell of", "err", err)
			return shown, nil
		}
		shown.FFmpeg = &shownFFmpeg{Version: caps.Version, Release: caps.Release.String(), Sandbox: caps.Sandbox,
			Missing: []shownLack{}}
		for _, lack := range caps.Missing() {
			shown.FFmpeg.Missing = append(shown.FFmpeg.Missing, shownLack(lack))
		}
		return shown, nil
	})
}
