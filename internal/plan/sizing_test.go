package plan

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

func size(w, h int) media.Size { return media.Size{Width: w, Height: h} }

// square is a source of w by h square pixels.
func square(w, h int) (media.Rational, media.Rational) { return whole(w), whole(h) }

// TestFitWorkedExamples holds the examples of the developer guide and of real
// jobs (behaviour 3.5).
func TestFitWorkedExamples(t *testing.T) {
	t.Parallel()
	const noPad, pad = false, true
	for _, c := range []struct {
		name   string
		w, h   int
		limit  media.Size
		policy transcode.SizingPolicy
		pad    bool
		want   geometry
	}{
		{"Fit", 200, 200, size(400, 300), transcode.Fit, noPad,
			geometry{Scaled: size(300, 300), Crop: size(300, 300), Frame: size(300, 300)}},
		{"Fit padded", 200, 200, size(400, 300), transcode.Fit, pad,
			geometry{Scaled: size(300, 300), Crop: size(300, 300), Frame: size(400, 300), PadX: 50}},
		{"Fill", 200, 200, size(400, 300), transcode.Fill, noPad,
			geometry{Scaled: size(400, 400), Crop: size(400, 300), CropY: 50, Frame: size(400, 300)}},
		{"Stretch", 200, 200, size(400, 300), transcode.Stretch, pad,
			geometry{Scaled: size(400, 300), Crop: size(400, 300), Frame: size(400, 300)}},
		{"Keep", 200, 400, size(300, 300), transcode.Keep, noPad,
			geometry{Scaled: size(200, 400), Crop: size(200, 300), CropY: 50, Frame: size(200, 300)}},
		{"Keep padded", 200, 400, size(300, 300), transcode.Keep, pad,
			geometry{Scaled: size(200, 400), Crop: size(200, 300), CropY: 50, Frame: size(300, 300), PadX: 50}},
		{"ShrinkToFit", 400, 400, size(300, 200), transcode.ShrinkToFit, noPad,
			geometry{Scaled: size(200, 200), Crop: size(200, 200), Frame: size(200, 200)}},
		{"ShrinkToFit padded", 400, 400, size(300, 200), transcode.ShrinkToFit, pad,
			geometry{Scaled: size(200, 200), Crop: size(200, 200), Frame: size(300, 200), PadX: 50}},
		{"ShrinkToFill", 400, 200, size(200, 300), transcode.ShrinkToFill, noPad,
			geometry{Scaled: size(400, 200), Crop: size(200, 200), CropX: 100, Frame: size(200, 200)}},
		{"ShrinkToFill padded", 400, 200, size(200, 300), transcode.ShrinkToFill, pad,
			geometry{Scaled: size(400, 200), Crop: size(200, 200), CropX: 100, Frame: size(200, 300), PadY: 50}},
	} {
		w, h := square(c.w, c.h)
		got := fit(w, h, transcode.Sizing{Max: c.limit, Policy: c.policy, Pad: c.pad}, 2)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestFitRounding holds the sizes of real jobs: the nearest even number, ties upward.
func TestFitRounding(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		w, h        int
		limit, want media.Size
	}{
		{560, 320, size(400, 288), size(400, 228)},
		{1920, 1080, size(400, 288), size(400, 226)},
		{1280, 720, size(600, 4000), size(600, 338)},
		{480, 640, size(400, 288), size(216, 288)},
		{480, 640, size(640, 432), size(324, 432)},
		{1920, 1080, size(4000, 480), size(854, 480)},
		{1920, 1080, size(480, 320), size(480, 270)},
		{1080, 1920, size(480, 480), size(270, 480)},
		{321, 241, size(1920, 1080), size(322, 242)},
		{16, 4000, size(400, 288), size(2, 288)},
	} {
		w, h := square(c.w, c.h)
		if got := fit(w, h, transcode.Sizing{Max: c.limit, Policy: transcode.ShrinkToFit}, 2); got.Frame != c.want {
			t.Errorf("%dx%d within %s: %s, want %s", c.w, c.h, c.limit, got.Frame, c.want)
		}
	}
}

func TestFitWithAspect(t *testing.T) {
	t.Parallel()
	wide, four := media.Rational{Num: 16, Den: 9}, media.Rational{Num: 4, Den: 3}
	for _, c := range []struct {
		name                 string
		w, h                 int
		sizing               transcode.Sizing
		frame, content       media.Size
		horizontal, vertical int
	}{
		{"bars at the sides", 640, 480,
			transcode.Sizing{Max: size(1280, 720), Policy: transcode.Fit, Pad: true, Aspect: wide},
			size(1280, 720), size(960, 720), 160, 0},
		{"bars above and below", 1920, 1080,
			transcode.Sizing{Max: size(640, 480), Policy: transcode.Fit, Pad: true, Aspect: four},
			size(640, 480), size(640, 360), 0, 60},
		{"the source's size", 640, 480, transcode.Sizing{Max: size(4096, 3072), KeepSource: true, Aspect: wide},
			size(854, 480), size(640, 480), 106, 0},
		{"the source's size, limited", 8000, 4500, transcode.Sizing{Max: size(4096, 3072), KeepSource: true},
			size(4096, 2304), size(4096, 2304), 0, 0},
		{"no growing", 320, 240, transcode.Sizing{Max: size(1920, 1080), Policy: transcode.ShrinkToFit, Aspect: wide},
			size(426, 240), size(320, 240), 52, 0},
		{"the same shape", 1280, 720, transcode.Sizing{Max: size(1920, 1080), Policy: transcode.ShrinkToFit, Aspect: wide},
			size(1280, 720), size(1280, 720), 0, 0},
	} {
		w, h := square(c.w, c.h)
		got := fit(w, h, c.sizing, 2)
		if got.Frame != c.frame || got.Crop != c.content || got.PadX != c.horizontal || got.PadY != c.vertical {
			t.Errorf("%s: %+v, want %s in %s at %d,%d", c.name, got, c.content, c.frame, c.horizontal, c.vertical)
		}
	}
}

func TestDisplaySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		coded media.Size
		sar   media.Rational
		want  media.Size
	}{
		{size(720, 576), media.Rational{Num: 64, Den: 45}, size(1024, 576)},
		{size(720, 480), media.Rational{Num: 8, Den: 9}, size(720, 540)},
		{size(1280, 1080), media.Rational{Num: 3, Den: 2}, size(1920, 1080)},
		{size(640, 480), media.Rational{}, size(640, 480)},
	} {
		w, h := displaySize(c.coded, c.sar)
		if got := wholeSize(w, h, 2); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.coded, c.sar, got, c.want)
		}
	}
}

func TestFitProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawFit(t, 1, 8192, 2000)
		w, h := displaySize(c.coded, c.sar)
		checkGeometry(t, w, h, c, fit(w, h, c.sizing, c.rows))
	})
}

// fitCase is a source and what a preset says of its size.
type fitCase struct {
	coded  media.Size
	sar    media.Rational
	sizing transcode.Sizing
	rows   int
}

// drawFit draws a source with sides of shortest to longest and samples of at most
// so many times the width or height.
func drawFit(t *rapid.T, shortest, longest int, sar int64) fitCase {
	policies := []transcode.SizingPolicy{transcode.Fit, transcode.Fill, transcode.Stretch, transcode.Keep,
		transcode.ShrinkToFit, transcode.ShrinkToFill}
	shapes := []media.Rational{{}, {Num: 1, Den: 1}, {Num: 4, Den: 3}, {Num: 16, Den: 9}}
	return fitCase{
		coded: size(rapid.IntRange(shortest, longest).Draw(t, "width"), rapid.IntRange(shortest, longest).Draw(t, "height")),
		sar:   media.NewRational(rapid.Int64Range(1, sar).Draw(t, "sar"), rapid.Int64Range(1, sar).Draw(t, "to")),
		sizing: transcode.Sizing{
			Max:        size(2*rapid.IntRange(16, 2048).Draw(t, "maxWidth"), 2*rapid.IntRange(16, 1536).Draw(t, "maxHeight")),
			Policy:     rapid.SampledFrom(policies).Draw(t, "policy"),
			Pad:        rapid.Bool().Draw(t, "pad"),
			KeepSource: rapid.Bool().Draw(t, "keep"),
			Aspect:     rapid.SampledFrom(shapes).Draw(t, "aspect"),
		},
		rows: rapid.SampledFrom([]int{2, 4}).Draw(t, "rows"),
	}
}

