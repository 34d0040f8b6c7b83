package plan

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
)

// What converting a pixel with zscale takes: bytes, and nanoseconds of a processor.
// Both are measured.
const (
	convertBytes  = 48
	convertEffort = 16
)

// deep is the format in which colours are converted: of more bits than any source, and,
// since zscale refuses an odd line of 4:2:0, with as many colours as pixels.
func (s sourceColours) deep() string {
	if s.rgb {
		return "gbrp12le"
	}
	return deepYUV
}

const deepYUV = "yuv444p12le"

// White of SDR is the reference white of HDR, 203 cd/m² (ITU-R BT.2408); HDR is taken to
// reach 1000. Up to 0.46 of white all stays as it is, and the rest bends so that
// 1000 comes to lie on white, close to ITU-R BT.2390.
const (
	referenceWhite = 203
	brightest      = 1000.0 / referenceWhite
	knee           = 0.46
)

// convert makes frames of these colours, in their [sourceColours.deep] format, into
// such of SDR with the primaries of BT.709, a matrix and a format. The dither keeps the
// steps of eight bits from showing.
func (s sourceColours) convert(matrix, format string) string {
	light := ""
	if s.hdr() {
		light = fmt.Sprintf("t=linear:npl=%d:p=bt709,format=gbrpf32le,"+
			"tonemap=mobius:param=%g:peak=%.3f:desat=0,zscale=",
			referenceWhite, knee, brightest)
	}
	from, into := "min="+s.matrix+":rin=tv", "m="+matrix+":r=tv"
	switch {
	case s.rgb:
		from = "min=gbr:rin=pc"
	case s.matrix == "smpte240m":
		from = "min=7:rin=tv" // whose name is misspelt there
	}
	if isRGB(format) {
		into = "m=gbr:r=pc"
	}
	return fmt.Sprintf("zscale=%s:pin=%s:tin=%s:%sp=bt709:t=bt709:%s:dither=ordered,format=%s",
		from, s.primaries, s.transfer, light, into, format)
}

// mostConverted bounds the pixels of the frames that are converted as they come from
// the source, since each needs twelve bytes, several times over.
const mostConverted = 4 << 20

// convertedFirst reports that converting the colours of the source's frames is less work
// than converting each size that outputs make of them, whose pixels it adds up. An
// output of the same size as another shares its work.
func convertedFirst(req Request, p frame) (sum int64, first bool) {
	sizes := map[media.Size]bool{}
	for _, out := range req.Job.Outputs {
		if v := out.Preset.Video; v != nil {
			if size := p.fit(*v).Frame; !sizes[size] {
				sizes[size], sum = true, sum+pixels(size)
			}
		}
	}
	return sum, sum > pixels(p.coded) && pixels(p.coded) <= mostConverted
}

// unconverted is what is said of colours that stay as they are for want of filters.
func (s sourceColours) unconverted() string {
	what := "a rare or wide space (" + s.primaries + ", " + s.matrix + ")"
	if s.hdr() {
		what = "HDR (" + s.transfer + ")"
	}
	return "The video of the input file has the colours of " + what + ", which were kept as they are: " +
		"converting them needs an ffmpeg with zscale and tonemap."
}
