package ffmpeg

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// container is a kind of file: what is in it, and what reading it should find.
type container struct {
	kind    transcode.Container
	video   transcode.VideoCodec
	audio   transcode.AudioCodec
	demuxer string
	frames  int64
}

func (c container) output() transcode.OutputSpec {
	p := transcode.PresetSpec{Container: c.kind}
	if c.video != "" {
		p.Video = &transcode.VideoSpec{Codec: c.video, ReferenceFrames: 3, BitRate: 500,
			GOP:       transcode.GOP{MaxFrames: 15, Fixed: true},
			FrameRate: media.NewRational(30000, 1001), Loops: -1,
			Sizing: transcode.Sizing{Max: media.Size{Width: 160, Height: 90}, Policy: transcode.Stretch}}
	}
	if c.video == transcode.GIFV {
		p.Video.FrameRate = media.NewRational(10, 1)
	}
	if c.audio != "" {
		p.Audio = &transcode.AudioSpec{Codec: c.audio, SampleRate: 48000, Channels: 2, Profile: "AAC-LC",
			Packing: transcode.SingleTrack}
		if c.audio == transcode.PCM || c.audio == transcode.FLACAudio {
			p.Audio.BitDepth = 16
		} else {
			p.Audio.BitRate = 128
		}
	}
	return transcode.OutputSpec{Rotate: -1, Preset: p}
}

// TestContainers makes a file of every container, with pictures, sound and
// both, and finds in each what was planned: as a result, and as an input.
func TestContainers(t *testing.T) {
	t.Parallel()
	const frames = 60
	all := []container{
		{transcode.MP4, transcode.H264, transcode.AAC, "mov", frames},
		{transcode.MP4, transcode.H264, transcode.MP3Audio, "mov", frames},
		{transcode.MP4, transcode.H264, "", "mov", frames},
		{transcode.FMP4, transcode.H264, transcode.AAC, "mov", frames},
		{transcode.FMP4, transcode.H264, "", "mov", frames},
		{transcode.FMP4, "", transcode.AAC, "mov", 0},
		{transcode.TS, transcode.H264, transcode.AAC, "mpegts", frames},
		{transcode.TS, transcode.H264, transcode.MP3Audio, "mpegts", frames},
		{transcode.TS, transcode.H264, "", "mpegts", frames},
		{transcode.FLV, transcode.H264, transcode.AAC, "flv", frames},
		{transcode.FLV, transcode.H264, "", "flv", frames},
		{transcode.FLV, "", transcode.AAC, "flv", 0},
		{transcode.WebM, transcode.VP8, transcode.Vorbis, "matroska", frames},
		{transcode.WebM, transcode.VP9, "", "matroska", frames},
		{transcode.WebM, "", transcode.Vorbis, "matroska", 0},
		{transcode.MPG, transcode.MPEG2, transcode.MP2Audio, "mpeg", frames},
		{transcode.MPG, transcode.MPEG2, "", "mpeg", frames},
		{transcode.MPG, "", transcode.MP2Audio, "mpeg", 0},
		{transcode.MXF, transcode.MPEG2, transcode.PCM, "mxf", frames},
		{transcode.MXF, transcode.MPEG2, "", "mxf", frames},
		{transcode.GIF, transcode.GIFV, "", "gif", 20},
		{transcode.MP3, "", transcode.MP3Audio, "mp3", 0},
		{transcode.MP2, "", transcode.MP2Audio, "mp3", 0},
		{transcode.FLAC, "", transcode.FLACAudio, "flac", 0},
		{transcode.OGA, "", transcode.Vorbis, "ogg", 0},
		{transcode.OGG, "", transcode.FLACAudio, "ogg", 0},
		{transcode.WAV, "", transcode.PCM, "wav", 0},
	}
	r := realRunner(t)
	dir := t.TempDir()
	clip := plan.Step{Name: "source", Args: []string{"-f", "lavfi", "-i", "testsrc2=s=160x90:r=30000/1001:d=2.002",
		"-f", "lavfi", "-i", "sine=r=48000:d=2.002", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
		"-c:a", "aac", "-f", "mp4", "in0"}}
	if err := r.Run(t.Context(), dir, clip, nil); err != nil {
		t.Fatal(err)
	}
	caps, err := r.Caps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	source, err := r.Probe(t.Context(), dir, "in0", media.Hint{})
	if err != nil {
		t.Fatal(err)
	}
	job := transcode.JobSpec{ID: "1", Inputs: []transcode.InputSpec{{}}}
	for _, c := range all {
		job.Outputs = append(job.Outputs, c.output())
	}
	p, err := plan.New(plan.Request{Job: job, Probes: []media.Probe{source}, Caps: caps, Threads: 2,
		Speed: "ultrafast"})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range p.Steps {
		if err := r.Run(t.Context(), dir, step, nil); err != nil {
			t.Fatal(err, runError(t, err).Tail)
		}
	}
	for i, c := range all {
		if out := p.Outputs[i]; out.Failure != nil {
			t.Errorf("%s: %v", out.File, out.Failure)
		} else {
			checkContainer(t, r, dir, c, out)
		}
	}
}

func checkContainer(t *testing.T, r *Runner, dir string, c container, out plan.Output) {
	t.Helper()
	const length = 2002 * time.Millisecond
	name := string(c.kind) + " of " + string(c.video) + " and " + string(c.audio)
	got, err := r.Inspect(t.Context(), dir, out)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if f := plan.Check(out, got); f != nil {
		t.Errorf("%s: %v", name, f)
	}
	if got.VideoFrames != c.frames || c.video != "" && (got.VideoDuration-length).Abs() > 40*time.Millisecond {
		t.Errorf("%s: %d frames over %s, want %d over %s", name, got.VideoFrames, got.VideoDuration, c.frames, length)
	}
	if c.audio != "" && (got.AudioDuration()-length).Abs() > 80*time.Millisecond {
		t.Errorf("%s: %s of sound", name, got.AudioDuration())
	}
	if info, err := os.Stat(filepath.Join(dir, out.File)); err != nil || got.Probe.SizeBytes != info.Size() {
		t.Errorf("%s: %d bytes, %v", name, got.Probe.SizeBytes, err)
	}
	if c.video != "" && c.audio != "" {
		v, _ := got.Probe.MainVideo()
		a, _ := got.Probe.MainAudio()
		if apart := v.Start - a.Start; apart.Abs() > 30*time.Millisecond {
			t.Errorf("%s: picture and sound begin %s apart", name, apart)
		}
	}
	if err := os.Rename(filepath.Join(dir, out.File), filepath.Join(dir, "in1")); err != nil {
		t.Fatal(err)
	}
	switch again, err := r.Probe(t.Context(), dir, "in1", media.Hint{}); {
	case err != nil:
		t.Errorf("%s as an input: %v", name, err)
	case again.Demuxer != c.demuxer || (again.Duration-length).Abs() > 150*time.Millisecond:
		t.Errorf("%s as an input: %s of %s", name, again.Demuxer, again.Duration)
	}
}
