package plan

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestPictures makes many outputs of one silent clip, each with one thing to see.
func TestPictures(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=640x480:r=25:d=2", "-c:v", "libx264", "-preset",
		"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	type seen struct {
		profile   string
		level     int
		size      media.Size
		sar       media.Rational
		rate      media.Rational
		frames    int
		keyframes []int // nil when the encoder may choose
		refs      int
	}
	one := whole(1)
	cases := []struct {
		name   string
		change func(v *transcode.VideoSpec)
		want   seen
	}{
		{"padded", func(v *transcode.VideoSpec) { v.Sizing.Policy, v.Sizing.Pad = transcode.Fit, true },
			seen{"Main", 31, size(1280, 720), one, whole(25), 50, nil, 3}},
		{"display shape", func(v *transcode.VideoSpec) { v.DisplayAspectRatio = media.Rational{Num: 16, Den: 9} },
			seen{"Main", 31, size(640, 480), media.Rational{Num: 4, Den: 3}, whole(25), 50, nil, 3}},
		{"filled", func(v *transcode.VideoSpec) {
			v.Sizing = transcode.Sizing{Max: size(320, 180), Policy: transcode.Fill}
		}, seen{"Main", 31, size(320, 180), one, whole(25), 50, nil, 3}},
		{"level 1b of main", func(v *transcode.VideoSpec) {
			v.Level, v.Sizing.Max, v.FrameRate = "1b", size(128, 96), whole(15)
		},
			seen{"Main", 11, size(128, 96), one, whole(15), 30, nil, 3}},
		{"level 1b of high", func(v *transcode.VideoSpec) {
			v.Profile, v.Level, v.Sizing.Max, v.FrameRate = "high", "1b", size(128, 96), whole(15)
		}, seen{"High", 9, size(128, 96), one, whole(15), 30, nil, 3}},
		{"a level that the picture exceeds", func(v *transcode.VideoSpec) { v.Level = "1.1" },
			seen{"Main", 11, size(640, 480), one, whole(25), 50, nil, 1}},
		{"a level of our choice", func(v *transcode.VideoSpec) { v.Level, v.ReferenceFrames = "", 1 },
			seen{"Main", 30, size(640, 480), one, whole(25), 50, nil, 1}},
		{"a fixed GOP", func(v *transcode.VideoSpec) { v.GOP = transcode.GOP{MaxFrames: 15, Fixed: true} },
			seen{"Main", 31, size(640, 480), one, whole(25), 50, []int{0, 15, 30, 45}, 3}},
		{"no reference frames to spare", func(v *transcode.VideoSpec) { v.Profile, v.ReferenceFrames = "baseline", 0 },
			seen{"Constrained Baseline", 31, size(640, 480), one, whole(25), 50, nil, 1}},
		{"constant quality", func(v *transcode.VideoSpec) { v.Profile, v.BitRate, v.ReferenceFrames = "high", 0, 5 },
			seen{"High", 31, size(640, 480), one, whole(25), 50, nil, 5}},
		{"a buffer beyond the encoder's", func(v *transcode.VideoSpec) { v.MaxBitRate, v.BufferSize = 62500, 9_999_999 },
			seen{"Main", 31, size(640, 480), one, whole(25), 50, nil, 3}},
		{"more frames", func(v *transcode.VideoSpec) { v.FrameRate = media.Rational{Num: 30000, Den: 1001} },
			seen{"Main", 31, size(640, 480), one, media.Rational{Num: 30000, Den: 1001}, 60, nil, 3}},
	}
	var outputs []transcode.OutputSpec
	for _, c := range cases {
		out := mp4Output(size(1280, 720))
		c.change(out.Preset.Video)
		outputs = append(outputs, out)
	}
	p := run(t, dir, probe, auto, outputs...)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := p.Outputs[i]
			file := ffprobe(t, dir, out.File, "-show_packets")
			if f := Check(out, inspection(file)); f != nil {
				t.Error(f)
			}
			v := asProbe(file).Video[0]
			got := seen{v.Profile, v.Level, v.Coded, v.SAR, v.FrameRate, len(file.Packets), nil, referenceFrames(t, dir, out)}
			if c.want.keyframes != nil {
				got.keyframes = keyframesOf(file, out.Video.FrameRate)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(seen{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if out.Video.Level != c.want.level {
				t.Errorf("level %d was planned, want %d", out.Video.Level, c.want.level)
			}
		})
	}
}

func TestDeinterlaced(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=320x240:r=50:d=1,interlace=scan=tff", "-c:v", "libx264",
		"-preset", "ultrafast", "-flags", "+ildct+ilme", "-x264-params", "tff=1", "-pix_fmt", "yuv420p", "-f", "mp4")
	if !probe.Video[0].Interlaced() {
		t.Fatalf("the source has field order %q", probe.Video[0].FieldOrder)
	}
	p := execute(t, dir, probe, auto, mp4Output(size(320, 240)))
	got := ffprobe(t, dir, p.Outputs[0].File, "-show_packets")
	if order := got.Streams[0].FieldOrder; order != "progressive" || len(got.Packets) != 25 {
		t.Errorf("field order %q, %d frames; want progressive, 25", order, len(got.Packets))
	}
}

