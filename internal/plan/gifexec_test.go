package plan

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

func TestGIF(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=160x120:r=60:d=2", "-c:v", "libx264", "-preset",
		"ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4")
	loops := func(n int, rate media.Rational) transcode.OutputSpec {
		return codecOutput(transcode.GIFV, transcode.GIF, func(v *transcode.VideoSpec) { v.Loops, v.FrameRate = n, rate })
	}
	for _, c := range []struct {
		name   string
		out    transcode.OutputSpec
		frames int64
		block  []byte // what follows the word NETSCAPE2.0; nil for no such block
	}{
		{"without end", loops(-1, whole(15)), 30, []byte{3, 1, 0, 0, 0}},
		{"once", loops(0, whole(10)), 20, nil},
		{"seven times more", loops(7, media.Rational{Num: 30000, Den: 1001}), 60, []byte{3, 1, 7, 0, 0}},
		{"faster than a gif can be", loops(100, whole(60)), 100, []byte{3, 1, 100, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			own := linked(t, dir)
			c.out.ThumbnailPattern = "{count}"
			p := execute(t, own, probe, auto, c.out)
			if got := inspect(t, own, p.Outputs[0]); got.VideoFrames != c.frames || (got.VideoDuration-2*time.Second).Abs() > 20*time.Millisecond {
				t.Errorf("%d frames over %s, want %d over 2 s", got.VideoFrames, got.VideoDuration, c.frames)
			}
			file, err := os.ReadFile(filepath.Join(own, "o1.gif"))
			if err != nil {
				t.Fatal(err)
			}
			_, after, found := bytes.Cut(file, []byte("NETSCAPE2.0"))
			if found != (c.block != nil) || !bytes.HasPrefix(after, c.block) {
				t.Errorf("loop block: %t, %v; want %v", found, after[:min(5, len(after))], c.block)
			}
			if _, err := os.Stat(filepath.Join(own, "t1_00001.png")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGIFColours has HD video with the matrix of HD and no word about it.
func TestGIFColours(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i",
		"color=red:s=1280x720:r=5:d=0.4,format=rgb24,scale=out_color_matrix=bt709,format=yuv420p",
		"-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", "-f", "mp4")
	execute(t, dir, probe, auto, codecOutput(transcode.GIFV, transcode.GIF, nil))
	if rgb := onePixel(t, dir, "o1.gif", "rgb24"); rgb[0] < 250 || rgb[1] > 5 || rgb[2] > 5 {
		t.Errorf("red is %v", rgb)
	}
}
