package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Ends of the filters that make sources of [bars]: tags taken away, or of one kind.
const (
	untagged  = "setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown:range=unknown"
	only      = ",setparams=color_primaries=unknown:color_trc=unknown"
	wrongTags = ",setparams=color_primaries=unknown:color_trc=unknown:colorspace="
)

// TestSourceColours holds what is shown of sources of all kinds to what they show, at
// their size and where it becomes that of HD or SD, and the tags to what was done.
func TestSourceColours(t *testing.T) {
	t.Parallel()
	h264 := func(args ...string) []string {
		return append([]string{"-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"}, append(args, "-f", "matroska")...)
	}
	h265 := func(params string) []string {
		return []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:lossless=1:" + params,
			"-f", "matroska"}
	}
	codec := func(name, format string, args ...string) []string {
		return append([]string{"-c:v", name}, append(args, "-f", format)...)
	}
	const dark = 16
	hd := bt709
	screen := colours{"bt470bg", "bt709", "bt709"} // of JFIF in HD
	small := colours{"smpte170m", "bt709", "bt709"}
	for _, c := range []struct {
		name    string
		size    media.Size
		filters string
		encoder []string
		want    colours // at the source's size
		other   colours // at the other size; zero for the same
		dark    int     // what may be shown of 0
	}{
		{"qtrle", barsHD, "format=rgb24", codec("qtrle", "mov"), hd, small, 0},
		{"qtrle of SD", barsSD, "format=rgb24", codec("qtrle", "mov"), small, hd, 0},
		{"png", barsHD, "format=rgb24", codec("png", "mov"), hd, small, 0},
		{"png of 16 bits", barsSD, "format=rgb48be", codec("png", "mov"), small, hd, 0},
		{"raw bgr", barsHD, "format=bgr24", codec("rawvideo", "avi"), hd, small, 0},
		{"raw rgb", barsSD, "format=rgb24", codec("rawvideo", "mov"), small, hd, 0},
		{"ffv1", barsHD, "format=bgr0", codec("ffv1", "matroska"), hd, small, 0},
		{"ffv1 of 10 bits", barsSD, "format=gbrp10le", codec("ffv1", "matroska"), small, hd, 0},
		{"utvideo", barsSD, "null", codec("utvideo", "avi"), small, hd, 0},
		{"vp9 of RGB", barsHD, "null", codec("libvpx-vp9", "webm", "-lossless", "1", "-cpu-used", "8", "-deadline",
			"realtime"), hd, small, 0},
		{"gif", barsSD, "format=rgb24,split[a][b];[a]palettegen[p];[b][p]paletteuse", codec("gif", "gif"), small, hd, 0},
		{"RGB, tagged BT.709", barsSD, "format=rgb24",
			codec("rawvideo", "mov", "-colorspace", "bt709", "-movflags", "write_colr"), small, hd, 0},

		{"untagged, HD", barsHD, "zscale=m=bt709:r=tv,format=yuv420p," + untagged, h264(), hd, colours{}, 0},
		{"untagged, SD", barsSD, "zscale=m=smpte170m:r=tv,format=yuv420p," + untagged, h264(), small, colours{}, 0},
		{"BT.709 in SD", barsSD, "zscale=m=bt709:r=tv,format=yuv420p", h264(), hd, colours{}, 0},
		{"BT.601 in HD", barsHD, "zscale=m=bt470bg:r=tv,format=yuv420p" + only, h264(), screen, colours{}, 0},
		{"PAL", barsSD, "zscale=m=bt470bg:r=tv,format=yuv420p,setparams=color_primaries=bt470bg", h264(),
			colours{"bt470bg", "bt470bg", "bt709"}, colours{}, 0},
		{"PAL without more", barsSD, "zscale=m=bt470bg:r=tv,format=yuv420p" + only, h264(),
			colours{"bt470bg", "bt709", "bt709"}, colours{}, 0},
		{"mjpeg", barsHD, "zscale=m=bt470bg:r=pc,format=yuvj420p" + only, codec("mjpeg", "mov", "-q:v", "1"), screen,
			colours{}, 0},
		{"full range", barsHD, "zscale=m=bt709:r=pc,format=yuv420p", h264("-color_range", "pc"), hd, colours{}, 0},
		{"full range, 10 bits", barsSD, "zscale=m=bt709:r=pc,format=yuv420p10le",
			h265("range=full:colormatrix=bt709:colorprim=bt709:transfer=bt709"), hd, colours{}, 0},
		{"full range, untagged", barsSD,
			"zscale=m=smpte170m:r=pc,format=yuv444p,setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown", h264("-color_range", "pc"), small, colours{}, 0},
		{"vp8", barsHD, "zscale=m=smpte170m:r=tv,format=yuv420p," + untagged,
			codec("libvpx", "webm", "-b:v", "9M", "-cpu-used", "5", "-deadline", "realtime"), small, colours{}, 0},
		{"gbr on YUV", barsHD, "zscale=m=bt709:r=tv,format=yuv420p" + wrongTags + "unknown",
			h264("-bsf:v", "h264_metadata=matrix_coefficients=0"), hd, colours{}, 0},
		{"a matrix of YUV, primaries of the other", barsSD,
			"zscale=m=bt709:r=tv,format=yuv420p,setparams=color_primaries=smpte170m", h264(), colours{"bt709", "smpte170m",
				"bt709"}, colours{}, 0},

		{"fcc", barsSD, "zscale=m=fcc:r=tv,format=yuv444p", h264(), small, hd, 0},
		{"SMPTE 240M", barsHD, "zscale=m=7:r=tv,format=yuv444p", h264(), hd, small, 0},
		{"YCgCo", barsHD, "zscale=m=ycgco:r=tv,format=yuv444p", h264(), hd, hd, 0},
		{"matrix of BT.2020", barsHD, "zscale=m=bt2020nc:r=tv,format=yuv420p10le",
			h265("colormatrix=bt2020nc:colorprim=bt709:transfer=bt709"), hd, small, 0},
		{"BT.2020", barsHD, "zscale=m=bt2020nc:p=bt2020:t=bt2020-10:r=tv,format=yuv444p10le",
			h265("colormatrix=bt2020nc:colorprim=bt2020:transfer=bt2020-10"), hd, hd, dark},
		{"BT.2020 of SD, full range", barsSD, "zscale=m=bt2020nc:p=bt2020:t=bt709:r=pc,format=yuv444p10le",
			h265("range=full:colormatrix=bt2020nc:colorprim=bt2020:transfer=bt709"), hd, hd, dark},
		{"BT.2020 by its matrix", barsHD, "zscale=m=bt2020nc:p=bt2020:r=tv,format=yuv444p10le" + only,
			h265("colormatrix=bt2020nc"), hd, hd, dark},
		{"constant luminance", barsHD, "zscale=m=bt2020c:p=bt2020:t=bt2020-10:r=tv,format=yuv444p12le",
			h265("colormatrix=bt2020c:colorprim=bt2020:transfer=bt2020-10"), hd, hd, dark},
		{"Display P3", barsHD, "zscale=m=bt709:p=smpte432:r=tv,format=yuv444p10le",
			h265("colormatrix=bt709:colorprim=smpte432:transfer=bt709"), hd, hd, dark},
		{"RGB of BT.2020", barsSD, "zscale=p=bt2020:t=bt2020-10,format=gbrp10le",
			h265("colormatrix=gbr:range=full:colorprim=bt2020:transfer=bt2020-10"), hd, hd, dark},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			dir, probe := generate(t, append(bars(c.size, c.filters), c.encoder...)...)
			other := barsSD
			if c.size == barsSD {
				other = barsHD
			}
			if c.other == (colours{}) {
				c.other = c.want
			}
			same, changed := everyFormat(c.size)[0], everyFormat(c.size)[1]
			p := execute(t, dir, probe, auto, same, changed)
			seen(t, dir, p, patches, 3, c.dark)
			for i, want := range []colours{c.want, c.other} {
				if got := p.Outputs[i].Video.colours; got != want {
					t.Errorf("at %s: %v, want %v; the source has %+v", []media.Size{c.size, other}[i], got, want, probe.Video[0])
				}
			}
		})
	}
}

