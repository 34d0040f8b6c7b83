package plan

import (
	"cmp"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testCaps are those of Debian's ffmpeg.
var testCaps = media.Caps{Encoders: map[string]bool{"libx264": true, "libvpx": true, "libvpx-vp9": true,
	"mpeg2video": true, "gif": true,
	"aac": true, "libmp3lame": true, "mp2": true, "libvorbis": true, "flac": true,
	"pcm_u8": true, "pcm_s16le": true, "pcm_s24le": true, "pcm_s32le": true, "png": true, "mjpeg": true},
	Decoders: map[string]bool{"libvpx": true, "libvpx-vp9": true},
	Filters:  map[string]bool{"zscale": true, "tonemap": true}}

// capsHere are testCaps with the filters of the ffmpeg here.
var capsHere = sync.OnceValue(func() media.Caps {
	caps := testCaps
	caps.Filters = map[string]bool{}
	list, _ := exec.Command("ffmpeg", "-v", "error", "-filters").Output() // without it nothing runs
	for _, filter := range regexp.MustCompile(`(?m)^ [A-Z.]+ (\w+)`).FindAllStringSubmatch(string(list), -1) {
		caps.Filters[filter[1]] = true
	}
	return caps
})

// needFFmpeg skips a test with -short, and where the tools are missing; in CI
// the latter is a failure.
func needFFmpeg(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short runs no ffmpeg")
	}
	needTool(t, "ffmpeg")
	needTool(t, "ffprobe")
}

func needTool(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", tool)
		}
		t.Skipf("%s is not installed", tool)
	}
}

// call runs a tool in a folder and returns its standard output.
func call(t *testing.T, dir, tool string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Dir = dir
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, messages.String())
	}
	return string(out)
}

// generate makes in0 in a new folder from ffmpeg arguments and probes it.
func generate(t *testing.T, args ...string) (dir string, probe media.Probe) {
	t.Helper()
	needFFmpeg(t)
	dir = t.TempDir()
	args = append([]string{"-nostdin", "-v", "error", "-y"}, args...)
	call(t, dir, "ffmpeg", append(args, "file:in0")...)
	return dir, probeFile(t, dir, "in0")
}

// sample links a clip of the shared collection as in0; it skips without one.
func sample(t *testing.T, name string) (dir string, probe media.Probe) {
	t.Helper()
	needFFmpeg(t)
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "media", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("no sample clips beside the repository")
	}
	dir = t.TempDir()
	if err := os.Symlink(path, filepath.Join(dir, "in0")); err != nil {
		t.Fatal(err)
	}
	return dir, probeFile(t, dir, "in0")
}

// execute plans a job for in0, runs every step and holds the results to the plan.
func execute(t *testing.T, dir string, probe media.Probe, in transcode.InputSpec,
	outputs ...transcode.OutputSpec) *Plan {
	t.Helper()
	p := run(t, dir, probe, in, outputs...)
	for _, out := range p.Outputs {
		if f := Check(out, inspect(t, dir, out)); f != nil {
			t.Fatalf("output %d: %v", out.Index, f)
		}
	}
	return p
}

// run plans a job for in0 and runs every step.
func run(t *testing.T, dir string, probe media.Probe, in transcode.InputSpec, outputs ...transcode.OutputSpec) *Plan {
	t.Helper()
	p, err := New(Request{Job: job(in, outputs...), Probes: []media.Probe{probe}, Caps: capsHere(), Threads: 2,
		Speed: "ultrafast"})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range p.Outputs {
		if out.Failure != nil {
			t.Fatalf("output %d: %v", out.Index, out.Failure)
		}
	}
	for _, s := range p.Steps {
		call(t, dir, "ffmpeg", append([]string{"-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning"},
			s.Args...)...)
	}
	return p
}

func job(in transcode.InputSpec, outputs ...transcode.OutputSpec) transcode.JobSpec {
	for i := range outputs {
		outputs[i].ID = strconv.Itoa(i + 1)
	}
	return transcode.JobSpec{ID: "1", Inputs: []transcode.InputSpec{in}, Outputs: outputs}
}

