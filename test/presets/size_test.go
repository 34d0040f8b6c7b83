package presets

import (
	"math"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// sizing is what a preset says about the size of a picture, in its own words.
type sizing struct {
	resolution, aspect, width, height, policy, padding string
	// fields reports that the height is a multiple of 4, so that each field has whole
	// lines of 4:2:0 colour (ITU-T H.264, section 7.4.2.1.1, on cropping).
	fields bool
}

func (r result) sizing() sizing {
	v := r.preset.Video
	fields := r.interlaced() != "" && r.option("ChromaSubsampling") != "yuv422p"
	return sizing{reelastictest.Text(v.Resolution), reelastictest.Text(v.AspectRatio), reelastictest.Text(v.MaxWidth),
		reelastictest.Text(v.MaxHeight), reelastictest.Text(v.SizingPolicy),
		reelastictest.Text(v.PaddingPolicy), fields}
}

// of is the size that a picture of square pixels gets, by the arithmetic of the
// developer guide: scaled by the policy, cut at the limits, padded up to them,
// both sides rounded to even numbers.
func (s sizing) of(width, height float64) (int, int) {
	if number(s.aspect) > 0 && s == (sizing{aspect: s.aspect, fields: s.fields}) {
		s.resolution = "auto" // the older form, less what may be left out
	}
	limitWidth, limitHeight := s.limits()
	policy, pad := s.policy, s.padding == "Pad"
	if policy == "" {
		policy = "ShrinkToFit" // as in the system presets
	}
	switch s.resolution {
	case "":
	case "auto":
		policy, pad = "ShrinkToFit", false
	default: // scaled up or down to it, with bars where the shape is to change
		policy, pad = "Fit", number(s.aspect) > 0
	}
	if policy == "Stretch" {
		return limitWidth, limitHeight
	}
	if shape := number(s.aspect); shape > 0 { // bars around the picture
		width, height = max(width, height*shape), max(height, width/shape)
	}
	x, y := float64(limitWidth)/width, float64(limitHeight)/height
	scale := map[string]float64{"Fit": min(x, y), "Fill": max(x, y), "Keep": 1,
		"ShrinkToFit": min(1, x, y), "ShrinkToFill": min(1, max(x, y))}[policy]
	if pad && policy != "Fill" {
		return limitWidth, limitHeight
	}
	return min(nearest(width*scale, 2), limitWidth), min(nearest(height*scale, s.rows()), limitHeight)
}

// rows is what the height is a multiple of.
func (s sizing) rows() int {
	if s.fields {
		return 4
	}
	return 2
}

// limits are MaxWidth and MaxHeight, or Resolution; auto is 1920x1080, and for
// Resolution, which then keeps the picture as it is, the largest there can be.
func (s sizing) limits() (width, height int) {
	if s.resolution == "auto" {
		return 4096, 3072
	}
	w, h := s.width, s.height
	if s.resolution != "" {
		w, h, _ = strings.Cut(s.resolution, "x")
	}
	width, height = 1920, 1080
	if w != "auto" && w != "" {
		width = int(number(w))
	}
	if h != "auto" && h != "" {
		height = int(number(h))
	}
	return width, height - height%s.rows()
}

// nearest is the nearest multiple of n, the higher one of two.
func nearest(x float64, n int) int {
	return max(n, n*int(math.Floor(x/float64(n)+0.5+1e-9)))
}

// displaySize is that of a coded picture with square pixels: one side grows.
func displaySize(width, height int, sar string) (float64, float64) {
	w, h, ratio := float64(width), float64(height), number(sar)
	switch {
	case ratio >= 1:
		w *= ratio
	case ratio > 0:
		h /= ratio
	}
	return w, h
}

// display is the size of a recording's picture as players show it.
func (r recording) display() (float64, float64) {
	v := r.kind("video")[0]
	w, h := displaySize(v.Width, v.Height, v.SAR)
	if r.turned {
		return h, w
	}
	return w, h
}

// checkSize compares size and shape of the picture.
func (r result) checkSize(t *testing.T, v stream, m track) {
	t.Helper()
	width, height := r.sizing().of(r.from.display())
	same(t, "width (ffprobe)", v.Width, width)
	same(t, "height (ffprobe)", v.Height, height)
	same(t, "width (mediainfo)", m.side("Width"), width)
	same(t, "height (mediainfo)", m.side("Height"), height)
	if *r.preset.Container == "gif" {
		return // mediainfo does not read a GIF's shape
	}
	shape := number(reelastictest.Text(r.preset.Video.DisplayAspectRatio))
	if shape == 0 {
		shape = float64(width) / float64(height)
		if v.SAR != "" && v.SAR != "N/A" { // absent where nothing is said, and pixels are square
			same(t, "sample aspect ratio (ffprobe)", v.SAR, "1:1")
		}
	} else {
		near(t, "display aspect ratio (ffprobe)", number(v.DAR), shape, 0.01*shape)
	}
	near(t, "display aspect ratio (mediainfo)", m.number("DisplayAspectRatio"), shape, 0.01*shape)
}

// side is the picture's Width or Height. An MXF file stores multiples of 16, and
// then mediainfo has the picture's own beside it.
func (m track) side(name string) int {
	if original := m.text(name + "_Original"); original != "" {
		return int(number(original))
	}
	return int(m.number(name))
}