// TestThumbnailTimes looks at the brightness of thumbnails of a clip that grows
// brighter each second, whatever its frames' times, for frames and for fields.
func TestThumbnailTimes(t *testing.T) {
	t.Parallel()
	const brighter = "format=gray,geq=lum=40*floor(T)"
	for name, filters := range map[string]string{
		"constant rate": brighter,
		// Half of the frames of every other second are left out.
		"variable rate": brighter + `,select=mod(floor(t)\,2)+not(mod(n\,2))`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, probe := generate(t, "-f", "lavfi", "-i", "color=black:s=64x48:r=30000/1001:d=5,"+filters, "-fps_mode", "vfr",
				"-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p", "-f", "mp4")
			png, jpg, fields := mp4Output(size(64, 48)), mp4Output(size(64, 48)), mp4Output(size(64, 48))
			png.Preset.Thumbnails.Interval, jpg.Preset.Thumbnails.Interval, fields.Preset.Thumbnails.Interval = 2*time.Second, time.Hour, 2*time.Second
			jpg.Preset.Thumbnails.Format = "jpg"
			jpg.Preset.Thumbnails.Sizing = transcode.Sizing{Max: size(100, 48), Policy: transcode.Fit, Pad: true}
			fields.Preset.Video.Scan = transcode.TopFirst
			outputs := []transcode.OutputSpec{png, jpg, fields}
			for i := range outputs {
				outputs[i].ThumbnailPattern, outputs[i].Preset.Video.FrameRate = "{count}", media.Rational{Num: 30000, Den: 1001}
			}
			execute(t, dir, probe, auto, outputs...)
			for _, pattern := range []string{"t1_%05d.png", "t3_%05d.png"} {
				var got []int
				gray := call(t, dir, "ffmpeg", "-nostdin", "-v", "error", "-i", pattern, "-vf", "scale=1:1:flags=area", "-pix_fmt",
					"gray", "-f", "rawvideo", "-")
				for _, b := range []byte(gray) {
					got = append(got, (int(b)+20)/40)
				}
				if want := []int{0, 2, 4}; !slices.Equal(got, want) {
					t.Errorf("%s show the seconds %v, want %v", pattern, got, want)
				}
			}
			pictures, _ := filepath.Glob(filepath.Join(dir, "t2_*"))
			if len(pictures) != 1 || probeFile(t, dir, "t2_00001.jpg").Video[0].Coded != size(100, 48) {
				t.Errorf("jpg thumbnails %v, want one of 100x48", pictures)
			}
		})
	}
}

// TestThumbnailColours has HD video with the matrix of HD and no word about it.
func TestThumbnailColours(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i",
		"color=red:s=1280x720:r=5:d=0.4,format=rgb24,scale=out_color_matrix=bt709,format=yuv420p",
		"-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", "-f", "mp4")
	png, jpg := mp4Output(size(128, 96)), mp4Output(size(128, 96))
	png.ThumbnailPattern, jpg.ThumbnailPattern = "{count}", "{count}"
	jpg.Preset.Thumbnails.Format = "jpg"
	run(t, dir, probe, auto, png, jpg)
	for _, name := range []string{"t1_00001.png", "t2_00001.jpg"} {
		rgb := call(t, dir, "ffmpeg", "-nostdin", "-v", "error", "-i", name, "-vf", "scale=1:1:flags=area", "-pix_fmt",
			"rgb24", "-f", "rawvideo", "-")
		if rgb[0] < 250 || rgb[1] > 5 || rgb[2] > 5 {
			t.Errorf("%s: red is %v", name, []byte(rgb))
		}
	}
}

// TestLateVideo has frames that begin half a second after the audio: the first
// one stands until then, so that audio and frames stay together.
func TestLateVideo(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-itsoffset", "0.5", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=20:d=2", "-f", "lavfi",
		"-i", "sine=d=2.5",
		"-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "matroska")
	p := execute(t, dir, probe, auto, mp4Output(size(160, 120)))
	if got := inspect(t, dir, p.Outputs[0]); got.VideoFrames != 50 {
		t.Errorf("%d frames, want 50", got.VideoFrames)
	}
}

// TestSteady turns, deinterlaces and makes opaque a source whose size changes many times:
// each frame is the one that is made without that.
func TestSteady(t *testing.T) {
	t.Parallel()
	dir, probe := sample(t, "field/size-changes.webm")
	still := mp4Output(size(320, 180))
	still.Preset.Video.Sizing.Policy = transcode.Stretch
	turned := still
	turned.Rotate = 180
	for name, change := range map[string]func(*media.VideoStream, *transcode.InputSpec){
		"turned":       func(*media.VideoStream, *transcode.InputSpec) {},
		"deinterlaced": func(_ *media.VideoStream, in *transcode.InputSpec) { in.Interlaced = "true" },
		"opaque":       func(v *media.VideoStream, _ *transcode.InputSpec) { v.Alpha = true },
	} {
		in, v := transcode.InputSpec{Interlaced: "false"}, probe.Video[0]
		change(&v, &in)
		changed := probe
		changed.Video = []media.VideoStream{v}
		execute(t, dir, probe, transcode.InputSpec{Interlaced: "false"}, still)
		call(t, dir, "mv", "o1.mp4", "still.mp4")
		execute(t, dir, changed, in, turned)
		call(t, dir, "ffmpeg", "-nostdin", "-v", "error", "-i", "still.mp4", "-i", "o1.mp4", "-lavfi",
			"[1:v]hflip,vflip[a];[0:v][a]psnr=stats_file=psnr.log", "-f", "null", "-")
		log, err := os.ReadFile(filepath.Join(dir, "psnr.log"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(log)) {
			_, text, _ := strings.Cut(line, "psnr_avg:")
			text, _, _ = strings.Cut(text, " ")
			if db, err := strconv.ParseFloat(text, 64); err != nil || db < 24 {
				t.Errorf("%s: %s", name, line)
				break
			}
		}
	}
}
