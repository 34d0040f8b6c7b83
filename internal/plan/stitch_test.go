package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// source makes in<n> in a folder and probes it.
func source(t *testing.T, dir string, n int, args ...string) media.Probe {
	t.Helper()
	name := fmt.Sprintf("in%d", n)
	call(t, dir, "ffmpeg", append(append([]string{"-nostdin", "-v", "error", "-y"}, args...), "file:"+name)...)
	return probeFile(t, dir, name)
}

// flat is a source of one colour and one tone.
func flat(colour, size, rate string, length int) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("color=%s:s=%s:r=%s:d=%d", colour, size, rate, length),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=f=440:d=%d", length), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"}
}

// TestStitch joins inputs of different sizes, rates, layouts and formats, one of
// them clipped, and looks at the brightness of each part, in single files,
// segments, a gif and thumbnails.
func TestStitch(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	dir := t.TempDir()
	probes := []media.Probe{
		source(t, dir, 0, append(flat("black", "320x240", "25", 2), "-ac", "1", "-f", "mp4")...),
		source(t, dir, 1, append(flat("white", "426x240", "30000/1001", 6), "-ac", "2", "-f", "matroska")...),
		source(t, dir, 2, append(flat("gray", "120x200", "12", 3), "-ac", "6", "-f", "mpegts")...),
	}
	inputs := []transcode.InputSpec{auto, auto, auto}
	inputs[1].Clip = transcode.Clip{Start: time.Second, Duration: 2 * time.Second}
	padded := func(out transcode.OutputSpec) transcode.OutputSpec {
		out.Preset.Video.Sizing = transcode.Sizing{Max: size(320, 240), Policy: transcode.Fit, Pad: true}
		return out
	}
	video, segments, animation := padded(mp4Output(size(320, 240))), padded(hlsOutput(size(320, 240), 1, 300)), padded(mp4Output(size(320, 240)))
	video.ThumbnailPattern, video.Preset.Thumbnails = "t{count}", &transcode.ThumbnailSpec{Format: "png", Interval: 2 * time.Second, Sizing: video.Preset.Video.Sizing}
	animation.Preset.Container, animation.Preset.Audio = transcode.GIF, nil
	animation.Preset.Video.Codec, animation.Preset.Video.Loops = transcode.GIFV, -1
	sound := mp4Output(size(320, 240))
	sound.Preset.Video = nil
	req := Request{Job: job(auto, video, segments, animation, sound), Probes: probes, Caps: testCaps, Threads: 2, Speed: "ultrafast"}
	req.Job.Inputs = inputs
	p, err := New(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, s.Args...)...)
	}
	for _, out := range p.Outputs {
		if out.Failure != nil {
			t.Fatal(out.Failure)
		}
		got := inspect(t, dir, out)
		if f := Check(out, got); f != nil {
			t.Errorf("output %d: %v", out.Index, f)
		}
		for name, length := range map[string]time.Duration{"video": got.VideoDuration, "audio": got.AudioDuration()} {
			if off := length - 7*time.Second; length > 0 && off.Abs() > 200*time.Millisecond {
				t.Errorf("output %d has %v of %s, want 7s", out.Index, length, name)
			}
		}
	}
	for _, file := range []string{"o1.mp4", "o2.m3u8", "o3.gif"} {
		for at, want := range map[string]int{"0.5": 16, "1.7": 16, "2.3": 235, "3.7": 235, "4.5": 126, "6.5": 126} {
			checkBrightness(t, dir, file, at, want)
		}
	}
	for n, want := range []int{16, 235, 126, 126} {
		checkBrightness(t, dir, fmt.Sprintf("t1_%05d.png", n+1), "0", want)
	}
	if _, err := os.Stat(filepath.Join(dir, "t1_00005.png")); err == nil {
		t.Error("there is a fifth thumbnail")
	}
}

