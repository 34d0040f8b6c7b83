package plan

import (
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// geometry is how one image becomes another: scaled, then cropped around the
// centre, then centred on a frame. All numbers are even, since 4:2:0 has one
// colour sample for two pixels each way.
type geometry struct {
	// Scaled is the size after scaling.
	Scaled media.Size
	// Crop is the part kept of it; CropX and CropY are its left upper corner.
	Crop         media.Size
	CropX, CropY int
	// Frame is the size of the result; PadX and PadY place the image in it.
	Frame      media.Size
	PadX, PadY int
}

// displaySize is the size of an image with square pixels: the side that the
// sample aspect ratio stretches grows, the other one stays.
func displaySize(coded media.Size, sar media.Rational) (w, h media.Rational) {
	w, h = whole(coded.Width), whole(coded.Height)
	if sar.IsZero() {
		return w, h
	}
	if sar.Cmp(whole(1)) >= 0 {
		return w.Mul(sar), h
	}
	return w, h.Div(sar)
}

// fit computes the geometry of an image of w by h square pixels under a
// preset's sizing (behaviour 3.5). Where the sizing has an Aspect, the policy
// works on the image with the bars that give it that shape. The heights are
// multiples of rows, 2 or 4.
func fit(w, h media.Rational, s transcode.Sizing, rows int) geometry {
	limit, policy, pad := s.Max, s.Policy, s.Pad
	limit.Height -= limit.Height % rows
	if s.KeepSource {
		policy, pad = transcode.ShrinkToFit, false
	}
	if policy == transcode.Stretch {
		return geometry{Scaled: limit, Crop: limit, Frame: limit}
	}
	shapedW, shapedH := shaped(w, h, s.Aspect)
	scale := scaleFactor(shapedW, shapedH, limit, policy)
	g := geometry{Scaled: wholeSize(w.Mul(scale), h.Mul(scale), rows)}
	g.Frame = within(wholeSize(shapedW.Mul(scale), shapedH.Mul(scale), rows), limit)
	g.Crop = within(g.Scaled, g.Frame)
	if policy == transcode.Fit || policy == transcode.ShrinkToFit {
		g.Scaled = g.Crop // rounding up may have passed the limit by a pixel
	}
	if pad {
		g.Frame = limit
	}
	g.CropX, g.CropY = evenHalf(g.Scaled.Width-g.Crop.Width), evenHalf(g.Scaled.Height-g.Crop.Height)
	g.PadX, g.PadY = evenHalf(g.Frame.Width-g.Crop.Width), evenHalf(g.Frame.Height-g.Crop.Height)
	return g
}

// largestFrame is the pixels of the largest frame that a preset can ask for.
const largestFrame = 4096 * 3072

// part is what of a source image is scaled. An image of an extreme shape that
// fills another one would be scaled to hundreds of megabytes of which little is
// kept: where that is more than any frame of an output, the rest is cut off before.
func (g geometry) part(from media.Size) media.Size {
	if pixels(g.Scaled) <= largestFrame {
		return from
	}
	return media.Size{
		Width:  partOf(from.Width, g.Scaled.Width, g.Crop.Width),
		Height: partOf(from.Height, g.Scaled.Height, g.Crop.Height),
	}
}

// partOf is the even part of a side, around its middle, from which scaling makes
// the kept length or a little more.
func partOf(side, scaled, kept int) int {
	need := media.NewRational(int64(side)*int64(kept), int64(scaled))
	return min(side, 2*int(need.Div(whole(2)).RoundHalfUp())+2)
}

// halfway is the size to which an image is reduced before the scaling proper,
// whose filter has 256 taps at the most: four for each line that it takes in, and
// twice that where the colours are halved as well. It is the image's own size
// where that is not needed.
func halfway(from, to media.Size) media.Size {
	const most, left = 24, 16
	if from.Width > most*to.Width {
		from.Width = left * to.Width
	}
	if from.Height > most*to.Height {
		from.Height = left * to.Height
	}
	return from
}

// ofPart is the geometry for a part of the source, which leads to the same frame.
func (g geometry) ofPart(from, part media.Size) geometry {
	scaled := func(side, part, from int) int {
		return nearest(media.NewRational(int64(side)*int64(part), int64(from)), 2)
	}
	g.Scaled.Width = max(g.Crop.Width, scaled(g.Scaled.Width, part.Width, from.Width))
	g.Scaled.Height = max(g.Crop.Height, scaled(g.Scaled.Height, part.Height, from.Height))
	g.CropX, g.CropY = evenHalf(g.Scaled.Width-g.Crop.Width), evenHalf(g.Scaled.Height-g.Crop.Height)
	return g
}

// shaped is the smallest image of an aspect ratio that holds w by h; w by h
// itself when the ratio is zero.
func shaped(w, h, aspect media.Rational) (media.Rational, media.Rational) {
	switch {
	case aspect.IsZero():
		return w, h
	case w.Div(h).Cmp(aspect) > 0:
		return w, w.Div(aspect)
	}
	return h.Mul(aspect), h
}

// scaleFactor is the factor of a policy, the same for both sides.
func scaleFactor(w, h media.Rational, limit media.Size, policy transcode.SizingPolicy) media.Rational {
	one := whole(1)
	x, y := whole(limit.Width).Div(w), whole(limit.Height).Div(h)
	switch policy {
	case transcode.Fill:
		return larger(x, y)
	case transcode.Keep:
		return one
	case transcode.ShrinkToFit:
		return smaller(one, smaller(x, y))
	case transcode.ShrinkToFill:
		return smaller(one, larger(x, y))
	default: // Fit; Stretch has no common factor
		return smaller(x, y)
	}
}

// wholeSize has an even width and a height that is a multiple of rows.
func wholeSize(w, h media.Rational, rows int) media.Size {
	return media.Size{Width: nearest(w, 2), Height: nearest(h, rows)}
}

func within(s, limit media.Size) media.Size {
	return media.Size{Width: min(s.Width, limit.Width), Height: min(s.Height, limit.Height)}
}

// nearest rounds to the nearest multiple of n, ties upward, at least n.
func nearest(r media.Rational, n int) int {
	return max(n, n*int(r.Div(whole(n)).RoundHalfUp()))
}

// evenHalf is half of an even difference, rounded down to an even offset.
func evenHalf(difference int) int { return difference / 4 * 2 }

// pixels is how many a frame of a size has.
func pixels(s media.Size) int64 { return int64(s.Width) * int64(s.Height) }

func whole(n int) media.Rational { return media.Rational{Num: int64(n), Den: 1} }

func smaller(a, b media.Rational) media.Rational {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

func larger(a, b media.Rational) media.Rational {
	if b.Cmp(a) > 0 {
		return b
	}
	return a
}
