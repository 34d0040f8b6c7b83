package server

import (
	"context"
	"net/http"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/media"
)

// FFmpeg is what encodes in this process.
type FFmpeg interface {
	Caps(ctx context.Context) (media.Caps, error)
}

// readVersion answers GET /v1/version.
func (s *Server) readVersion(w *response, r *http.Request, _ signed) error {
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		shown := v1.Version{Version: s.cfg.Version}
		if s.cfg.FFmpeg == nil {
			return shown, nil
		}
		caps, err := s.cfg.FFmpeg.Caps(ctx)
		if err != nil {
			s.cfg.Log.WarnContext(ctx, "no ffmpeg to tell of", "err", err)
			return shown, nil
		}
		shown.FFmpeg = &v1.FFmpeg{Version: caps.Version, Release: caps.Release.String(), Sandbox: caps.Sandbox,
			Missing: []v1.Lack{}}
		for _, lack := range caps.Missing() {
			shown.FFmpeg.Missing = append(shown.FFmpeg.Missing, v1.Lack(lack))
		}
		return shown, nil
	})
}