// TestJoinedClips: clips of two seconds have 60 frames each at 29.97, wherever
// between two frames they begin, and joined as many as they have together.
func TestJoinedClips(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, format := range []string{"mp4", "mpegts"} {
		dir := t.TempDir()
		probe := source(t, dir, 0, append(flat("gray", "160x120", "30000/1001", 6), "-f", format)...)
		film := mp4Output(size(160, 120))
		film.Preset.Video.FrameRate = media.Rational{Num: 30000, Den: 1001}
		req := Request{Job: job(auto, film), Caps: testCaps, Threads: 2, Speed: "ultrafast"}
		req.Job.Inputs = nil
		for i, start := range []time.Duration{1034 * time.Millisecond, 3500 * time.Millisecond, 0} {
			if err := os.Link(filepath.Join(dir, "in0"), filepath.Join(dir, fmt.Sprintf("in%d", i))); err != nil && i > 0 {
				t.Fatal(err)
			}
			req.Probes = append(req.Probes, probe)
			req.Job.Inputs = append(req.Job.Inputs, transcode.InputSpec{Interlaced: "auto", Clip: transcode.Clip{Start: start, Duration: 2 * time.Second}})
		}
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, p.Steps[0].Args...)...)
		out := p.Outputs[0]
		if got := inspect(t, dir, out); got.VideoFrames != 180 || out.Duration != 3*out.Parts[0].Length || out.Parts[0].Length != 2002*time.Millisecond {
			t.Errorf("%s: %d pictures, want 180; %v of %v are planned", format, got.VideoFrames, out.Duration, out.Parts)
		}
	}
}

// TestStitchBatches joins more inputs than one run may open, and looks at each of
// them in the result. Every fourth has an odd rate and ends between two frames.
func TestStitchBatches(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	const inputs = 45
	dir := t.TempDir()
	colours, brightness := []string{"black", "white", "gray", "white"}, []int{16, 235, 126, 235}
	var made []media.Probe
	for i, colour := range colours {
		rate := []string{"25", "25", "25", "24"}[i]
		probe := source(t, dir, i, "-f", "lavfi", "-i", fmt.Sprintf("color=%s:s=1280x720:r=%s:d=0.4", colour, rate),
			"-f", "lavfi", "-i", "sine=f=440:d=0.4", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "mp4")
		made = append(made, probe)
	}
	film, animation, sound := mp4Output(size(320, 240)), mp4Output(size(320, 240)), mp4Output(size(320, 240))
	film.Preset.Video.FrameRate = whole(25)
	film.ThumbnailPattern, film.Preset.Thumbnails = "t{count}", &transcode.ThumbnailSpec{Format: "png", Interval: 11 * time.Second, Sizing: film.Preset.Video.Sizing}
	animation.Preset.Container, animation.Preset.Audio = transcode.GIF, nil
	animation.Preset.Video.Codec, animation.Preset.Video.FrameRate = transcode.GIFV, whole(5)
	sound.Preset.Video = nil
	req := Request{Job: job(auto, film, animation, sound), Caps: testCaps, Threads: 2, Speed: "ultrafast"}
	req.Job.Inputs = nil
	for i := range inputs {
		if i >= len(made) {
			if err := os.Link(filepath.Join(dir, fmt.Sprintf("in%d", i%4)), filepath.Join(dir, fmt.Sprintf("in%d", i))); err != nil {
				t.Fatal(err)
			}
		}
		req.Job.Inputs, req.Probes = append(req.Job.Inputs, auto), append(req.Probes, made[i%4])
	}
	p, err := New(req)
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]bool{}
	for _, s := range p.Steps {
		for _, need := range s.Needs {
			if !ran[need] {
				t.Fatalf("step %s comes before %s", s.Name, need)
			}
		}
		if s.MemoryBytes > 1<<30 {
			t.Errorf("step %s needs %d MiB", s.Name, s.MemoryBytes>>20)
		}
		ran[s.Name] = true
		call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, s.Args...)...)
	}
	if !ran["encode-1-batch-2"] {
		t.Fatalf("no batches: %v", ran)
	}
	const each, length = 400 * time.Millisecond, inputs * 400 * time.Millisecond
	for _, out := range p.Outputs {
		got := inspect(t, dir, out)
		if f := Check(out, got); f != nil {
			t.Errorf("output %d: %v", out.Index, f)
		}
		for name, d := range map[string]time.Duration{"video": got.VideoDuration, "audio": got.AudioDuration()} {
			if off := d - length; d > 0 && out.Video != nil && off.Abs() > 300*time.Millisecond {
				t.Errorf("output %d has %v of %s, want %v", out.Index, d, name, length)
			}
		}
	}
	// A twelfth of a second of 24 frames a second is rounded for each fourth input.
	for i := range inputs {
		at := time.Duration(i)*each + each/2
		checkBrightness(t, dir, "o1.mp4", fmt.Sprint(at.Seconds()), brightness[i%4])
	}
	checkBrightness(t, dir, "t1_00002.png", "0", brightness[27%4])
}

