package plan

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// recolouring is how the pictures of a source get the colours of an output.
type recolouring struct {
	// before and after are stages on either side of the sizing; "" for none.
	before, after string
	// scaler are the options of its scaler, format is what it ends with.
	scaler, format string
}

// deep is the format in which colours are converted: of ten bits, and, since zscale
// refuses an odd line of 4:2:0, with as many colours as pixels.
const deep = "yuv444p10le"

// recolour settles how a source's pictures p get the output's colours.
func (r *rendition) recolour(req Request, s sourceColours, p picture) recolouring {
	matrix, format := r.colours.matrix, r.pixelFormat
	switch c := r.Video.Conversion; {
	case s.special() && s.convertible(req.Caps):
		into := s.scaler(s.matrix, deep)
		if !convertedFirst(req, p) {
			return recolouring{scaler: into, format: deep, after: s.convert(matrix, format)}
		}
		before := "scale=flags=bicubic" + into + ",format=" + deep + "," + s.convert(matrix, deep)
		return recolouring{before: before, scaler: sourceColours{colours: r.colours}.scaler(matrix, format), format: format}
	case s.plain() && c == transcode.ConvertTo601:
		s.matrix = bt709.matrix
	case s.plain() && c == transcode.ConvertTo709:
		s.matrix = bt601.matrix
	}
	return recolouring{scaler: s.scaler(matrix, format), format: format}
}

// scaler are the scaler's options that make pictures of a matrix and a format. It
// knows no rare matrices: what has one keeps it.
func (s sourceColours) scaler(matrix, format string) string {
	into, rgb := scalerMatrix(matrix), format == "rgb24"
	switch {
	case s.rgb && rgb:
		return ""
	case s.rgb:
		return fmt.Sprintf(":out_color_matrix=%s:out_range=tv", into)
	case rgb:
		return ":in_color_matrix=" + scalerMatrix(s.matrix)
	}
	return fmt.Sprintf(":in_color_matrix=%s:out_color_matrix=%s:out_range=tv", scalerMatrix(s.matrix), into)
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

// White of SDR is the reference white of HDR, 203 cd/m² (ITU-R BT.2408); HDR is taken to
// reach 1000. Up to 0.46 of white all stays as it is, and the rest bends so that
// 1000 comes to lie on white, close to ITU-R BT.2390.
const (
	referenceWhite = 203
	brightest      = 1000.0 / referenceWhite
	knee           = 0.46
)

// convert makes pictures of the format [deep] with these colours into such of SDR
// with the primaries of BT.709, a matrix and a format. The dither keeps the steps of
// eight bits from showing.
func (s sourceColours) convert(matrix, format string) string {
	light := ""
	if s.hdr() {
		light = fmt.Sprintf("t=linear:npl=%d:p=bt709,format=gbrpf32le,tonemap=mobius:param=%g:peak=%.3f:desat=0,zscale=", referenceWhite, knee, brightest)
	}
	names := "m=" + matrix + ":r=tv"
	if format == "rgb24" {
		names = "m=gbr:r=pc"
	}
	return fmt.Sprintf("zscale=min=%s:pin=%s:tin=%s:rin=tv:%sp=bt709:t=bt709:%s:dither=ordered,format=%s",
		s.matrix, s.primaries, s.transfer, light, names, format)
}

// mostConverted bounds the pixels of the pictures that are converted as they come from
// the source, since each needs twelve bytes, several times over.
const mostConverted = 4 << 20

// convertedFirst tells that converting the colours of the source's pictures is less work
// than converting each size that outputs make of them. An output of the same size as
// another shares its work.
func convertedFirst(req Request, p picture) bool {
	sizes, sum := map[media.Size]bool{}, int64(0)
	for _, out := range req.Job.Outputs {
		if v := out.Preset.Video; v != nil {
			if size := p.fit(*v).Frame; !sizes[size] {
				sizes[size], sum = true, sum+pixels(size)
			}
		}
	}
	return sum > pixels(p.coded) && pixels(p.coded) <= mostConverted
}

// unconverted is what is said of colours that stay as they are for want of filters.
func (s sourceColours) unconverted() string {
	what := "a wide range of colours"
	if s.hdr() {
		what = "HDR (" + s.transfer + ")"
	}
	return "The video of the input file is " + what + ", and the colours were kept as they are: converting them needs an ffmpeg with zscale and tonemap."
}

// baseLayer is the transfer function of what Dolby Vision is laid over, as the stream
// says that other players show it; "" when it is SDR, or when nothing is said.
func baseLayer(v media.VideoStream) string {
	switch {
	case v.DolbyVision == 0:
		return ""
	case v.Compatible == 1 || v.Compatible == 6:
		return pq
	case v.Compatible == 4:
		return hlg
	}
	return ""
}

// unshown tells colours that nothing installed can read: Dolby Vision whose base layer
// is compatible with nothing (profile 5, and 10 of AV1 in one of its forms).
func unshown(v media.VideoStream) *transcode.Failure {
	if v.DolbyVision == 5 || v.DolbyVision > 7 && v.Compatible == 0 {
		return transcode.UnsupportedCodec(fmt.Sprintf("Dolby Vision of profile %d, without a picture that other decoders can show", v.DolbyVision))
	}
	return nil
}