// ffprobeOutput is the part of ffprobe's answer that the tests need.
type ffprobeOutput struct {
	Format struct {
		Name      string `json:"format_name"`
		Score     int    `json:"probe_score"`
		StartTime string `json:"start_time"`
		Duration  string `json:"duration"`
		Size      string `json:"size"`
	} `json:"format"`
	Streams []struct {
		Index       int               `json:"index"`
		Type        string            `json:"codec_type"`
		Codec       string            `json:"codec_name"`
		Profile     string            `json:"profile"`
		PixFmt      string            `json:"pix_fmt"`
		Level       int               `json:"level"`
		Width       int               `json:"width"`
		Height      int               `json:"height"`
		SAR         string            `json:"sample_aspect_ratio"`
		Rate        string            `json:"avg_frame_rate"`
		BaseRate    string            `json:"r_frame_rate"`
		FieldOrder  string            `json:"field_order"`
		Space       string            `json:"color_space"`
		Primaries   string            `json:"color_primaries"`
		Transfer    string            `json:"color_transfer"`
		Range       string            `json:"color_range"`
		StartTime   string            `json:"start_time"`
		Duration    string            `json:"duration"`
		SampleRate  string            `json:"sample_rate"`
		Channels    int               `json:"channels"`
		Layout      string            `json:"channel_layout"`
		Disposition map[string]int    `json:"disposition"`
		Tags        map[string]string `json:"tags"`
		SideData    []struct {
			Rotation *float64 `json:"rotation"`
		} `json:"side_data_list"`
	} `json:"streams"`
	Packets []struct {
		Stream   int    `json:"stream_index"`
		Time     string `json:"pts_time"`
		Decoded  string `json:"dts_time"`
		PTS      int64  `json:"pts"`
		Duration string `json:"duration_time"`
		Flags    string `json:"flags"`
	} `json:"packets"`
}

