package plan

import (
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// convertedRates are the frame rates at which the mode Auto converts (API model,
// CodecOptions ColorSpaceConversionMode).
var convertedRates = []media.Rational{
	{Num: 24000, Den: 1001}, {Num: 24, Den: 1}, {Num: 25, Den: 1}, {Num: 30000, Den: 1001}, {Num: 50, Den: 1}, {Num: 60, Den: 1},
}

// standard and high are the picture sizes between which the mode Auto converts.
var (
	standard = []media.Size{{Width: 720, Height: 480}, {Width: 720, Height: 576}}
	high     = []media.Size{{Width: 1920, Height: 1080}}
)

// conversion is what is done to the colour matrix: the mode of the preset, or
// what Auto comes to for a source of a size. "" when the preset does not say.
func conversion(mode transcode.ColorConversion, s scene, source media.Size) transcode.ColorConversion {
	if mode != transcode.ConvertAuto {
		return mode
	}
	if !s.scan.Interlaced() || s.segmentSeconds != "" || !slices.Contains(convertedRates, s.rate) {
		return transcode.ConvertNone
	}
	switch {
	case slices.Contains(standard, source) && slices.Contains(high, s.size):
		return transcode.ConvertTo709
	case slices.Contains(high, source) && slices.Contains(standard, s.size):
		return transcode.ConvertTo601
	}
	return transcode.ConvertNone
}

// colours is how the colours of a picture are written.
type colours struct {
	// matrix is ffmpeg's name of the matrix; "" leaves it to the file's own tags.
	matrix string
	// scaler holds options of the scaler that convert; "" for none.
	scaler string
	// tags name the result, as options of the filter setparams.
	tags []string
}

// converted are the colours after a conversion of a picture whose matrix is
// assumed as in [picture].
func converted(c transcode.ColorConversion, assumed string) colours {
	var from, to, name string
	switch c {
	case transcode.ConvertTo601:
		from, to, name = "bt709", "bt601", "smpte170m"
	case transcode.ConvertTo709:
		from, to, name = "bt601", "bt709", "bt709"
	default:
		return colours{matrix: assumed}
	}
	return colours{matrix: to, scaler: ":in_color_matrix=" + from + ":out_color_matrix=" + to,
		tags: []string{"colorspace=" + name, "color_primaries=" + name, "color_trc=" + name, "range=tv"}}
}

// into are the scaler's options for a picture of a pixel format.
func (c colours) into(format string) string {
	if c.scaler == "" && format == "rgb24" && c.matrix != "" {
		return ":in_color_matrix=" + c.matrix
	}
	return c.scaler
}

// marked is the filter that says things of pictures without changing them, by its
// options; "" for none. Encoders go by what the pictures say: since ffmpeg 7 before
// their own options.
func marked(options ...string) string {
	if len(options) == 0 {
		return ""
	}
	return "setparams=" + strings.Join(options, ":")
}
