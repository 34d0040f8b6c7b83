package transcode

import (
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// Watermark is a place for a graphic that a preset defines.
type Watermark struct {
	ID string
	// MaxWidth and MaxHeight bound the graphic; a percentage is of the target.
	MaxWidth, MaxHeight Length
	// Policy is [Fit], [Stretch] or [ShrinkToFit].
	Policy SizingPolicy
	// Horizontal is "Left", "Right" or "Center", Vertical "Top", "Bottom" or "Center".
	Horizontal, Vertical string
	// X and Y are how far the graphic is from the edge that it is aligned to; they
	// mean nothing at the centre.
	X, Y Length
	// Opacity is 0 to 1, and multiplies the graphic's own.
	Opacity media.Rational
	// Frame tells that the target is the whole frame, with its bars; else it is the
	// picture without them.
	Frame bool
}

// Length is a number of pixels, or a part of a side when Part is not zero.
type Length struct {
	Pixels int
	// Part is of the whole: 1/10 is "10%".
	Part media.Rational
}

// Of is the length in pixels, not yet rounded, along a side.
func (l Length) Of(side int) media.Rational {
	if l.Part.IsZero() {
		return media.NewRational(int64(l.Pixels), 1)
	}
	return l.Part.Mul(media.NewRational(int64(side), 1))
}

// watermark reads a definition that [checkWatermark] has passed. What it leaves
// out is as in every system preset, but in the corner and at its own size.
func watermark(m api.PresetWatermark) Watermark {
	w := Watermark{
		ID: text(m.Id), MaxWidth: length(m.MaxWidth, "100%"), MaxHeight: length(m.MaxHeight, "100%"),
		Policy: ShrinkToFit, Horizontal: "Left", Vertical: "Top",
		X: length(m.HorizontalOffset, "0px"), Y: length(m.VerticalOffset, "0px"),
		Opacity: media.NewRational(1, 1), Frame: text(m.Target) == "Frame",
	}
	if policy := text(m.SizingPolicy); policy != "" {
		w.Policy = SizingPolicy(policy)
	}
	if align := text(m.HorizontalAlign); align != "" {
		w.Horizontal = align
	}
	if align := text(m.VerticalAlign); align != "" {
		w.Vertical = align
	}
	if opacity := text(m.Opacity); opacity != "" {
		w.Opacity = rational(opacity).Div(media.NewRational(100, 1))
	}
	return w
}

func length(value *string, otherwise string) Length {
	s := text(value)
	if s == "" {
		s = otherwise
	}
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		if part := rational(percent); !part.IsZero() {
			return Length{Part: part.Div(media.NewRational(100, 1))}
		}
		return Length{}
	}
	return Length{Pixels: int(rational(strings.TrimSuffix(s, "px")).Num)}
}
