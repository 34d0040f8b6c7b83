package plan

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestJoinedColours joins inputs of different colours, in one run and in batches: each
// is shown as it was, by the one set of tags that the output has.
func TestJoinedColours(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	dir, s := t.TempDir(), size(1284, 720)
	x264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-f", "matroska"}
	made := []media.Probe{
		source(t, dir, 0, append(bars(s,
			"zscale=m=bt470bg:r=tv,format=yuv420p,setparams=color_primaries=unknown:color_trc=unknown"), x264...)...),
		source(t, dir, 1, append(bars(s, "null"), "-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0", "-f",
			"matroska")...),
		source(t, dir, 2, hdrBars(s, hlg, "bt2020nc", "yuv420p10le", x264...)...),
		source(t, dir, 3, append(bars(s, "zscale=m=bt709:r=tv,format=yuv420p,"+untagged), x264...)...),
	}
	const most = 45
	for i := len(made); i < most; i++ {
		if err := os.Link(filepath.Join(dir, fmt.Sprintf("in%d", i%4)),
			filepath.Join(dir, fmt.Sprintf("in%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	for _, inputs := range []int{4, most} {
		all := everyFormat(barsSD)
		film, animation := all[0], all[len(all)-1]
		film.Preset.Video.FrameRate, animation.Preset.Video.FrameRate = whole(10), whole(10)
		req := Request{Job: job(auto, film, animation), Caps: testCaps, Threads: 2, Speed: "ultrafast"}
		req.Job.Inputs = nil
		for i := range inputs {
			req.Job.Inputs, req.Probes = append(req.Job.Inputs, auto), append(req.Probes, made[i%4])
		}
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		if batched := len(p.Steps) > 3; batched != (inputs == most) {
			t.Fatalf("%d inputs have %d steps", inputs, len(p.Steps))
		}
		for _, step := range p.Steps {
			call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, step.Args...)...)
		}
		for _, out := range p.Outputs {
			if f := Check(out, inspect(t, dir, out)); f != nil {
				t.Errorf("%d inputs: %v", inputs, f)
			}
			for _, i := range []int{0, 1, 2, 3, inputs - 4, inputs - 3, inputs - 2, inputs - 1} {
				want, at := patches, fmt.Sprintf("%.1f", 0.4*float64(i)+0.2)
				if i%4 == 2 {
					want = toned
				}
				near(t, fmt.Sprintf("input %d of %d in %s", i, inputs, out.File),
					shown(t, dir, out.File, at, barsSD, out.Video.colours), want, 4, 32)
			}
		}
	}
}

// TestWatermarkColours lays images over video of HD and SD, SDR and HDR, in formats of all
// kinds: they have their own colours, which no tone mapping touches.
func TestWatermarkColours(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "color=black:s=1284x96:r=5:d=0.4,format=yuv420p10le", "-c:v",
		"libx264", "-color_trc", hlg, "-f", "mp4")
	sdr := probe
	sdr.Video = []media.VideoStream{probe.Video[0]}
	sdr.Video[0].Transfer = ""
	images := []Image{imageFile(t, dir, 0, size(40, 40), color.NRGBA{0, 255, 0, 255}),
		imageFile(t, dir, 1, size(40, 40), color.NRGBA{255, 128, 0, 128})}
	all := everyFormat(barsHD)
	for _, profile := range []string{"2", "3"} {
		deeper := everyFormat(barsHD)[6]
		deeper.Preset.Video.Profile = profile
		all = append(all, deeper)
	}
	for i := range all {
		for n := range images {
			all[i].Watermarks = append(all[i].Watermarks,
				transcode.OutputWatermark{Image: n,
					Watermark: transcode.Watermark{MaxWidth: percent(100), MaxHeight: percent(100),
						Policy: transcode.ShrinkToFit, Horizontal: "Left", Vertical: "Top", X: px(20 + 100*n), Y: px(20), Opacity: media.NewRational(1, 1), Frame: true}})
		}
	}
	for name, probe := range map[string]media.Probe{"SDR": sdr, "HLG": probe} {
		req := Request{Job: job(auto, all...), Probes: []media.Probe{probe}, Images: images, Caps: testCaps, Threads: 2,
			Speed: "ultrafast"}
		req.Job.Images = make([]transcode.ImageSpec, len(images))
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range p.Steps {
			call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, step.Args...)...)
		}
		for _, out := range p.Outputs {
			raw := decoded(t, dir, out.playable(), "", out.Video.Size, out.Video.colours)
			got := []rgb{meanAt(raw, out.Video.Size.Width, 40, 40), meanAt(raw, out.Video.Size.Width, 140, 40),
				meanAt(raw, out.Video.Size.Width, 240, 40)}
			near(t, fmt.Sprintf("%s %s %s %s", name, out.Video.Codec, out.playable(), out.Video.Size), got,
				[]rgb{{0, 255, 0}, {128, 64, 0}, {0, 0, 0}}, 4, 0)
		}
	}
}