func checkGeometry(t *rapid.T, w, h media.Rational, c fitCase, g geometry) {
	s := c.sizing
	for _, n := range []int{g.Scaled.Width, g.Scaled.Height, g.Crop.Width, g.Crop.Height, g.CropX, g.CropY, g.Frame.Width,
		g.Frame.Height, g.PadX, g.PadY} {
		if n%2 != 0 || n < 0 {
			t.Fatalf("%+v: %d is odd or negative", g, n)
		}
	}
	if g.Frame.Height%c.rows != 0 {
		t.Fatalf("%+v is not a multiple of %d rows", g, c.rows)
	}
	if g.Frame.Width > s.Max.Width || g.Frame.Height > s.Max.Height || g.Frame.Width < 2 || g.Frame.Height < 2 {
		t.Fatalf("%+v is beyond the limits %s", g, s.Max)
	}
	if g.CropX+g.Crop.Width > g.Scaled.Width || g.CropY+g.Crop.Height > g.Scaled.Height ||
		g.PadX+g.Crop.Width > g.Frame.Width || g.PadY+g.Crop.Height > g.Frame.Height {
		t.Fatalf("%+v has a part outside of the whole", g)
	}
	for _, left := range []int{g.Scaled.Width - g.Crop.Width - 2*g.CropX, g.Scaled.Height - g.Crop.Height - 2*g.CropY,
		g.Frame.Width - g.Crop.Width - 2*g.PadX, g.Frame.Height - g.Crop.Height - 2*g.PadY} {
		if left < 0 || left > 2 {
			t.Fatalf("%+v is not centred", g)
		}
	}
	policy, stretched := s.Policy, s.Policy == transcode.Stretch && !s.KeepSource
	if s.KeepSource {
		policy = transcode.ShrinkToFit
	}
	exact := s.Pad && !s.KeepSource || policy == transcode.Stretch || policy == transcode.Fill && s.Aspect.IsZero()
	if full := size(s.Max.Width, s.Max.Height/c.rows*c.rows); exact && g.Frame != full {
		t.Fatalf("%+v is not exactly %s", g, full)
	}
	shrinks := policy == transcode.Keep || policy == transcode.ShrinkToFit || policy == transcode.ShrinkToFill
	if even := wholeSize(w, h, c.rows); shrinks && (g.Scaled.Width > even.Width || g.Scaled.Height > even.Height) {
		t.Fatalf("%+v is larger than the source, %s", g, even)
	}
	if !stretched && (policy == transcode.Fit || policy == transcode.ShrinkToFit) && g.Crop != g.Scaled {
		t.Fatalf("%+v cuts off a part", g)
	}
}

// TestFitInFFmpeg scales white frames by random geometries and looks where the
// white is: 20 of them, or 200 with REELASTIC_SOAK set.
func TestFitInFFmpeg(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	cases := 20
	if os.Getenv("REELASTIC_SOAK") != "" {
		cases = 200
	}
	cases -= len(extremeFits)
	generator := rapid.Custom(func(t *rapid.T) fitCase { return drawFit(t, 8, 3072, 8) })
	all := slices.Clone(extremeFits)
	for i := range cases {
		all = append(all, generator.Example(i))
	}
	for _, c := range all {
		w, h := displaySize(c.coded, c.sar)
		g := fit(w, h, c.sizing, c.rows)
		filters := fmt.Sprintf("format=yuv444p,crop=%d:%d,setsar=%s,%s", c.coded.Width, c.coded.Height, c.sar,
			g.filters(c.coded, "", "yuv420p", media.Rational{}))
		gray := call(t, t.TempDir(), "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
			"color=white:r=1:d=1:s="+even(c.coded).String(),
			"-vf", filters, "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-")
		if len(gray) != int(pixels(g.Frame)) {
			t.Errorf("%+v: %d pixels, want %+v", c, len(gray), g)
			continue
		}
		if got, want := whitePart(gray, g.Frame.Width), (rectangle{X: g.PadX, Y: g.PadY, Size: g.Crop}); got != want {
			t.Errorf("%+v: the picture is at %+v, want %+v", c, got, want)
		}
	}
}

// extremeFits are shapes that once needed gigabytes, or that round to nothing.
var extremeFits = []fitCase{
	{size(16, 4000), whole(1), transcode.Sizing{Max: size(4096, 96), Policy: transcode.Fill}, 2},
	{size(4000, 16), whole(1), transcode.Sizing{Max: size(128, 3072), Policy: transcode.Fill}, 2},
	{size(4096, 1600), whole(1), transcode.Sizing{Max: size(32, 32), Policy: transcode.Stretch}, 2},
	{size(8, 8), whole(1), transcode.Sizing{Max: size(4096, 3072), Policy: transcode.Fill}, 4},
	{size(16, 4000), whole(1), transcode.Sizing{Max: size(400, 288), Policy: transcode.Fit}, 4},
	{size(321, 241), media.Rational{Num: 64, Den: 45},
		transcode.Sizing{Max: size(640, 480), Policy: transcode.ShrinkToFill, Pad: true}, 2},
}

// even is a size that holds an odd one.
func even(s media.Size) media.Size { return size(s.Width+s.Width%2, s.Height+s.Height%2) }

// whitePart is the rectangle of the bright pixels.
func whitePart(gray string, width int) rectangle {
	left, top, right, bottom := width, len(gray)/width, 0, 0
	for i := range len(gray) {
		if gray[i] > 128 {
			x, y := i%width, i/width
			left, top, right, bottom = min(left, x), min(top, y), max(right, x+1), max(bottom, y+1)
		}
	}
	return rectangle{X: left, Y: top, Size: size(right-left, bottom-top)}
}
