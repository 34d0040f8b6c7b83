package plan

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestSamples makes a segmented and a plain output of real clips, each with a
// trap of its own, and holds the results to their plans.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"video/portrait-rot90-iphone.mov",
		"video/phone-vfr-oddsize.mp4",
		"video/odd-321x241-444.mp4",
		"video/segment-h264-aac.ts",
		"video/interlaced-480i-tff-mpeg2-ac3.mkv",
		"video/nasa-two-video-two-audio-movtext.mp4",
		"video/tall-16x4000.ts",
		"video/audio-damaged.mp4",
		"video/h264-422-10bit-8mono.mp4",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, probe := sample(t, name)
			rung, film := hlsOutput(size(400, 288), 1, 272), mp4Output(size(480, 320))
			film.ThumbnailPattern, film.Preset.Audio.Channels, film.Preset.Audio.SampleRate = "{count}", -1, 0
			p := execute(t, dir, probe, auto, rung, film)
			if pts := firstPTS(t, dir, "o1.ts"); pts != "900000" {
				t.Errorf("first PTS %s, want 900000", pts)
			}
			checkSquareAndUpright(t, dir, p.Outputs[1])
		})
	}
}

func checkSquareAndUpright(t *testing.T, dir string, out Output) {
	t.Helper()
	v := probeFile(t, dir, out.File).Video[0]
	if v.SAR != whole(1) || v.Rotation != 0 || v.FrameRate != out.Video.FrameRate {
		t.Errorf("sample aspect ratio %s, rotation %d, %s frames per second (%s planned)", v.SAR, v.Rotation, v.FrameRate,
			out.Video.FrameRate)
	}
}

func TestAudioSamples(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"audio/bear-with-cover.mp3", "audio/sample.m4a", "audio/float-51-extensible.wav",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, probe := sample(t, name)
			file, rung := mp4Output(media.Size{}), hlsOutput(media.Size{}, 1, 0)
			file.Preset.Video, rung.Preset.Video = nil, nil
			file.Preset.Audio.Channels, rung.SegmentDuration = -1, time.Second
			execute(t, dir, probe, auto, file, rung)
		})
	}
}

func TestDamagedInput(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, append(moving("320x180", "25", 10), "-g", "25", "-f", "matroska")...)
	if err := os.Truncate(filepath.Join(dir, "in0"), probe.SizeBytes*4/10); err != nil {
		t.Fatal(err)
	}
	out := mp4Output(size(320, 180))
	p, err := New(Request{Job: job(auto, out), Probes: []media.Probe{probe}, Caps: testCaps, Threads: 1,
		Speed: "ultrafast"})
	if err != nil {
		t.Fatal(err)
	}
	call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, p.Steps[0].Args...)...)
	if f := Check(p.Outputs[0], inspect(t, dir, p.Outputs[0])); f == nil || f.Code != transcode.CodeDamagedInput {
		t.Errorf("a file cut to 40 %%: %v, want 4007", f)
	}
}
