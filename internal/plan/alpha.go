package plan

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// moreThanEightBits are the formats with alpha of more than 8 bits a value.
var moreThanEightBits = regexp.MustCompile(`(^rgba|^bgra|^ya|p)(9|10|12|14|16|32|64)`)

// overBlack lays transparent frames over black, as players do, before anything
// mixes the pixels that show with those that do not. "" for opaque ones. The range is
// named because the filter takes black for 0 where none is; and the result is said to be
// as the source was, or it would be made so again.
func overBlack(v media.VideoStream, caps media.Caps) string {
	format, opaque, full := "gbrap", "gbrp", true
	switch {
	case v.Alpha || strings.HasPrefix(v.PixFmt, "yuva"):
		format, opaque, full = "yuva444p", "yuv444p", v.Range == "pc"
	case !hasAlpha(v.PixFmt):
		return ""
	}
	if moreThanEightBits.MatchString(v.PixFmt) {
		format, opaque = format+"16le", opaque+"16le"
	}
	r := "tv"
	if full {
		r = "pc"
	}
	multiplied := "premultiply=inplace=1"
	if caps.AlphaModes() {
		multiplied += ",setparams=alpha_mode=straight"
	}
	return fmt.Sprintf("format=%s,setparams=range=%s,%s,format=%s", format, r, multiplied, opaque)
}

// hasAlpha reports whether a format has transparency, those with a palette included.
func hasAlpha(format string) bool {
	for _, start := range []string{"rgba", "bgra", "argb", "abgr", "gbrap", "yuva", "ya8", "ya16", "pal8"} {
		if strings.HasPrefix(format, start) {
			return true
		}
	}
	return false
}

// alphaIgnored is said where transparent parts show what lies beneath them.
const alphaIgnored = "The video of the input file is transparent in parts, and these show what lies beneath: " +
	"reading them needs an ffmpeg with libvpx."

// alphaDecoders are the decoders that read transparency that is coded beside the frames.
var alphaDecoders = map[string]string{"vp8": "libvpx", "vp9": "libvpx-vp9"}

// alphaDecoder names the decoder that reads a stream's transparency, where the
// default one would not; nil without.
func alphaDecoder(caps media.Caps, v media.VideoStream) []string {
	if name := alphaDecoders[v.Codec]; v.Alpha && caps.Decoders[name] {
		return []string{fmt.Sprintf("-c:%d", v.Index), name}
	}
	return nil
}
