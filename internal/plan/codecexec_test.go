package plan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// codecOutput is an output without audio in a container, at 25 frames a second.
func codecOutput(codec transcode.VideoCodec, in transcode.Container,
	change func(v *transcode.VideoSpec)) transcode.OutputSpec {
	out := mp4Output(size(320, 240))
	out.Preset.Container, out.Preset.Audio = in, nil
	v := out.Preset.Video
	v.Codec, v.FrameRate, v.BitRate, v.Level, v.Profile, v.ReferenceFrames = codec, whole(25), 600, "", "", -1
	if codec == transcode.H264 {
		v.Profile, v.Level, v.ReferenceFrames = "main", "3.1", 3
	}
	if change != nil {
		change(v)
	}
	return out
}

// TestCodecs makes two seconds with each codec and option, and reads the result
// with ffprobe and mediainfo.
func TestCodecs(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=320x240:r=50:d=2", "-c:v", "libx264", "-preset",
		"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	type video = func(v *transcode.VideoSpec)
	profile := func(p string) video { return func(v *transcode.VideoSpec) { v.Profile = p } }
	gop := func(n int) video {
		return func(v *transcode.VideoSpec) { v.GOP = transcode.GOP{MaxFrames: n, Fixed: true} }
	}
	rate := func(target, limit, buffer media.BitRate) video {
		return func(v *transcode.VideoSpec) { v.BitRate, v.MaxBitRate, v.BufferSize = target, limit, buffer }
	}
	scan := func(s transcode.Scan) video { return func(v *transcode.VideoSpec) { v.Scan = s } }
	full := func(s transcode.Scan) video {
		return func(v *transcode.VideoSpec) { v.Scan, v.Chroma = s, transcode.YUV422 }
	}
	const webm, mpg, mxf, mp4 = transcode.WebM, transcode.MPG, transcode.MXF, transcode.MP4
	const tff, bff = transcode.TopFirst, transcode.BottomFirst
	const main = "mpeg2video Main yuv420p progressive"
	for _, c := range []struct {
		name   string
		out    transcode.OutputSpec
		stream string // codec, profile, pixel format, field order
		info   string // mediainfo's scan type, order and storage; "" for not looked at
		keys   []int  // nil when the encoder may choose
	}{
		{"vp8 profile 0", codecOutput(transcode.VP8, webm, profile("0")), "vp8 0 yuv420p", "", nil},
		{"vp8 profile 3", codecOutput(transcode.VP8, webm, profile("3")), "vp8 3 yuv420p", "", nil},
		{"vp8 GOP", codecOutput(transcode.VP8, webm, gop(15)), "vp8 0 yuv420p", "", []int{0, 15, 30, 45}},
		{"vp8 rate auto", codecOutput(transcode.VP8, webm, rate(0, 0, 0)), "vp8 0 yuv420p", "", nil},
		{"vp8 rate auto, limited", codecOutput(transcode.VP8, webm, rate(0, 800, 8000)), "vp8 0 yuv420p", "", nil},
		{"vp9", codecOutput(transcode.VP9, webm, nil), "vp9 Profile 0 yuv420p", "", nil},
		{"vp9 profile 1", codecOutput(transcode.VP9, webm, profile("1")), "vp9 Profile 1 yuv444p", "", nil},
		{"vp9 profile 2", codecOutput(transcode.VP9, webm, profile("2")), "vp9 Profile 2 yuv420p10le", "", nil},
		{"vp9 profile 3", codecOutput(transcode.VP9, webm, profile("3")), "vp9 Profile 3 yuv444p10le", "", nil},
		{"vp9 GOP", codecOutput(transcode.VP9, webm, gop(15)), "vp9 Profile 0 yuv420p", "", []int{0, 15, 30, 45}},
		{"vp9 rate auto", codecOutput(transcode.VP9, webm, rate(0, 0, 0)), "vp9 Profile 0 yuv420p", "", nil},
		{"vp9 rate auto, limited", codecOutput(transcode.VP9, webm, rate(0, 500, 0)), "vp9 Profile 0 yuv420p", "", nil},
		{"mpeg2", codecOutput(transcode.MPEG2, mpg, nil), main, "Progressive  ", nil},
		{"mpeg2 4:2:2", codecOutput(transcode.MPEG2, mpg, full("")), "mpeg2video 4:2:2 yuv422p progressive", "Progressive  ",
			nil},
		{"mpeg2 GOP 12", codecOutput(transcode.MPEG2, mpg, gop(12)), main, "", []int{0, 12, 24, 36, 48}},
		{"mpeg2 GOP 2", codecOutput(transcode.MPEG2, mpg, gop(2)), main, "", evens(50)},
		{"mpeg2 GOP 700", codecOutput(transcode.MPEG2, mpg, gop(700)), main, "", []int{0}},
		{"mpeg2 top", codecOutput(transcode.MPEG2, mpg, scan(tff)), "mpeg2video Main yuv420p tt", "Interlaced TFF ", nil},
		{"mpeg2 bottom", codecOutput(transcode.MPEG2, mpg, scan(bff)), "mpeg2video Main yuv420p bb", "Interlaced BFF ", nil},
		{"mpeg2 rate auto", codecOutput(transcode.MPEG2, mpg, rate(0, 0, 0)), main, "", nil},
		{"mpeg2 with a small buffer", codecOutput(transcode.MPEG2, mpg, rate(2000, 2000, 16)), main, "", nil},
		{"mpeg2 with a large buffer", codecOutput(transcode.MPEG2, mpg, rate(20000, 62500, 625000)), main, "", nil},
		{"mpeg2 above its limit", codecOutput(transcode.MPEG2, mpg, rate(2000, 500, 0)), main, "", nil},
		{"mxf top", codecOutput(transcode.MPEG2, mxf, full(tff)), "mpeg2video 4:2:2 yuv422p tt", "Interlaced TFF ", nil},
		{"mxf bottom", codecOutput(transcode.MPEG2, mxf, full(bff)), "mpeg2video 4:2:2 yuv422p bb", "Interlaced BFF ", nil},
		{"H.264 top", codecOutput(transcode.H264, mp4, scan(tff)), "h264 Main yuv420p tt", "MBAFF TFF InterleavedFields",
			nil},
		{"H.264 bottom", codecOutput(transcode.H264, transcode.TS, scan(bff)), "h264 Main yuv420p bb",
			"MBAFF BFF InterleavedFields", nil},
		{"H.264 top GOP", codecOutput(transcode.H264, transcode.FLV,
			func(v *transcode.VideoSpec) { scan(tff)(v); gop(12)(v) }),
			"h264 Main yuv420p tt", "MBAFF TFF InterleavedFields", []int{0, 12, 24, 36, 48}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			own := linked(t, dir)
			out := run(t, own, probe, auto, c.out).Outputs[0]
			file := ffprobe(t, own, out.File, "-show_packets")
			if f := Check(out, inspection(file)); f != nil {
				t.Error(f)
			}
			s := file.Streams[0]
			got := strings.Join([]string{s.Codec, s.Profile, s.PixFmt, s.FieldOrder}, " ")
			if !slices.Contains([]string{c.stream, c.stream + " progressive", c.stream + " "}, got) {
				t.Errorf("ffprobe: %q, want %q", got, c.stream)
			}
			// The last frame of a program stream has no length.
			if n, length := file.span(s.Index); s.BaseRate != "25/1" || n != 50 || (length-2*time.Second).Abs() > 40*time.Millisecond {
				t.Errorf("%d frames over %s at %s frames per second", n, length, s.BaseRate)
			}
			if got := keyframesOf(file, out.Video.FrameRate); c.keys != nil && !slices.Equal(got, c.keys) {
				t.Errorf("keyframes at %v, want %v", got, c.keys)
			}
			if c.info != "" {
				if got := inform(t, own, out.File, "Video;%ScanType% %ScanOrder% %ScanType_StoreMethod%"); got != c.info {
					t.Errorf("mediainfo: %q, want %q", got, c.info)
				}
			}
			if scan := out.Video.Scan; scan.Interlaced() && topFirst(t, own, out.File) != (scan == tff) {
				t.Errorf("the other field comes first")
			}
			if out.Video.Codec == transcode.H264 {
				if got := referenceFrames(t, own, out); got != 3 {
					t.Errorf("%d reference frames, want 3", got)
				}
			}
		})
	}
}

