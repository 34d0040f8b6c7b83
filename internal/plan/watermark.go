package plan

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// rectangle is a part of a frame, in pixels from its left upper corner.
type rectangle struct {
	X, Y int
	Size media.Size
}

// content is where the geometry leaves the image within the frame.
func (g geometry) content() rectangle { return rectangle{g.PadX, g.PadY, g.Crop} }

// whole is the frame itself.
func (g geometry) whole() rectangle { return rectangle{Size: g.Frame} }

// placed is where an image of a size comes to lie (behaviour 3.7). Parts outside
// of the frame are cut off.
func placed(w transcode.Watermark, image media.Size, target rectangle) rectangle {
	limit := media.Size{
		Width:  max(1, int(w.MaxWidth.Of(target.Size.Width).RoundHalfUp())),
		Height: max(1, int(w.MaxHeight.Of(target.Size.Height).RoundHalfUp())),
	}
	size := limit
	if w.Policy != transcode.Stretch {
		s := scaleFactor(whole(image.Width), whole(image.Height), limit, w.Policy)
		size = media.Size{
			Width:  max(1, int(whole(image.Width).Mul(s).RoundHalfUp())),
			Height: max(1, int(whole(image.Height).Mul(s).RoundHalfUp())),
		}
	}
	return rectangle{
		X:    target.X + aligned(w.Horizontal, w.X, size.Width, target.Size.Width),
		Y:    target.Y + aligned(w.Vertical, w.Y, size.Height, target.Size.Height),
		Size: size,
	}
}

// aligned is how far an image begins after the beginning of a side.
func aligned(align string, offset transcode.Length, length, side int) int {
	switch align {
	case "Right", "Bottom":
		return side - length - int(offset.Of(side).RoundHalfUp())
	case "Center":
		return (side - length) / 2
	}
	return int(offset.Of(side).RoundHalfUp())
}

// imageArgs read an image as an input.
func imageArgs(image int) []string { return imageInput(fmt.Sprintf("g%d.png", image)) }

// watermark is a watermark of an output with its place settled.
type watermark struct {
	image   int
	at      rectangle
	opacity media.Rational
}

// decideWatermarks settles where an output's watermarks lie on a frame.
func decideWatermarks(req Request, spec transcode.OutputSpec, g geometry) ([]watermark, *transcode.Failure) {
	var all []watermark
	for _, w := range spec.Watermarks {
		image := req.Images[w.Image]
		if image.Failure != nil {
			return nil, image.Failure
		}
		target := g.content()
		if w.Frame {
			target = g.whole()
		}
		all = append(all, watermark{w.Image, placed(w.Watermark, image.Size, target), w.Opacity})
	}
	return all, nil
}

// overlays are how a watermark is laid over frames of a format: overlay's name of the
// format, and the one that the watermark has for it. Left to themselves filters would give
// it the colours of older video.
var overlays = map[string]struct{ format, watermark string }{
	"yuv420p":     {"yuv420", "yuva420p"},
	"yuv422p":     {"yuv422", "yuva422p"},
	"yuv444p":     {"yuv444", "yuva444p"},
	"yuv420p10le": {"yuv420p10", "yuva420p10le"},
	"yuv444p10le": {"yuv444", "yuva444p"}, // it knows no deeper one
	"rgb24":       {"rgb", "rgba"},
}

// filters make the image what is laid over frames of a matrix, in a format.
func (w watermark) filters(matrix, format string) string {
	return fmt.Sprintf("format=rgba,scale=%d:%d:flags=bicubic,colorchannelmixer=aa=%.6g,scale=flags=bicubic%s,format=%s",
		w.at.Size.Width, w.at.Size.Height, w.opacity.Float(), sourceColours{rgb: true}.scaler(matrix, format), format)
}

// overlay is the stage that lays the watermark with a label over frames of a format.
func (w watermark) overlay(label, format string) string {
	return fmt.Sprintf("%soverlay=x=%d:y=%d:format=%s", bracket(label), w.at.X, w.at.Y, overlays[format].format)
}
