package server_test

import (
	"context"
	"errors"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/server"
)

// fakeFFmpeg has an ffmpeg, or none.
type fakeFFmpeg struct {
	caps media.Caps
	err  error
}

func (e fakeFFmpeg) Caps(context.Context) (media.Caps, error) { return e.caps, e.err }

func TestVersion(t *testing.T) {
	t.Parallel()
	all := map[string]bool{"libx264": true, "libvpx": true, "libvpx-vp9": true, "mpeg2video": true, "gif": true,
		"aac": true, "libmp3lame": true, "mp2": true,
		"libvorbis": true, "flac": true, "pcm_s16le": true, "libfdk_aac": true, "h264": true, "hevc": true, "vp9": true,
		"av1": true}
	whole := media.Caps{Version: "7.1.5", Release: media.Release{Major: 7, Minor: 1}, Sandbox: "bubblewrap",
		Encoders: all, Decoders: all}
	for _, c := range []struct {
		ffmpeg server.FFmpeg
		want   string
	}{
		{nil, `null`},
		{fakeFFmpeg{err: errors.New("not installed")}, `null`},
		{fakeFFmpeg{caps: whole}, `{"version":"7.1.5","release":"7.1","sandbox":"bubblewrap","missing":[
			{"name":"decoder for VVC","instead":"Inputs whose video is VVC end with error 4006."}]}`},
	} {
		h := newHarness(t, func(cfg *server.Config, _ *harness) { cfg.Version, cfg.FFmpeg = "v9", c.ffmpeg })
		h.do("GET", "/v1/version", "").want(t, 200, `{"version":"v9","ffmpeg":`+c.want+`}`)
	}
}