func ffprobe(t *testing.T, dir, name string, args ...string) ffprobeOutput {
	t.Helper()
	args = append([]string{"-v", "error", "-show_format", "-show_streams", "-of", "json"}, args...)
	var out ffprobeOutput
	if err := json.Unmarshal([]byte(call(t, dir, "ffprobe", append(args, name)...)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// probeFile is a plain reader of ffprobe for files that are known to be good.
func probeFile(t *testing.T, dir, name string) media.Probe {
	t.Helper()
	return asProbe(ffprobe(t, dir, name))
}

func asProbe(out ffprobeOutput) media.Probe {
	demuxer, _, _ := strings.Cut(out.Format.Name, ",")
	p := media.Probe{Demuxer: demuxer, Score: out.Format.Score, Start: seconds(out.Format.StartTime),
		Duration: seconds(out.Format.Duration)}
	p.SizeBytes, _ = strconv.ParseInt(out.Format.Size, 10, 64)
	for _, s := range out.Streams {
		switch {
		case s.Disposition["attached_pic"] == 1:
			p.Artwork = append(p.Artwork,
				media.Artwork{Index: s.Index, Codec: s.Codec, Size: media.Size{Width: s.Width, Height: s.Height}})
		case s.Type == "video" && s.Width > 0:
			v := media.VideoStream{Index: s.Index, Codec: s.Codec, Profile: s.Profile, PixFmt: s.PixFmt, Level: s.Level,
				Coded: media.Size{Width: s.Width, Height: s.Height}, SAR: media.Rational{Num: 1, Den: 1},
				Space: known(s.Space), Primaries: known(s.Primaries), Transfer: known(s.Transfer),
				Range: known(s.Range), Alpha: s.Tags["alpha_mode"] == "1",
				FieldOrder: s.FieldOrder, Start: seconds(s.StartTime), Duration: seconds(s.Duration),
				Default: s.Disposition["default"] == 1}
			if sar, err := media.ParseRational(s.SAR); err == nil && !sar.IsZero() {
				v.SAR = sar
			}
			v.FrameRate, _ = media.ParseRational(s.Rate)
			if v.FrameRate.IsZero() || v.FrameRate.Float() > 240 {
				v.FrameRate, _ = media.ParseRational(s.BaseRate)
			}
			if base, err := media.ParseRational(s.BaseRate); err == nil {
				v.Constant = math.Abs(v.FrameRate.Float()/base.Float()-1) < 0.001
			}
			for _, d := range s.SideData {
				if d.Rotation != nil {
					v.Rotation = (int(-*d.Rotation) + 720) % 360
				}
			}
			p.Video = append(p.Video, v)
		case s.Type == "audio" && s.Codec != "":
			rate, _ := strconv.Atoi(s.SampleRate)
			p.Audio = append(p.Audio, media.AudioStream{Index: s.Index, Codec: s.Codec, SampleRate: rate,
				Channels: s.Channels,
				Layout:   s.Layout, Start: seconds(s.StartTime), Duration: seconds(s.Duration),
				Default: s.Disposition["default"] == 1})
		}
	}
	return p
}

// known is a tag of ffprobe's, "" for what it does not know.
func known(tag string) string {
	if tag == "unknown" {
		return ""
	}
	return tag
}

func seconds(s string) time.Duration {
	d, err := time.ParseDuration(s + "s")
	if err != nil {
		return 0
	}
	return d
}

// inspect reads a result from end to end.
func inspect(t *testing.T, dir string, out Output) media.Inspection {
	t.Helper()
	return inspection(ffprobe(t, dir, out.playable(), "-show_packets"))
}

func inspection(all ffprobeOutput) media.Inspection {
	got := media.Inspection{Probe: asProbe(all)}
	for _, s := range all.Streams {
		n, length := all.span(s.Index)
		switch s.Type {
		case "video":
			got.VideoFrames, got.VideoDuration = n, length
		case "audio":
			got.Audio = append(got.Audio, media.Track{Packets: n, Duration: length})
		}
	}
	return got
}

// playable is the file, or the list of the segments.
func (o Output) playable() string {
	if o.List != "" {
		return o.List
	}
	return o.File
}

// span counts the packets of a stream and the time from the first to the end of the last.
func (f ffprobeOutput) span(stream int) (n int64, length time.Duration) {
	var first, end time.Duration
	for _, p := range f.Packets {
		if p.Stream != stream {
			continue
		}
		at := seconds(cmp.Or(p.Time, p.Decoded))
		if n == 0 {
			first = at
		}
		n++
		first, end = min(first, at), max(end, at+seconds(p.Duration))
	}
	return n, end - first
}

// The outputs that the tests begin with; each test changes what it is about.

func hlsOutput(size media.Size, refs int, rate media.BitRate) transcode.OutputSpec {
	out := mp4Output(size)
	out.Preset.Container, out.SegmentDuration = transcode.TS, 10*time.Second
	out.Preset.Video.Level, out.Preset.Video.ReferenceFrames, out.Preset.Video.BitRate = "3.1", refs, rate
	out.Preset.Video.GOP.Fixed = true
	out.Preset.Audio.BitRate = 128
	return out
}

func mp4Output(size media.Size) transcode.OutputSpec {
	return transcode.OutputSpec{Rotate: -1, Preset: transcode.PresetSpec{
		Container: transcode.MP4,
		Video: &transcode.VideoSpec{Codec: transcode.H264, Profile: "main", Level: "3.1", ReferenceFrames: 3,
			BitRate: 2000,
			GOP:     transcode.GOP{MaxFrames: 90}, MaxFrameRate: media.Rational{Num: 30, Den: 1},
			Sizing: transcode.Sizing{Max: size, Policy: transcode.ShrinkToFit}},
		Audio: &transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 44100, BitRate: 160, Channels: 2,
			Profile: "AAC-LC"},
		Thumbnails: &transcode.ThumbnailSpec{Format: "png", Interval: 60 * time.Second,
			Sizing: transcode.Sizing{Max: media.Size{Width: 192, Height: 108}, Policy: transcode.ShrinkToFit}},
	}}
}
