package plan

import (
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// recolouring is how the frames of a source get the colours of an output.
type recolouring struct {
	// before and after are stages on either side of the sizing; "" for none.
	before, after string
	// scaler are the options of its scaler, format is what it ends with.
	scaler, format string
	// pixels are those of a frame that zscale converts, or this output's share of them
	// where it shares the work; 0 for none.
	pixels int64
}

// recolourGoal is what frames are to become.
type recolourGoal struct {
	colours     colours
	pixelFormat string
	size        media.Size
	conversion  transcode.ColorConversion
}

// recolour settles how a source's frames p get an output's colours.
func recolour(req Request, goal recolourGoal, s sourceColours, p frame) recolouring {
	matrix, format := goal.colours.matrix, goal.pixelFormat
	switch {
	case s.special() && s.convertible(req.Caps):
		return reshade(req, goal, s, p)
	case s.plain() && goal.conversion == transcode.ConvertTo601:
		s.matrix = bt709.matrix
	case s.plain() && goal.conversion == transcode.ConvertTo709:
		s.matrix = bt601.matrix
	}
	to := recolouring{scaler: s.scaler(matrix, format), format: format}
	if !s.rgb && !isRGB(format) {
		to.after = rematrix(s.matrix, matrix)
	}
	return to
}

// reshade settles the same where zscale converts the colours.
func reshade(req Request, goal recolourGoal, s sourceColours, p frame) recolouring {
	matrix, format, deep := goal.colours.matrix, goal.pixelFormat, s.deep()
	into := s.scaler(s.matrix, deep)
	sum, first := convertedFirst(req, p)
	if !first {
		return recolouring{scaler: into, format: deep, after: s.convert(matrix, format), pixels: pixels(goal.size)}
	}
	return recolouring{
		before: "scale=flags=bicubic" + into + ",format=" + deep + "," + s.convert(matrix, deepYUV),
		scaler: sourceColours{colours: goal.colours}.scaler(matrix, format),
		format: format,
		pixels: pixels(p.coded) * pixels(goal.size) / sum,
	}
}

// exactly are flags of the scaler, after others, without which white becomes 253.
const exactly = "+accurate_rnd+full_chroma_int"

// scaler are the scaler's options, after its flags, that make frames of a matrix and a
// format of these. From YUV to YUV it leaves the matrix to [rematrix].
func (s sourceColours) scaler(matrix, format string) string {
	own := scalerMatrix(s.matrix)
	switch {
	case s.rgb && isRGB(format):
		return ""
	case s.rgb:
		return fmt.Sprintf("%s:out_color_matrix=%s:out_range=tv", exactly, scalerMatrix(matrix))
	case isRGB(format):
		return exactly + ":in_color_matrix=" + own
	}
	return fmt.Sprintf(":in_color_matrix=%[1]s:out_color_matrix=%[1]s:out_range=tv", own)
}

// scalerMatrix is the scaler's name of a matrix. A rare one that is kept needs none:
// with equal names the scaler leaves the matrix alone.
func scalerMatrix(matrix string) string {
	if name := plainMatrices[matrix]; name != "" {
		return name
	}
	if name := otherMatrices[matrix]; name != "" {
		return name
	}
	return bt709.matrix
}

// nameless gives frames of YUV whose matrix, as they name it, the scaler does not know
// the name that it is told: since ffmpeg 7.1 it refuses others. "" where it knows it.
func nameless(matrix, format string) string {
	switch _, known := otherMatrices[matrix]; {
	case known, matrix == "", matrix == "gbr", plainMatrices[matrix] != "", isRGB(format):
		return ""
	}
	return said("colorspace=" + scalerMatrix(matrix))
}

// rematrix gives YUV another matrix, "" where it has it or nothing can. The scaler would
// be slow or inexact; the curves and primaries, which the filter asks for, stay as they are.
func rematrix(from, to string) string {
	if scalerMatrix(from) == scalerMatrix(to) || slices.Contains(rareMatrices, from) {
		return ""
	}
	return fmt.Sprintf("colorspace=ispace=%s:space=%s:irange=tv:range=tv:"+
		"iprimaries=bt709:primaries=bt709:itrc=bt709:trc=bt709:fast=1", from, to)
}