// linked is a folder of its own with the same in0, so that runs do not meet.
func linked(t *testing.T, dir string) string {
	t.Helper()
	own := t.TempDir()
	if err := os.Link(filepath.Join(dir, "in0"), filepath.Join(own, "in0")); err != nil {
		t.Fatal(err)
	}
	return own
}

// topFirst is the order of the fields as a decoder finds it, which does not
// always look where ffprobe's field_order and mediainfo do.
func topFirst(t *testing.T, dir, name string) bool {
	t.Helper()
	first := call(t, dir, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=top_field_first",
		"-read_intervals", "%+#1", "-of", "csv=p=0", name)
	return strings.HasPrefix(first, "1")
}

func evens(below int) (all []int) {
	for i := 0; i < below; i += 2 {
		all = append(all, i)
	}
	return all
}

// inform is what mediainfo says of a file in a format of its own.
func inform(t *testing.T, dir, name, format string) string {
	t.Helper()
	needTool(t, "mediainfo")
	return strings.TrimSuffix(call(t, dir, "mediainfo", "--Inform="+format, name), "\n")
}

func TestXDCAM(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=2", "-c:v", "libx264", "-preset",
		"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	out := codecOutput(transcode.MPEG2, transcode.MXF, func(v *transcode.VideoSpec) {
		v.Scan, v.Chroma, v.BitRate, v.MaxBitRate, v.BufferSize = transcode.TopFirst, transcode.YUV422, 50000, 50000, 100000
		v.GOP, v.DisplayAspectRatio = transcode.GOP{MaxFrames: 12, Fixed: true}, media.Rational{Num: 16, Den: 9}
		v.Sizing = transcode.Sizing{Max: size(1920, 1080), Policy: transcode.Fit, Pad: true}
	})
	p := execute(t, dir, probe, auto, out)
	got := inform(t, dir, p.Outputs[0].File,
		"Video;%Format_Commercial_IfAny%, %Format_Profile%, %BitRate_Mode% %BitRate%, %Format_Settings_GOP%, %Gop_OpenClosed%, %ScanOrder%, %DisplayAspectRatio%")
	if want := "XDCAM HD422, 4:2:2@High, CBR 50000000, M=3, N=12, Closed, TFF, 1.778"; got != want {
		t.Errorf("mediainfo: %q, want %q", got, want)
	}
}

