package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/server"
)

// fakeFFmpeg has an ffmpeg, or none.
type fakeFFmpeg struct {
	caps media.Caps
	err  error
}

func (e fakeFFmpeg) Caps(context.Context) (media.Caps, error) { return e.caps, e.err }

// unbounded are the limits of a server that is left at its defaults.
const unbounded = `{"requests":{"bodyBytes":1048576,"connections":4096,"connectionsPerAddress":1024,
	"eventStreams":1000,"eventStreamsPerCaller":200,"eventStreamSeconds":3600},
	"quotas":{"pipelines":null,"presets":null,"waitingJobsPerPipeline":null,"runningJobsPerPipeline":null},
	"encoding":null,"deliverySeconds":0}`

func TestSystem(t *testing.T) {
	t.Parallel()
	caps := media.Caps{Version: "7.1.5", Release: media.Release{Major: 7, Minor: 1}, Sandbox: "bubblewrap",
		Encoders: map[string]bool{"libx264": true, "libvpx": true, "libvpx-vp9": true, "mpeg2video": true, "gif": true,
			"aac": true, "libmp3lame": true, "mp2": true, "libvorbis": true, "flac": true, "pcm_s16le": true},
		Decoders: map[string]bool{"h264": true, "hevc": true, "vp9": true, "av1": true},
		Filters:  map[string]bool{"zscale": true, "tonemap": true}, FDKAAC: "/usr/bin/fdkaac"}
	shown := `{"version":"7.1.5","release":"7.1","sandbox":"bubblewrap","codecs":[
		{"name":"H.264","encoder":"libx264","available":true},{"name":"vp8","encoder":"libvpx","available":true},
		{"name":"vp9","encoder":"libvpx-vp9","available":true},
		{"name":"mpeg2","encoder":"mpeg2video","available":true},{"name":"gif","encoder":"gif","available":true},
		{"name":"AAC-LC","encoder":"aac","available":true},{"name":"mp3","encoder":"libmp3lame","available":true},
		{"name":"mp2","encoder":"mp2","available":true},{"name":"vorbis","encoder":"libvorbis","available":true},
		{"name":"flac","encoder":"flac","available":true},{"name":"pcm","encoder":"pcm_s16le","available":true},
		{"name":"HE-AAC","encoder":"fdkaac","available":true}],
		"missing":[{"name":"decoder for VVC","instead":"Inputs whose video is VVC end with error 4006."}]}`
	for _, c := range []struct {
		ffmpeg server.FFmpeg
		want   string
	}{
		{nil, `null`},
		{fakeFFmpeg{err: errors.New("not installed")}, `null`},
		{fakeFFmpeg{caps: caps}, shown},
	} {
		h := newHarness(t, func(cfg *server.Config, _ *harness) { cfg.Version, cfg.FFmpeg = "v9", c.ffmpeg })
		h.do("GET", "/v1/system", "").want(t, 200, `{"version":"v9","ffmpeg":`+c.want+`,"limits":`+unbounded+`}`)
	}
}

func TestSystemLimits(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(cfg *server.Config, _ *harness) {
		cfg.MaxBodyBytes, cfg.MaxConns, cfg.MaxConnsPerSource = 1, 2, 3
		cfg.MaxStreams, cfg.MaxStreamsPerCaller, cfg.StreamTime = 4, 5, 6500*time.Millisecond
		cfg.Quotas = server.Quotas{Pipelines: 7, Presets: 8, QueuedJobsPerPipeline: 9}
		cfg.OtherLimits = server.OtherLimits{RunningJobsPerPipeline: 10, DeliveryTime: 11 * time.Second,
			Encoding: &v1.EncodingLimits{Jobs: 12, Attempts: 13, InputBytes: new(int64(14)), InputPixels: 15,
				StepMemoryBytes: 16, StepStallSeconds: 17, StepResultBytes: 18}}
	})
	h.do("GET", "/v1/system", "").want(t, 200, `{"version":"","ffmpeg":null,"limits":{
		"requests":{"bodyBytes":1,"connections":2,"connectionsPerAddress":3,
			"eventStreams":4,"eventStreamsPerCaller":5,"eventStreamSeconds":6.5},
		"quotas":{"pipelines":7,"presets":8,"waitingJobsPerPipeline":9,"runningJobsPerPipeline":10},
		"encoding":{"jobs":12,"attempts":13,"inputBytes":14,"inputPixels":15,"inputStreams":null,"inputSeconds":null,
			"stepMemoryBytes":16,"stepStallSeconds":17,"stepResultBytes":18},
		"deliverySeconds":11}}`)
}
