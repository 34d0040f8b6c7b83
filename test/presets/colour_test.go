package presets

import (
	"fmt"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// weights are those of red and blue in the luma of a matrix (ITU-R BT.601 and BT.709).
type weights struct{ red, blue float64 }

var (
	bt601 = weights{0.299, 0.114}
	bt709 = weights{0.2126, 0.0722}
)

// colour is a mean colour as it is coded: Y from 16 to 235, Cb and Cr around 128.
type colour struct{ y, cb, cr float64 }

// checkMean compares the mean colour of the first frame with the source's: a
// change of the matrix is linear, so that the mean changes as each pixel does.
// Made progressive, the first frame shows the first field alone.
func (r result) checkMean(t *testing.T, conversion string) {
	t.Helper()
	fields := r.from.kind("video")[0].frames[0].interlaced && r.interlaced() == ""
	want := meanColour(t, r.from.path, fields)
	switch conversion {
	case "Bt709ToBt601":
		want = want.convert(bt709, bt601)
	case "Bt601ToBt709":
		want = want.convert(bt601, bt709)
	}
	got := meanColour(t, r.file.path, false)
	const within = 2 // what coarse quantisers and sharpened edges change
	near(t, "mean of Y", got.y, want.y, within)
	near(t, "mean of Cb", got.cb, want.cb, within)
	near(t, "mean of Cr", got.cr, want.cr, within)
}

// meanColour is that of the first frame or field as coded, whatever the tags say.
func meanColour(t *testing.T, path string, field bool) colour {
	t.Helper()
	const size = 32
	filters := fmt.Sprintf(
		"setparams=colorspace=bt709,scale=%d:%d:flags=area:in_color_matrix=bt709:out_color_matrix=bt709,format=yuv444p",
		size, size)
	if field {
		filters = "separatefields," + filters
	}
	raw := reelastictest.Pipe(t, nil, "ffmpeg", "-nostdin", "-v", "error", "-i", path,
		"-map", "0:v:0", "-frames:v", "1", "-vf", filters, "-f", "rawvideo", "pipe:1")
	if len(raw) != 3*size*size {
		t.Fatalf("the first frame of %s: %d bytes", path, len(raw))
	}
	mean := func(plane int) (sum float64) {
		for _, b := range raw[plane*size*size : (plane+1)*size*size] {
			sum += float64(b)
		}
		return sum / size / size
	}
	return colour{mean(0), mean(1), mean(2)}
}

// convert decodes a colour with one matrix and codes it with another.
func (c colour) convert(from, to weights) colour {
	y, cb, cr := (c.y-16)/219, (c.cb-128)/224, (c.cr-128)/224
	red, blue := y+2*(1-from.red)*cr, y+2*(1-from.blue)*cb
	green := (y - from.red*red - from.blue*blue) / (1 - from.red - from.blue)
	y = to.red*red + (1-to.red-to.blue)*green + to.blue*blue
	return colour{16 + 219*y, 128 + 224*(blue-y)/2/(1-to.blue), 128 + 224*(red-y)/2/(1-to.red)}
}