// TestFieldsOfTheirTimes interlaces an interlaced source anew: each field shows
// its own instant, not one instant for two fields.
func TestFieldsOfTheirTimes(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "color=black:s=64x64:r=50:d=1,format=gray,geq=lum=4*N",
		"-vf", "interlace=scan=tff", "-c:v", "libx264", "-qp", "0", "-flags", "+ildct+ilme", "-x264-params", "tff=1", "-pix_fmt", "yuv420p", "-f", "mp4")
	out := codecOutput(transcode.MPEG2, transcode.MPG,
		func(v *transcode.VideoSpec) { v.Scan, v.BitRate = transcode.BottomFirst, 8000 })
	execute(t, dir, probe, auto, out)
	rows := []byte(call(t, dir, "ffmpeg", "-nostdin", "-v", "error", "-i", "o1.mpg", "-vf", "crop=2:4:32:30", "-pix_fmt",
		"gray", "-f", "rawvideo", "-"))
	for frame := 5; frame < 20; frame++ {
		at := rows[frame*8:]
		// Row 30 of the frame is in the upper field, which comes second here.
		if upper, lower := int(at[0]), int(at[2]); upper <= lower {
			t.Errorf("frame %d: the first field has brightness %d, the second %d", frame, lower, upper)
		}
	}
}

