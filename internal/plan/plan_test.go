package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

var clip = media.Probe{Demuxer: "mov",
	Video: []media.VideoStream{{Codec: "h264", Coded: media.Size{Width: 1280, Height: 720}, SAR: whole(1),
		FrameRate: whole(25)}},
	Audio: []media.AudioStream{{Index: 1, Codec: "aac", SampleRate: 48000, Channels: 2, Layout: "stereo"}}}

func request(outputs ...transcode.OutputSpec) Request {
	return Request{Job: job(auto, outputs...), Probes: []media.Probe{clip}, Caps: testCaps, Threads: 2, Speed: "veryfast"}
}

func TestAlone(t *testing.T) {
	t.Parallel()
	p, err := New(request(mp4Output(size(640, 480)), hlsOutput(size(400, 288), 1, 272), mp4Output(size(320, 240))))
	if err != nil {
		t.Fatal(err)
	}
	steps := p.Alone(p.Steps[0], 1)
	if len(steps) != 1 || !slices.Equal(steps[0].Outputs, []int{1}) || steps[0].Name == p.Steps[0].Name {
		t.Fatalf("%+v", steps)
	}
	alone := steps[0]
	args := strings.Join(alone.Args, " ")
	if !strings.Contains(args, "[v2]") || !strings.Contains(args, p.Outputs[1].List) || strings.Contains(args,
		"o1.mp4") || strings.Contains(args, "split") {
		t.Errorf("the step of output 1 alone: %s", args)
	}
	if p.Alone(alone, 1) != nil {
		t.Error("a step with one output was divided")
	}
	if p.Alone(p.Steps[0], 3) != nil {
		t.Error("a step was made for an output that the step does not make")
	}
}

// TestManyFrameStreams runs as many outputs as a job can have, with thumbnails, whose
// lines of progress ffmpeg cuts off when one run writes them all.
func TestManyFrameStreams(t *testing.T) {
	t.Parallel()
	const outputs = 30
	var specs []transcode.OutputSpec
	for range outputs {
		out := mp4Output(size(128, 96))
		out.ThumbnailPattern = "{count}"
		specs = append(specs, out)
	}
	p, err := New(request(specs...))
	if err != nil {
		t.Fatal(err)
	}
	var made []int
	for _, s := range p.Steps {
		made = append(made, s.Outputs...)
		if n := len(s.Outputs); 2*n > mostFrameStreams {
			t.Errorf("%s writes %d outputs with thumbnails", s.Name, n)
		}
	}
	slices.Sort(made)
	if len(p.Steps) != 2 || len(made) != outputs || len(slices.Compact(made)) != outputs {
		t.Errorf("%d steps make the outputs %v", len(p.Steps), made)
	}
	pictures := slices.Repeat([]string{"-map", "0:v", "-frames:v", "5", "-c:v", "mjpeg", "-f", "null", "-"},
		mostFrameStreams)
	needFFmpeg(t)
	said := call(t, t.TempDir(), "ffmpeg",
		append([]string{"-v", "error", "-nostats", "-progress", "pipe:1", "-f", "lavfi", "-i",
			"testsrc2=size=128x96:rate=25:duration=1"}, pictures...)...)
	if !strings.HasSuffix(strings.TrimSpace(said), "progress=end") {
		t.Errorf("ffmpeg's progress with %d streams of pictures ends with %q", mostFrameStreams, said[max(0, len(said)-60):])
	}
}

func TestNewNeedsProbes(t *testing.T) {
	t.Parallel()
	req := request(mp4Output(size(640, 480)))
	req.Probes = nil
	if _, err := New(req); err == nil {
		t.Error("no error without a probe")
	}
	req = request(mp4Output(size(640, 480)))
	req.Job.Inputs = append(req.Job.Inputs, auto)
	if _, err := New(req); err == nil {
		t.Error("no error with two inputs and one probe")
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Request){
		"no libvpx": func(r *Request) {
			r.Job.Outputs[0].Preset.Video.Codec, r.Caps.Encoders = transcode.VP8, map[string]bool{"libx264": true, "aac": true}
		},
		"no libx264":      func(r *Request) { r.Caps.Encoders = map[string]bool{"aac": true} },
		"no aac":          func(r *Request) { r.Caps.Encoders = map[string]bool{"libx264": true} },
		"a still picture": func(r *Request) { r.Probes[0].StillImage = true },
	} {
		req := request(mp4Output(size(640, 480)))
		change(&req)
		p, err := New(req)
		if err != nil || p.Outputs[0].Failure == nil || len(p.Steps) != 0 {
			t.Errorf("%s: %v, %+v", name, err, p)
		}
	}
}

// TestGraphIsWhole draws jobs and holds their filter graphs to the rules of
// ffmpeg: every label that is made is used once, and every split is complete.
func TestGraphIsWhole(t *testing.T) {
	t.Parallel()
	label := regexp.MustCompile(`\[([a-z]\d+)\]`)
	split := regexp.MustCompile(`split=(\d+)((?:\[[a-z]\d+\])*)`)
	rapid.Check(t, func(t *rapid.T) {
		var outputs []transcode.OutputSpec
		for i := range rapid.IntRange(1, 8).Draw(t, "outputs") {
			out := mp4Output(size(2*rapid.IntRange(64, 66).Draw(t, "width"), 96))
			out.Rotate = rapid.SampledFrom([]int{-1, 0, 90}).Draw(t, "rotate")
			out.Preset.Audio.Channels = rapid.IntRange(-1, 2).Draw(t, "channels")
			out.Preset.Video.FrameRate = whole(rapid.SampledFrom([]int{24, 30}).Draw(t, "rate"))
			if rapid.Bool().Draw(t, fmt.Sprintf("thumbnails%d", i)) {
				out.ThumbnailPattern = "{count}"
			}
			outputs = append(outputs, out)
		}
		p, err := New(request(outputs...))
		if err != nil {
			t.Fatal(err)
		}
		used := map[string]int{}
		for _, arg := range p.Steps[0].Args {
			for _, l := range label.FindAllStringSubmatch(arg, -1) {
				used[l[1]]++
			}
			for _, s := range split.FindAllStringSubmatch(arg, -1) {
				if n := strings.Count(s[2], "["); fmt.Sprint(n) != s[1] {
					t.Fatalf("split=%s has %d pads in %s", s[1], n, arg)
				}
			}
		}
		for l, n := range used {
			if n != 2 {
				t.Fatalf("label %s stands %d times in %v", l, n, p.Steps[0].Args)
			}
		}
	})
}