// TestTags reads tags that leave something open or contradict each other.
func TestTags(t *testing.T) {
	t.Parallel()
	ntsc, pal, hd := size(720, 480), size(720, 576), size(1920, 1080)
	for _, c := range []struct {
		stream media.VideoStream
		want   sourceColours
	}{
		{media.VideoStream{Coded: ntsc}, sourceColours{colours: bt601}},
		{media.VideoStream{Coded: pal}, sourceColours{colours: colours{"smpte170m", "bt470bg", "smpte170m"}}},
		{media.VideoStream{Coded: size(640, 360)}, sourceColours{colours: colours{"smpte170m", "bt709", "bt709"}}},
		{media.VideoStream{Coded: hd}, sourceColours{colours: bt709}},
		{media.VideoStream{Coded: size(400, 720)}, sourceColours{colours: bt709}},
		{media.VideoStream{Coded: ntsc, PixFmt: "yuvj420p", Range: "pc"},
			sourceColours{colours: colours{"smpte170m", "bt709", "bt709"}}},
		{media.VideoStream{Coded: pal, Space: "bt470bg"}, sourceColours{colours: colours{"bt470bg", "bt470bg", "smpte170m"}}},
		{media.VideoStream{Coded: pal, Space: "bt709"}, sourceColours{colours: bt709}},
		{media.VideoStream{Coded: hd, Space: "smpte170m"}, sourceColours{colours: colours{"smpte170m", "bt709", "bt709"}}},
		{media.VideoStream{Coded: hd, Codec: "vp8"}, sourceColours{colours: colours{"smpte170m", "bt709", "bt709"}}},
		{media.VideoStream{Coded: hd, Space: "gbr", PixFmt: "yuv420p", Transfer: "bt709"}, sourceColours{colours: bt709}},
		{media.VideoStream{Coded: hd, Space: "bt709", PixFmt: "gbrp"},
			sourceColours{colours{"bt2020nc", "bt709", "bt709"}, true}},
		{media.VideoStream{Coded: hd, Space: "bt709", Transfer: "iec61966-2-1"},
			sourceColours{colours: colours{"bt709", "bt709", "iec61966-2-1"}}},
		{media.VideoStream{Coded: hd, Space: "bt709", Transfer: "log316", Primaries: "smpte428"},
			sourceColours{colours: bt709}},
		{media.VideoStream{Coded: hd, Space: "bt2020nc"}, sourceColours{colours: colours{"bt2020nc", "bt2020", "bt709"}}},
		{media.VideoStream{Coded: hd, Primaries: "bt2020"}, sourceColours{colours: colours{"bt2020nc", "bt2020", "bt709"}}},
		{media.VideoStream{Coded: ntsc, Transfer: pq}, sourceColours{colours: colours{"bt2020nc", "bt2020", pq}}},
		{media.VideoStream{Coded: hd, Space: "bt709", Primaries: "bt709", Transfer: hlg},
			sourceColours{colours: colours{"bt709", "bt709", hlg}}},
		{media.VideoStream{Coded: hd, Space: "ictcp", Primaries: "bt709", Transfer: pq},
			sourceColours{colours: colours{"ictcp", "bt2020", pq}}},
		{media.VideoStream{Coded: hd, Space: "ictcp", Primaries: "bt709"},
			sourceColours{colours: colours{"bt2020nc", "bt709", "bt709"}}},
		{media.VideoStream{Coded: hd, Space: "bt2020c", Primaries: "bt2020", Transfer: pq},
			sourceColours{colours: colours{"bt2020nc", "bt2020", pq}}},
		{media.VideoStream{Coded: hd, DolbyVision: 8, Compatible: 4},
			sourceColours{colours: colours{"bt2020nc", "bt2020", hlg}}},
		{media.VideoStream{Coded: hd, DolbyVision: 7, Compatible: 6},
			sourceColours{colours: colours{"bt2020nc", "bt2020", pq}}},
		{media.VideoStream{Coded: hd, DolbyVision: 8, Compatible: 2}, sourceColours{colours: bt709}},
	} {
		if got := coloursOf(c.stream); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.stream, got, c.want)
		}
	}
}