// checkBrightness looks at the middle of a frame.
func checkBrightness(t *testing.T, dir, file, at string, want int) {
	t.Helper()
	raw := call(t, dir, "ffmpeg", "-v", "error", "-i", file, "-ss", at, "-frames:v", "1",
		"-vf", "crop=2:2", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	if len(raw) == 0 {
		t.Errorf("%s has no picture at %s s", file, at)
	} else if got := int(raw[0]); got < want-5 || got > want+5 {
		t.Errorf("%s at %s s is %d, want %d", file, at, got, want)
	}
}

// TestStitchRefusals: the inputs must be alike, and their sizes agree.
func TestStitchRefusals(t *testing.T) {
	t.Parallel()
	silent, tall := clip, clip
	silent.Audio = nil
	tall.Video = []media.VideoStream{clip.Video[0]}
	tall.Video[0].Coded = size(400, 700)
	speech := clip
	speech.Video = nil
	for _, c := range []struct {
		second media.Probe
		code   int
	}{{clip, 0}, {silent, 4026}, {speech, 4025}, {tall, 4023}} {
		req := request(mp4Output(size(640, 480)))
		req.Job.Inputs, req.Probes = append(req.Job.Inputs, auto), append(req.Probes, c.second)
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		code := 0
		if f := p.Outputs[0].Failure; f != nil {
			code = f.Code
		}
		if code != c.code {
			t.Errorf("code %d, want %d: %v", code, c.code, p.Outputs[0].Failure)
		}
	}
}

// TestJoinedAudioEnd: the audio of joined inputs ends with the last one's, which may be
// before its video; within the others nothing is missing then.
func TestJoinedAudioEnd(t *testing.T) {
	t.Parallel()
	input := func(video, audio time.Duration) media.Probe {
		p := media.Probe{Demuxer: "mov", Measured: true, Duration: max(video, audio), Video: slices.Clone(clip.Video), Audio: slices.Clone(clip.Audio)}
		p.Video[0].Duration, p.Audio[0].Duration = video, audio
		return p
	}
	for _, c := range []struct{ first, last, want time.Duration }{
		{2 * time.Second, 2 * time.Second, 4 * time.Second},
		{time.Second, 2 * time.Second, 4 * time.Second},
		{2 * time.Second, time.Second, 3 * time.Second},
		{2 * time.Second, 2050 * time.Millisecond, 4 * time.Second},
		{2 * time.Second, 3 * time.Second, 5 * time.Second}, // for which the last frame stands
	} {
		req := request(mp4Output(size(64, 48)))
		req.Job.Inputs = []transcode.InputSpec{auto, auto}
		req.Probes = []media.Probe{input(2*time.Second, c.first), input(2*time.Second, c.last)}
		p, err := New(req)
		if err != nil || p.Outputs[0].Failure != nil {
			t.Fatal(err, p)
		}
		if got := p.Outputs[0].Audio.Duration; got != c.want {
			t.Errorf("audio of %s and %s: %s, want %s", c.first, c.last, got, c.want)
		}
	}
}