// TestExtremeShapes encodes sources with hardly a side in every codec.
func TestExtremeShapes(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"16x4000", "8x8", "322x242"} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s="+source+":r=25:d=0.2", "-c:v", "libx264", "-preset",
				"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
			fill := func(v *transcode.VideoSpec) { v.Sizing.Policy = transcode.Fill }
			fields := func(v *transcode.VideoSpec) { v.Scan = transcode.TopFirst }
			outputs := []transcode.OutputSpec{
				codecOutput(transcode.H264, transcode.MP4, fill), codecOutput(transcode.H264, transcode.MP4, fields),
				codecOutput(transcode.VP8, transcode.WebM, nil), codecOutput(transcode.VP9, transcode.WebM, nil),
				codecOutput(transcode.MPEG2, transcode.MPG, nil), codecOutput(transcode.MPEG2, transcode.MPG, fields),
				codecOutput(transcode.GIFV, transcode.GIF, nil),
			}
			for i := range outputs {
				outputs[i].ThumbnailPattern = "{count}"
				outputs[i].Preset.Thumbnails.Sizing.Policy = transcode.Fill
			}
			execute(t, dir, probe, auto, outputs...)
		})
	}
}

func TestWidestMPEG2(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=4096x96:r=25:d=0.2", "-c:v", "libx264", "-preset",
		"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	p := execute(t, dir, probe, auto,
		codecOutput(transcode.MPEG2, transcode.MPG, func(v *transcode.VideoSpec) { v.Sizing.Max = size(4096, 96) }))
	if got, want := p.Outputs[0].Video.Size, size(4094, 96); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestDisplayShapes holds a display aspect ratio in every codec that writes one.
func TestDisplayShapes(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=0.4", "-c:v", "libx264", "-preset",
		"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	wide := func(v *transcode.VideoSpec) { v.DisplayAspectRatio = media.Rational{Num: 16, Den: 9} }
	outputs := []transcode.OutputSpec{
		codecOutput(transcode.H264, transcode.TS, wide), codecOutput(transcode.H264, transcode.FLV, wide),
		codecOutput(transcode.VP8, transcode.WebM, wide), codecOutput(transcode.VP9, transcode.WebM, wide),
		codecOutput(transcode.MPEG2, transcode.MPG, wide), codecOutput(transcode.MPEG2, transcode.MXF, wide),
		codecOutput(transcode.GIFV, transcode.GIF, wide),
	}
	got := map[string]string{}
	for _, out := range execute(t, dir, probe, auto, outputs...).Outputs {
		got[out.File] = asProbe(ffprobe(t, dir, out.File)).Video[0].SAR.String()
	}
	// A webm file states whole pixels, a gif steps of 1/64.
	want := map[string]string{"o1.ts": "4/3", "o2.flv": "4/3", "o3.webm": "427/320", "o4.webm": "427/320",
		"o5.mpg": "4/3", "o6.mxf": "4/3", "o7.gif": "85/64"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sample aspect ratios (-want +got):\n%s", diff)
	}
}

// TestInterlacedReferences reads the sequence parameter sets of frames of fields,
// and lets them be cut into segments.
func TestInterlacedReferences(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2", "-c:v", "libx264", "-preset",
		"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	var outputs []transcode.OutputSpec
	all := []int{0, 1, 2, 5, 16}
	for _, refs := range all {
		out := hlsOutput(size(320, 240), refs, 500)
		out.Preset.Video.Profile, out.Preset.Video.Scan, out.SegmentDuration = "high", transcode.BottomFirst, time.Second
		outputs = append(outputs, out)
	}
	p := execute(t, dir, probe, auto, outputs...)
	for i, refs := range all {
		if got := referenceFrames(t, dir, p.Outputs[i]); got != max(refs, 1) {
			t.Errorf("%d reference frames, want %d", got, max(refs, 1))
		}
		if got := keyframes(t, dir, p.Outputs[i]); !slices.Contains(got, 25) {
			t.Errorf("keyframes %v, want one to cut at after a second", got)
		}
	}
}