// TestFilteredColours deinterlaces and turns RGB of kinds that filters do not know: what
// they are given instead keeps its colours.
func TestFilteredColours(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"rgb24", "argb", "rgb48be", "pal8", "gray"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			encoder, container := "png", "mov"
			filters, want := "format="+format, slices.Clone(patches)
			switch format {
			case "argb":
				encoder = "qtrle"
			case "pal8":
				filters = "format=rgb24,split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
			case "gray":
				for i, p := range patches {
					y := (299*p[0] + 587*p[1] + 114*p[2] + 500) / 1000
					want[i] = rgb{y, y, y}
				}
			}
			dir, probe := generate(t, append(bars(barsHD, filters), "-c:v", encoder, "-f", container)...)
			out := everyFormat(barsHD)[0]
			out.Rotate = 180
			out.Preset.Video.Scan = transcode.TopFirst
			out.Preset.Video.Level = "4.1"
			p := execute(t, dir, probe, transcode.InputSpec{Interlaced: "true"}, out)
			slices.Reverse(want)
			seen(t, dir, p, want, 3, 0)
		})
	}
}

// TestEveryTag makes a frame of each set of tags that a file may have, however little
// sense it makes: there is nothing that filters refuse.
func TestEveryTag(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	dir := t.TempDir()
	tried := map[string]bool{}
	for _, format := range []string{"yuv420p10le", "gbrp10le"} {
		for _, matrix := range []string{"", "gbr", "bt709", "fcc", "bt470bg", "smpte240m", "ycgco", "bt2020nc", "bt2020c",
			"smpte2085", "chroma-derived-nc", "chroma-derived-c", "ictcp"} {
			for _, primaries := range []string{"", "bt709", "bt470m", "bt470bg", "smpte240m", "film", "bt2020", "smpte428",
				"smpte431", "smpte432", "ebu3213"} {
				for _, transfer := range []string{"", "bt709", "bt470m", "smpte240m", linear, "log316", "iec61966-2-1",
					"bt2020-12", pq, "smpte428", hlg} {
					s := coloursOf(media.VideoStream{Coded: barsSD, PixFmt: format, Space: matrix, Primaries: primaries,
						Transfer: transfer})
					if !s.special() {
						continue
					}
					tried["color=red:s=16x16:d=0.04,format="+s.deep()+","+s.convert("bt709", "yuv420p")] = true
				}
			}
		}
	}
	if len(tried) < 100 {
		t.Errorf("%d sets of tags are converted", len(tried))
	}
	for chains := range slices.Chunk(slices.Sorted(maps.Keys(tried)), 50) {
		var args []string
		for i, chain := range chains {
			label := fmt.Sprintf("[o%d]", i)
			args, chains[i] = append(args, "-map", label), chain+label
		}
		args = append([]string{"-nostdin", "-v", "error", "-filter_complex", strings.Join(chains, ";")}, args...)
		call(t, dir, "ffmpeg", append(args, "-f", "null", "-")...)
	}
}
