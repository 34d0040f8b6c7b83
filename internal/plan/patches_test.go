package plan

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// rgb is a colour, 0 to 255 each.
type rgb [3]int

// patches are the colours of the sources, each a bar of the frame.
var patches = []rgb{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}, {128, 128, 128}, {255, 128, 0}}

// barsHD and barsSD are sizes at which players assume BT.709 and BT.601, the first by
// its width alone, so that tests take less time.
var barsHD, barsSD = size(1284, 96), size(360, 240)

// bars is a source of lavfi with the patches, two frames of RGB, and what is done to
// them then. What to make of them is said to zscale, which knows every matrix.
func bars(s media.Size, then string) []string {
	var graph, pads strings.Builder
	for i, p := range patches {
		fmt.Fprintf(&graph, "color=0x%02x%02x%02x:s=%dx%d:r=5:d=0.4,format=gbrp[b%d];", p[0], p[1], p[2],
			s.Width/len(patches), s.Height, i)
		fmt.Fprintf(&pads, "[b%d]", i)
	}
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("%s%shstack=%d", graph.String(), pads.String(), len(patches)),
		"-vf", "setparams=colorspace=gbr:color_primaries=bt709:color_trc=bt709:range=pc," + then}
}

// decoded is the frame of a file of a size at a time ("" is the first), in RGB, as its
// tags say. A video whose tags leave the matrix open is not decoded at all. Primaries of
// older video stay as they are.
func decoded(t *testing.T, dir, name, at string, s media.Size, of colours) string {
	t.Helper()
	filters := "zscale=m=gbr:r=pc:t=bt709,format=gbrp,"
	if of.primaries != "smpte170m" && of.primaries != "bt470bg" {
		filters = "zscale=m=gbr:r=pc:p=bt709:t=bt709,format=gbrp,"
	}
	if ext := filepath.Ext(name); ext == ".png" || ext == ".jpg" || ext == ".gif" {
		filters = ""
	}
	args := []string{"-nostdin", "-v", "error", "-i", name}
	if at != "" {
		args = append(args, "-ss", at)
	}
	raw := call(t, dir, "ffmpeg", append(args, "-frames:v", "1", "-vf", filters+"format=rgb24", "-f", "rawvideo", "-")...)
	if len(raw) != 3*s.Width*s.Height {
		t.Fatalf("%s has no picture of %s at %q", name, s, at)
	}
	return raw
}

// meanAt is the mean colour around a point of a frame that is so wide.
func meanAt(raw string, width, x0, y0 int) (mean rgb) {
	const half = 4
	for k := range mean {
		for y := y0 - half; y < y0+half; y++ {
			for x := x0 - half; x < x0+half; x++ {
				mean[k] += int(raw[3*(y*width+x)+k])
			}
		}
		mean[k] = (mean[k] + 2*half*half) / (4 * half * half)
	}
	return mean
}

// shown are the patches of a frame of a file, each one's mean within its middle.
func shown(t *testing.T, dir, name, at string, s media.Size, of colours) []rgb {
	t.Helper()
	raw := decoded(t, dir, name, at, s, of)
	all := make([]rgb, len(patches))
	for i := range patches {
		all[i] = meanAt(raw, s.Width, (2*i+1)*s.Width/len(patches)/2, s.Height/2)
	}
	return all
}

// near compares colours. What should be 0 may be up to dark: the curves of wide and of
// HDR colours are steep at black, where the steps of 10 bits grow.
func near(t *testing.T, what string, got, want []rgb, within, dark int) {
	t.Helper()
	for i := range want {
		for k := range want[i] {
			most := within
			if want[i][k] == 0 {
				most = max(within, dark)
			}
			if off := got[i][k] - want[i][k]; off < -most || off > most {
				t.Errorf("%s: %v is shown as %v", what, want, got)
				return
			}
		}
	}
}

// everyFormat are outputs of a size in every codec and kind of container, in SD
// where that is not what the size is, with thumbnails.
func everyFormat(s media.Size) []transcode.OutputSpec {
	var all []transcode.OutputSpec
	add := func(codec transcode.VideoCodec, in transcode.Container, s media.Size, change func(*transcode.OutputSpec)) {
		out := codecOutput(codec, in, func(v *transcode.VideoSpec) {
			v.Sizing, v.BitRate, v.FrameRate = transcode.Sizing{Max: s, Policy: transcode.Stretch}, 8000, whole(10)
		})
		if change != nil {
			change(&out)
		}
		all = append(all, out)
	}
	thumbnails := func(format string) func(*transcode.OutputSpec) {
		return func(o *transcode.OutputSpec) {
			o.ThumbnailPattern = "{count}"
			o.Preset.Thumbnails = &transcode.ThumbnailSpec{Format: format, Interval: time.Minute,
				Sizing: transcode.Sizing{Max: barsSD, Policy: transcode.Fit}}
		}
	}
	other := barsSD
	if matrixOf(s) == bt601.matrix {
		other = barsHD
	}
	add(transcode.H264, transcode.MP4, s, thumbnails("png"))
	add(transcode.H264, transcode.MP4, other, thumbnails("jpg"))
	add(transcode.H264, transcode.TS, s, func(o *transcode.OutputSpec) { o.SegmentDuration = 10 * time.Second })
	add(transcode.H264, transcode.FLV, other, nil)
	add(transcode.H264, transcode.FMP4, s, func(o *transcode.OutputSpec) { o.Preset.Video.GOP.Fixed = true })
	add(transcode.VP8, transcode.WebM, s, nil)
	add(transcode.VP9, transcode.WebM, s, func(o *transcode.OutputSpec) { o.Preset.Video.Profile = "1" })
	add(transcode.MPEG2, transcode.MPG, s, nil)
	add(transcode.MPEG2, transcode.MXF, other, func(o *transcode.OutputSpec) { o.Preset.Video.Chroma = transcode.YUV422 })
	add(transcode.GIFV, transcode.GIF, s, thumbnails("jpg"))
	return all
}

// seen checks the patches of the outputs of a plan and of their thumbnails.
func seen(t *testing.T, dir string, p *Plan, want []rgb, within, dark int) {
	t.Helper()
	for _, out := range p.Outputs {
		most := within
		if out.Video.Codec == transcode.GIFV {
			most += 1 // its palette is of the mean colours of boxes
		}
		near(t, fmt.Sprintf("%s %s %s", out.Video.Codec, out.playable(), out.Video.Size),
			shown(t, dir, out.playable(), "", out.Video.Size, out.Video.colours), want, most, dark)
		if out.Thumbnails != nil {
			name := fmt.Sprintf(out.Thumbnails.File, 1)
			near(t, name, shown(t, dir, name, "", out.Thumbnails.Size, colours{}), want, within, dark)
		}
	}
}

// TestEveryFormat shows RGB in HD and SD as it was, in every codec and container.
func TestEveryFormat(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]media.Size{"HD": barsHD, "SD": barsSD} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, probe := generate(t, append(bars(s, "null"), "-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0", "-f",
				"matroska")...)
			p := execute(t, dir, probe, auto, everyFormat(s)...)
			seen(t, dir, p, patches, 3, 0)
			for _, out := range p.Outputs {
				want := colours{matrixOf(out.Video.Size), "bt709", "bt709"}
				switch out.Video.Codec {
				case transcode.GIFV:
					want = colours{}
				case transcode.VP8:
					want.matrix = bt601.matrix
				}
				if got := out.Video.colours; got != want {
					t.Errorf("%s of %s has the colours %v, want %v", out.Video.Codec, out.Video.Size, got, want)
				}
			}
		})
	}
}