// TestFieldsTakenForFrames has an interlaced source that the job calls
// progressive: nothing is done, and the result does not claim to be interlaced.
func TestFieldsTakenForFrames(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=320x240:r=50:d=0.4", "-vf", "interlace=scan=tff", "-c:v",
		"mpeg2video", "-b:v", "4M",
		"-flags", "+ildct+ilme", "-f", "matroska")
	if !probe.Video[0].Interlaced() {
		t.Fatalf("the source has field order %q", probe.Video[0].FieldOrder)
	}
	full := func(v *transcode.VideoSpec) { v.Chroma = transcode.YUV422 }
	execute(t, dir, probe, transcode.InputSpec{Interlaced: "false"},
		codecOutput(transcode.H264, transcode.MP4, nil), codecOutput(transcode.H264, transcode.FLV, nil),
		codecOutput(transcode.VP8, transcode.WebM, nil), codecOutput(transcode.VP9, transcode.WebM, nil),
		codecOutput(transcode.MPEG2, transcode.MPG, nil), codecOutput(transcode.MPEG2, transcode.MXF, full))
}

// TestFieldsOverACarrier: frames that are laid over those that bring captions keep
// the order of their fields and their colours.
func TestFieldsOverACarrier(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=320x240:r=60:d=1", "-vf",
		"setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	v := &probe.Video[0]
	v.Space, v.Primaries, v.Transfer, v.Range = "bt709", "bt709", "bt709", "tv"
	for scan, order := range map[transcode.Scan]string{transcode.TopFirst: "tt", transcode.BottomFirst: "bb",
		"": "progressive"} {
		own := linked(t, dir)
		out := codecOutput(transcode.H264, transcode.MP4,
			func(v *transcode.VideoSpec) { v.Scan, v.FrameRate = scan, whole(30) })
		out.CaptionFormats = []transcode.CaptionFormatSpec{{Format: transcode.CEA708}}
		p, err := New(Request{Job: job(auto, out), Probes: []media.Probe{probe}, Caps: testCaps, Threads: 1,
			Speed:    "ultrafast",
			Captions: []Captions{{Tracks: []CaptionTrack{{Language: "en"}}}}})
		if err != nil || p.Outputs[0].Failure != nil {
			t.Fatal(err, p.Outputs[0].Failure)
		}
		carrier := *p.Outputs[0].Carrier
		call(t, own, "ffmpeg", append([]string{"-v", "error"}, carrier.Step().Args...)...)
		if err := os.Rename(filepath.Join(own, carrier.Blank()), filepath.Join(own, carrier.File)); err != nil {
			t.Fatal(err)
		}
		call(t, own, "ffmpeg", append([]string{"-v", "error"}, p.Steps[0].Args...)...)
		if f := Check(p.Outputs[0], inspect(t, own, p.Outputs[0])); f != nil {
			t.Error(f)
		}
		tags := call(t, own, "ffprobe", "-v", "error", "-show_entries",
			"stream=color_space,color_transfer,color_primaries,field_order", "-of", "csv=p=0", "o1.mp4")
		if want := "bt709,bt709,bt709," + order; strings.TrimSpace(tags) != want {
			t.Errorf("tags %q, want %q", tags, want)
		}
		if scan.Interlaced() && topFirst(t, own, "o1.mp4") != (scan == transcode.TopFirst) {
			t.Errorf("%s: the other field comes first", scan)
		}
	}
}
