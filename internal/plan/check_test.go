package plan

import (
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestRemark: what is lost of a damaged input is said, whatever passes.
func TestRemark(t *testing.T) {
	t.Parallel()
	out := Output{Video: &Video{Duration: 100 * time.Second}, Duration: 100 * time.Second}
	for have, want := range map[time.Duration]string{
		100 * time.Second: "", 98 * time.Second: "", 120 * time.Second: "",
		95 * time.Second: "The input file seems to be damaged: 1m35s of 1m40s could be decoded, and the output is " +
			"that much shorter.",
	} {
		if got := Remark(out, media.Inspection{VideoDuration: have}); got != want {
			t.Errorf("%s: %q, want %q", have, got, want)
		}
	}
	out.Warning = "as planned"
	if got := Remark(out, media.Inspection{VideoDuration: 95 * time.Second}); got != "as planned" {
		t.Errorf("%q hides the plan's warning", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const internal, damaged = transcode.CodeInternal, transcode.CodeDamagedInput
	for _, c := range []struct {
		name   string
		change func(out *Output, got *media.Inspection)
		want   int // 0 for good
	}{
		{"as planned", func(*Output, *media.Inspection) {}, 0},
		{"two percent short", func(_ *Output, got *media.Inspection) {
			got.VideoFrames, got.VideoDuration = 2450,
				98*time.Second
		}, 0},
		{"five percent short: claims are hints", func(_ *Output, got *media.Inspection) {
			got.VideoFrames,
				got.VideoDuration = 2375, 95*time.Second
		}, 0},
		{"a fifth short", func(_ *Output, got *media.Inspection) {
			got.VideoFrames, got.VideoDuration = 2000,
				80*time.Second
		}, damaged},
		{"only the container claims, and sound is as long", func(out *Output, got *media.Inspection) {
			out.Video.Duration, got.VideoFrames, got.VideoDuration = 0, 2000, 80*time.Second
		}, 0},
		{"nothing claims", func(out *Output, got *media.Inspection) {
			out.Video.Duration, out.Duration, got.VideoFrames, got.VideoDuration = 0, 0, 25, time.Second
		}, 0},
		{"only an estimate claims", func(out *Output, got *media.Inspection) {
			out.Estimated, out.Video.Duration, got.VideoFrames, got.VideoDuration = true, 0, 25, time.Second
		}, 0},
		{"a short clip, less than half a second short", func(out *Output, got *media.Inspection) {
			out.Video.Duration, got.VideoFrames, got.VideoDuration = time.Second, 15, 600*time.Millisecond
		}, 0},
		{"longer than claimed", func(out *Output, got *media.Inspection) {
			out.Video.Frames, got.VideoFrames, got.VideoDuration = 0, 5000, 200*time.Second
		}, 0},
		{"frames missing", func(_ *Output, got *media.Inspection) { got.VideoFrames = 2000 }, internal},
		{"a frame missing", func(_ *Output, got *media.Inspection) { got.VideoFrames-- }, internal},
		{"no frames", func(_ *Output, got *media.Inspection) { got.VideoFrames = 0 }, damaged},
		{"no video stream", func(_ *Output, got *media.Inspection) { got.Probe.Video = nil }, damaged},
		{"a video stream too many", func(out *Output, _ *media.Inspection) { out.Video = nil }, internal},
		{"another codec", func(_ *Output, got *media.Inspection) { got.Probe.Video[0].Codec = "mpeg4" }, internal},
		{"another size", func(_ *Output, got *media.Inspection) { got.Probe.Video[0].Coded.Width = 642 }, internal},
		{"a turn in the metadata", func(_ *Output, got *media.Inspection) { got.Probe.Video[0].Rotation = 90 },
			internal},
		{"another profile", func(out *Output, got *media.Inspection) {
			out.Video.profiles, got.Probe.Video[0].Profile = []string{"Main"}, "High"
		}, internal},
		{"another level", func(out *Output, got *media.Inspection) {
			out.Video.Level, got.Probe.Video[0].Level = 31,
				40
		}, internal},
		{"another pixel format", func(out *Output, got *media.Inspection) {
			out.Video.pixelFormat, got.Probe.Video[0].PixFmt = "yuv422p", "yuv420p"
		}, internal},
		{"a full range", func(out *Output, got *media.Inspection) {
			out.Video.pixelFormat, got.Probe.Video[0].PixFmt = "yuv420p", "yuvj420p"
		}, 0},
		{"frames for fields", func(out *Output, got *media.Inspection) {
			out.Video.Scan, got.Probe.Video[0].FieldOrder = transcode.TopFirst, "progressive"
		}, internal},
		{"fields for frames", func(_ *Output, got *media.Inspection) { got.Probe.Video[0].FieldOrder = "tt" },
			internal},
		{"no sound", func(_ *Output, got *media.Inspection) { got.Audio[0].Packets = 0 }, damaged},
		{"a frame too many", func(_ *Output, got *media.Inspection) { got.VideoFrames++ }, internal},
		{"most frames damaged", func(_ *Output, got *media.Inspection) { got.DamagedFrames = 1300 }, damaged},
		{"some frames damaged", func(_ *Output, got *media.Inspection) { got.DamagedFrames = 1200 }, 0},
		{"a second track without sound", func(out *Output, got *media.Inspection) {
			out.Audio.Tracks = 2
			got.Probe.Audio, got.Audio = append(got.Probe.Audio, got.Probe.Audio[0]), append(got.Audio, media.Track{})
		}, damaged},
		{"audio twice", func(_ *Output, got *media.Inspection) { got.Audio[0].Covered *= 2 }, internal},
		{"audio twice as long", func(_ *Output, got *media.Inspection) { got.Audio[0].Duration *= 2 }, internal},
		{"audio that lacks its tail", func(_ *Output, got *media.Inspection) {
			got.Audio[0].Duration, got.Audio[0].Covered = 80*time.Second, 80*time.Second
		}, damaged},
		{"a last block of padding", func(_ *Output,
			got *media.Inspection) {
			got.Audio[0].Duration += 40 * time.Millisecond
		}, 0},
		{"audio that begins late", func(_ *Output,
			got *media.Inspection) {
			got.Audio[0].Start = 200 * time.Millisecond
		}, internal},
		{"audio that begins early", func(_ *Output, got *media.Inspection) { got.VideoStart = 200 * time.Millisecond },
			internal},
		{"a list that sums short", func(_ *Output, got *media.Inspection) { got.ListDuration = 90 * time.Second },
			internal},
		{"a list that sums long", func(_ *Output, got *media.Inspection) { got.ListDuration = 101 * time.Second },
			internal},
		{"a list that sums up", func(_ *Output, got *media.Inspection) { got.ListDuration = 100 * time.Second }, 0},
		{"sound too many", func(out *Output, _ *media.Inspection) { out.Audio = nil }, internal},
		{"another sample rate", func(_ *Output, got *media.Inspection) { got.Probe.Audio[0].SampleRate = 22050 },
			internal},
		{"another number of channels", func(_ *Output, got *media.Inspection) { got.Probe.Audio[0].Channels = 1 },
			internal},
		{"a track too few", func(out *Output, _ *media.Inspection) { out.Audio.Tracks = 2 }, internal},
		{"mono HE-AAC, which ffprobe takes for parametric stereo", func(out *Output, _ *media.Inspection) {
			out.Audio.looksStereo, out.Audio.Channels = true, 1
		}, 0},
		{"another depth", func(out *Output, got *media.Inspection) {
			out.Audio.probed, got.Probe.Audio[0].Codec = "pcm_s24le", "pcm_s16le"
		}, internal},
		{"another audio codec", func(_ *Output, got *media.Inspection) { got.Probe.Audio[0].Codec = "mp3" }, internal},
		{"a failure of the plan", func(out *Output, _ *media.Inspection) { out.Failure = transcode.Mismatch("") },
			transcode.CodeMismatch},
	} {
		out := Output{Duration: 100 * time.Second, File: "o1.mp4", SourceFrames: 2500,
			Video: &Video{probed: "h264", Scan: transcode.Progressive, Size: size(640, 360), FrameRate: whole(25),
				Duration: 100 * time.Second, Frames: 2500},
			Audio: &Audio{probed: "aac", SampleRate: 44100, Channels: 2, Tracks: 1, Duration: 100 * time.Second}}
		got := media.Inspection{VideoFrames: 2500, VideoDuration: 100 * time.Second,
			Audio: []media.Track{{Packets: 4308, Duration: 100 * time.Second, Covered: 100 * time.Second}},
			Probe: media.Probe{Video: []media.VideoStream{{Codec: "h264", Coded: size(640, 360), SAR: whole(1)}},
				Audio: []media.AudioStream{{Codec: "aac", SampleRate: 44100, Channels: 2}}}}
		c.change(&out, &got)
		code := 0
		if f := Check(out, got); f != nil {
			code = f.Code
		}
		if code != c.want {
			t.Errorf("%s: code %d, want %d", c.name, code, c.want)
		}
	}
}
