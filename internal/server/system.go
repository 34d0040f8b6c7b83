package server

import (
	"context"
	"net/http"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/media"
)

// FFmpeg is what encodes in this process.
type FFmpeg interface {
	Caps(ctx context.Context) (media.Caps, error)
}

// OtherLimits are those that the server does not keep itself; callers are told of them.
type OtherLimits struct {
	// RunningJobsPerPipeline is how many jobs of a pipeline run at once; 0 means no bound.
	RunningJobsPerPipeline int
	// DeliveryTime is how long a notification is tried.
	DeliveryTime time.Duration
	// Encoding is nil where this process encodes nothing.
	Encoding *v1.EncodingLimits
}

// readSystem answers GET /v1/system.
func (s *Server) readSystem(w *response, r *http.Request, _ signed) error {
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		return v1.System{Version: s.cfg.Version, FFmpeg: s.showFFmpeg(ctx), Limits: s.limits()}, nil
	})
}

// showFFmpeg is nil where there is none.
func (s *Server) showFFmpeg(ctx context.Context) *v1.FFmpeg {
	if s.cfg.FFmpeg == nil {
		return nil
	}
	caps, err := s.cfg.FFmpeg.Caps(ctx)
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "no ffmpeg to tell of", "err", err)
		return nil
	}
	shown := &v1.FFmpeg{Version: caps.Version, Release: caps.Release.String(), Sandbox: caps.Sandbox,
		Missing: []v1.Lack{}}
	for _, c := range caps.Codecs() {
		shown.Codecs = append(shown.Codecs, v1.Codec{Name: c.Name, Encoder: c.Encoder, Available: c.Here})
	}
	for _, lack := range caps.Missing() {
		shown.Missing = append(shown.Missing, v1.Lack(lack))
	}
	return shown
}

// limits are those of the server itself, and those that it is told.
func (s *Server) limits() v1.Limits {
	c := s.cfg
	return v1.Limits{
		Requests: v1.RequestLimits{
			BodyBytes:             c.MaxBodyBytes,
			Connections:           c.MaxConns,
			ConnectionsPerAddress: c.MaxConnsPerSource,
			EventStreams:          c.MaxStreams,
			EventStreamsPerCaller: c.MaxStreamsPerCaller,
			EventStreamSeconds:    c.StreamTime.Seconds(),
		},
		Quotas: v1.Quotas{
			Pipelines:              bound(c.Quotas.Pipelines),
			Presets:                bound(c.Quotas.Presets),
			WaitingJobsPerPipeline: bound(c.Quotas.QueuedJobsPerPipeline),
			RunningJobsPerPipeline: bound(c.OtherLimits.RunningJobsPerPipeline),
		},
		Encoding:        c.OtherLimits.Encoding,
		DeliverySeconds: c.OtherLimits.DeliveryTime.Seconds(),
	}
}

// bound is nil where 0 means that there is no bound.
func bound(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
