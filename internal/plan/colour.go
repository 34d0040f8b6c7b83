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
	{Num: 24000, Den: 1001}, {Num: 24, Den: 1}, {Num: 25, Den: 1},
	{Num: 30000, Den: 1001}, {Num: 50, Den: 1}, {Num: 60, Den: 1},
}

// standard and high are the frame sizes between which the mode Auto converts.
var (
	standard = []media.Size{{Width: 720, Height: 480}, {Width: 720, Height: 576}}
	high     = []media.Size{{Width: 1920, Height: 1080}}
)

// conversion is what is done to the colour matrix: the mode of the preset, or
// what Auto comes to for a source of a size. "" when the preset does not say.
func conversion(mode transcode.ColorConversion, s videoScene, source media.Size) transcode.ColorConversion {
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

// colours is what the numbers of frames mean, in ffmpeg's and ffprobe's names.
type colours struct{ matrix, primaries, transfer string }

// bt709 and bt601 are the colours of HD and of older video.
var (
	bt709 = colours{"bt709", "bt709", "bt709"}
	bt601 = colours{"smpte170m", "smpte170m", "smpte170m"}
)

// matrixOf is the matrix that players assume of an untagged frame of a size.
func matrixOf(s media.Size) string {
	if s.Width >= 1280 || s.Height >= 720 {
		return bt709.matrix
	}
	return bt601.matrix
}

// tags name the colours, as options of the filter setparams.
func (c colours) tags() []string {
	return []string{"colorspace=" + c.matrix, "color_primaries=" + c.primaries, "color_trc=" + c.transfer, "range=tv"}
}

// named gives frames of a format the names of their colours, so that no filter
// that follows, and no later ffmpeg, takes them for others. "" for RGB.
func (c colours) named(format string) string {
	if isRGB(format) {
		return ""
	}
	return said(c.tags()...)
}

// said is the filter that says things of frames without changing them, by its
// options; "" for none. Encoders go by what the frames say: since ffmpeg 7 before
// their own options.
func said(options ...string) string {
	if len(options) == 0 {
		return ""
	}
	return "setparams=" + strings.Join(options, ":")
}

// isRGB reports whether a pixel format is of red, green and blue.
func isRGB(format string) bool {
	return slices.ContainsFunc(rgbFormats, func(start string) bool { return strings.HasPrefix(format, start) })
}

// rgbFormats are the beginnings of their names. Grey with alpha is one of them, since it
// becomes RGB when it is laid over black.
var rgbFormats = []string{"rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2rgb", "x2bgr",
	"pal8", "xyz", "bayer", "ya8", "ya16"}

// The transfer functions of HDR, PQ (SMPTE ST 2084) and HLG (ARIB STD-B67), and none.
const (
	pq     = "smpte2084"
	hlg    = "arib-std-b67"
	linear = "linear"
)
