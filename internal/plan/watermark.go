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

// picture is where the geometry leaves the picture within the frame.
func (g geometry) picture() rectangle { return rectangle{g.PadX, g.PadY, g.Crop} }

// whole is the frame itself.
func (g geometry) whole() rectangle { return rectangle{Size: g.Frame} }

// placed is where a graphic of a size comes to lie (behaviour 3.7). Parts outside
// of the frame are cut off.
func placed(w transcode.Watermark, graphic media.Size, target rectangle) rectangle {
	limit := media.Size{
		Width:  max(1, int(w.MaxWidth.Of(target.Size.Width).RoundHalfUp())),
		Height: max(1, int(w.MaxHeight.Of(target.Size.Height).RoundHalfUp())),
	}
	size := limit
	if w.Policy != transcode.Stretch {
		s := scaleFactor(whole(graphic.Width), whole(graphic.Height), limit, w.Policy)
		size = media.Size{
			Width:  max(1, int(whole(graphic.Width).Mul(s).RoundHalfUp())),
			Height: max(1, int(whole(graphic.Height).Mul(s).RoundHalfUp())),
		}
	}
	return rectangle{
		X:    target.X + aligned(w.Horizontal, w.X, size.Width, target.Size.Width),
		Y:    target.Y + aligned(w.Vertical, w.Y, size.Height, target.Size.Height),
		Size: size,
	}
}

// aligned is how far a graphic begins after the beginning of a side.
func aligned(align string, offset transcode.Length, length, side int) int {
	switch align {
	case "Right", "Bottom":
		return side - length - int(offset.Of(side).RoundHalfUp())
	case "Center":
		return (side - length) / 2
	}
	return int(offset.Of(side).RoundHalfUp())
}

// Image is a picture that outputs use, as the worker has prepared it: the file
// g0.png, g1.png, … by its place in the job, or why there is none.
type Image struct {
	Size    media.Size
	Failure *transcode.Failure
}

// imageArgs read a graphic as an input.
func imageArgs(graphic int) []string {
	return pictureInput(fmt.Sprintf("g%d.png", graphic))
}

// pictureInput reads a PNG file that is our own.
func pictureInput(file string) []string {
	return []string{"-protocol_whitelist", "file", "-format_whitelist", "png_pipe", "-f", "png_pipe", "-i", "file:" + file}
}

// mark is a watermark of an output with its place settled.
type mark struct {
	graphic int
	at      rectangle
	opacity media.Rational
}

// decideMarks settles where an output's watermarks lie on a frame.
func (p *piece) decideMarks(req Request, spec transcode.OutputSpec, g geometry) *transcode.Failure {
	for _, w := range spec.Watermarks {
		graphic := req.Images[w.Image]
		if graphic.Failure != nil {
			return graphic.Failure
		}
		target := g.picture()
		if w.Frame {
			target = g.whole()
		}
		p.marks = append(p.marks, mark{w.Image, placed(w.Watermark, graphic.Size, target), w.Opacity})
	}
	return nil
}

// marked adds the graphics of the output, which are inputs from first on, to a graph
// for piece k of it, p, and returns the stages of the piece's pictures with them.
func (r *rendition) marked(g *graph, p *piece, k, first int) []string {
	stages := p.pictures[:len(p.pictures):len(p.pictures)]
	way := overlays[r.pixelFormat]
	for i, m := range p.marks {
		label := fmt.Sprintf("w%d_%d_%d", r.Index+1, k, i+1)
		g.add("split", bracket(fmt.Sprintf("%d:0", first+i)), []string{m.filters(r.colours.matrix, way.graphic)}, label)
		stages = append(stages, fmt.Sprintf("%soverlay=x=%d:y=%d:format=%s", bracket(label), m.at.X, m.at.Y, way.format))
	}
	if len(p.marks) > 0 {
		stages = append(stages, "format="+r.pixelFormat)
	}
	return stages
}

// overlays are how a graphic is laid over pictures of a format: overlay's name of the
// format, and the one that the graphic has for it. Left to themselves filters would give
// the graphic the colours of older video.
var overlays = map[string]struct{ format, graphic string }{
	"yuv420p":     {"yuv420", "yuva420p"},
	"yuv422p":     {"yuv422", "yuva422p"},
	"yuv444p":     {"yuv444", "yuva444p"},
	"yuv420p10le": {"yuv420p10", "yuva420p10le"},
	"yuv444p10le": {"yuv444", "yuva444p"}, // it knows no deeper one
	"rgb24":       {"rgb", "rgba"},
}

// filters make the graphic what is laid over pictures of a matrix, in a format.
func (m mark) filters(matrix, format string) string {
	return fmt.Sprintf("format=rgba,scale=%d:%d:flags=bicubic,colorchannelmixer=aa=%.6g,scale=flags=bicubic%s,format=%s",
		m.at.Size.Width, m.at.Size.Height, m.opacity.Float(), sourceColours{rgb: true}.scaler(matrix, format), format)
}

// markInputs are the inputs that [piece.marked] refers to, the same for all pieces.
func (r *rendition) markInputs() (args []string) {
	for _, m := range r.pieces[0].marks {
		args = append(args, imageArgs(m.graphic)...)
	}
	return args
}
