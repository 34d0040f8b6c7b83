package plan

import (
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// sourceColours is what the colours of a source are: its tags, and what players assume
// where they say nothing or what can't be.
type sourceColours struct {
	colours
	// rgb tells frames of red, green and blue; the matrix is then the one that
	// they get for filters that know no RGB.
	rgb bool
}

// Plain are the matrices that every player knows: these are kept. Others are converted;
// the scaler has names for them.
var (
	plainMatrices = map[string]string{"bt709": "bt709", "smpte170m": "bt601", "bt470bg": "bt601"}
	otherMatrices = map[string]string{"fcc": "fcc", "smpte240m": "smpte240m", "bt2020nc": "bt2020"}
	// rareMatrices are those that only zscale can convert.
	rareMatrices = []string{"bt2020c", "ycgco", "ictcp", "chroma-derived-nc", "chroma-derived-c"}
)

// Plain are the primaries and transfer functions that players show alike, or nearly
// so. Others are converted.
var (
	plainPrimaries = []string{"bt709", "smpte170m", "bt470bg"}
	otherPrimaries = []string{"bt2020", "smpte431", "smpte432", "film", "bt470m"}
	plainTransfers = []string{"bt709", "smpte170m", "iec61966-2-1"}
)

// coloursOf reads the tags of a stream. Tags that contradict the frames are no
// tags: a matrix on RGB, none on YUV.
func coloursOf(v media.VideoStream) sourceColours {
	s := sourceColours{rgb: isRGB(v.PixFmt), colours: colours{v.Space, v.Primaries, v.Transfer}}
	if layer := baseLayer(v); s.transfer == "" && layer != "" {
		s.transfer = layer
	}
	wide := s.hdr() || strings.HasPrefix(s.matrix, "bt2020") || s.primaries == "bt2020"
	switch _, known := otherMatrices[s.matrix]; {
	case s.rgb:
		s.matrix = "bt2020nc"
	case known || plainMatrices[s.matrix] != "" || slices.Contains(rareMatrices, s.matrix):
	case wide:
		s.matrix = "bt2020nc"
	case v.Codec == "vp8":
		s.matrix = bt601.matrix // which its headers mean (RFC 6386, 9.2)
	default:
		s.matrix = matrixOf(v.Coded)
	}
	if !slices.Contains(plainPrimaries, s.primaries) && !slices.Contains(otherPrimaries, s.primaries) {
		s.primaries = s.likelyPrimaries(v, wide)
	}
	if !s.hdr() && s.transfer != linear && !slices.Contains(plainTransfers, s.transfer) {
		s.transfer = s.likelyTransfer()
	}
	return s.consistent()
}

// consistent settles what zscale refuses: two matrices that are defined for one transfer
// function or two, and one of them for the primaries of BT.2020 alone.
func (s sourceColours) consistent() sourceColours {
	switch {
	case s.matrix == "ictcp" && s.hdr():
		s.primaries = "bt2020"
	case s.matrix == "ictcp", s.matrix == "bt2020c" && s.transfer != bt709.transfer && s.transfer != bt601.transfer:
		s.matrix = "bt2020nc"
	}
	return s
}

// likelyPrimaries are those that players assume: television's of the time before HD for
// frames of its heights, if they are not from computers or cameras, which write RGB
// or a full range; else those of HD, or of the wide colours that the other tags tell.
func (s sourceColours) likelyPrimaries(v media.VideoStream, wide bool) string {
	old := !s.rgb && v.Range != "pc" && plainMatrices[s.matrix] == plainMatrices[bt601.matrix] &&
		matrixOf(v.Coded) == bt601.matrix
	switch h := v.Coded.Height; {
	case wide:
		return "bt2020"
	case old && h == 576:
		return "bt470bg"
	case old && (h == 480 || h == 486):
		return bt601.primaries
	}
	return bt709.primaries
}

// likelyTransfer is the function of SDR video with the primaries.
func (s sourceColours) likelyTransfer() string {
	if s.primaries == "smpte170m" || s.primaries == "bt470bg" {
		return bt601.transfer
	}
	return bt709.transfer
}

// hdr reports whether the transfer is PQ or HLG.
func (s sourceColours) hdr() bool { return s.transfer == pq || s.transfer == hlg }

// special reports whether only zscale can convert the colours.
func (s sourceColours) special() bool {
	return s.hdr() || s.transfer == linear || slices.Contains(otherPrimaries, s.primaries) ||
		slices.Contains(rareMatrices, s.matrix)
}

// plain reports whether every player knows the colours, in YUV.
func (s sourceColours) plain() bool {
	return !s.rgb && !s.special() && plainMatrices[s.matrix] != ""
}

// convertible reports whether what is installed can make the usual colours of these.
func (s sourceColours) convertible(caps media.Caps) bool {
	return !s.special() || caps.Filters["zscale"] && (caps.Filters["tonemap"] || !s.hdr())
}

// result is what the colours of an output v are that is made of these. The matrix of
// RGB, and of what players may not know, is the one that they assume for the size of
// the output. Some codecs have but one.
func (s sourceColours) result(caps media.Caps, v Video) colours {
	result := s.colours
	switch {
	case s.plain() && v.Conversion == transcode.ConvertTo601:
		result = bt601
	case s.plain() && v.Conversion == transcode.ConvertTo709:
		result = bt709
	case s.plain() || !s.convertible(caps):
	case v.Conversion == transcode.ConvertTo601:
		result = s.sdr(bt601.matrix)
	case v.Conversion == transcode.ConvertTo709 || s.special():
		result = s.sdr(bt709.matrix)
	default:
		result = s.sdr(matrixOf(v.Size))
	}
	if only := videoCodecs[v.Codec].matrix; only != "" {
		result.matrix = only
	}
	return result
}

// sdr are these colours with another matrix, and the usual others where zscale
// converts them.
func (s sourceColours) sdr(matrix string) colours {
	if s.special() {
		return colours{matrix, bt709.primaries, bt709.transfer}
	}
	return colours{matrix, s.primaries, s.transfer}
}
