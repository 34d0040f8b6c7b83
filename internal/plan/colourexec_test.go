package plan

import (
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestConversions holds pure red to its numbers in both matrices, and the tags
// to what was done.
func TestConversions(t *testing.T) {
	t.Parallel()
	const to601, to709 = transcode.ConvertTo601, transcode.ConvertTo709
	const hd, old = "bt709,bt709,bt709", "smpte170m,smpte170m,smpte170m"
	red601, red709 := []int{81, 90, 240}, []int{63, 102, 240}
	for _, c := range []struct {
		name         string
		source, want media.Size
		mode         transcode.ColorConversion
		scan         transcode.Scan
		applied      transcode.ColorConversion
		red          []int
		tags         string // matrix, transfer function, primaries
	}{
		{"to 601", size(64, 48), size(64, 48), to601, "", to601, red601, old},
		{"to 709", size(64, 48), size(64, 48), to709, "", to709, red709, hd},
		{"none", size(64, 48), size(64, 48), transcode.ConvertNone, "", transcode.ConvertNone, red601,
			"smpte170m,bt709,bt709"},
		{"not said", size(64, 48), size(64, 48), "", "", "", red601, "smpte170m,bt709,bt709"},
		{"auto, interlaced, growing", size(720, 576), size(1920, 1080), transcode.ConvertAuto, transcode.TopFirst, to709,
			red709, hd},
		{"auto, interlaced, shrinking", size(1920, 1080), size(720, 480), transcode.ConvertAuto, transcode.BottomFirst,
			to601, red601, old},
		{"auto, progressive", size(720, 576), size(1920, 1080), transcode.ConvertAuto, "", transcode.ConvertNone, red601,
			"smpte170m,smpte170m,bt470bg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			matrix := "bt601"
			if c.applied == to601 {
				matrix = "bt709"
			}
			dir, probe := generate(t, "-f", "lavfi", "-i",
				"color=red:s="+c.source.String()+":r=25:d=0.4,format=rgb24,scale=out_color_matrix="+matrix+",format=yuv420p",
				"-vf", "setparams=colorspace=unknown",
				"-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-f", "mp4")
			out := codecOutput(transcode.H264, transcode.MP4, func(v *transcode.VideoSpec) {
				v.Conversion, v.Scan, v.BitRate, v.Level = c.mode, c.scan, 8000, "4.1"
				v.Sizing = transcode.Sizing{Max: c.want, Policy: transcode.Stretch}
			})
			out.ThumbnailPattern = "{count}"
			p := execute(t, dir, probe, auto, out)
			if got := p.Outputs[0].Video.Conversion; got != c.applied {
				t.Errorf("%q was applied, want %q", got, c.applied)
			}
			yuv := onePixel(t, dir, "o1.mp4", "yuv444p")
			for i, want := range c.red {
				if off := int(yuv[i]) - want; off < -2 || off > 2 {
					t.Errorf("red is %v, want %v", yuv, c.red)
					break
				}
			}
			tags := call(t, dir, "ffprobe", "-v", "error", "-show_entries", "stream=color_space,color_transfer,color_primaries",
				"-of", "csv=p=0", "o1.mp4")
			if strings.TrimSpace(tags) != c.tags {
				t.Errorf("tags %q, want %q", tags, c.tags)
			}
			if rgb := onePixel(t, dir, "t1_00001.png", "rgb24"); rgb[0] < 250 || rgb[1] > 5 || rgb[2] > 5 {
				t.Errorf("red is %v in the thumbnail", rgb)
			}
		})
	}
}

// onePixel is the mean colour of the first frame of a file.
func onePixel(t *testing.T, dir, name, format string) []byte {
	t.Helper()
	return []byte(call(t, dir, "ffmpeg", "-nostdin", "-v", "error", "-i", name, "-frames:v", "1", "-vf",
		"scale=1:1:flags=area", "-pix_fmt", format, "-f", "rawvideo", "-"))[:3]
}

// TestColourRule holds the mode Auto to the cases of the API model.
func TestColourRule(t *testing.T) {
	t.Parallel()
	pal, ntscSize, full := size(720, 576), size(720, 480), size(1920, 1080)
	for _, c := range []struct {
		name   string
		source media.Size
		scene  videoScene
		want   transcode.ColorConversion
	}{
		{"growing", pal, videoScene{size: full, rate: whole(25), scan: transcode.TopFirst}, transcode.ConvertTo709},
		{"growing from 480", ntscSize, videoScene{size: full, rate: ratio(t, "30000/1001"), scan: transcode.BottomFirst},
			transcode.ConvertTo709},
		{"shrinking", full, videoScene{size: pal, rate: whole(60), scan: transcode.TopFirst}, transcode.ConvertTo601},
		{"segments", full, videoScene{size: pal, rate: whole(25), scan: transcode.TopFirst, segmentSeconds: "10"},
			transcode.ConvertNone},
		{"progressive", full, videoScene{size: pal, rate: whole(25)}, transcode.ConvertNone},
		{"30 is not listed", full, videoScene{size: pal, rate: whole(30), scan: transcode.TopFirst}, transcode.ConvertNone},
		{"another size", full, videoScene{size: size(704, 576), rate: whole(25), scan: transcode.TopFirst},
			transcode.ConvertNone},
		{"the same size", full, videoScene{size: full, rate: whole(25), scan: transcode.TopFirst}, transcode.ConvertNone},
	} {
		if got := conversion(transcode.ConvertAuto, c.scene, c.source); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
