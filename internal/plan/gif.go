package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// gifCodec is what a gif can do. Players keep rates up to 50: the delay between frames is a
// whole number of hundredths of a second, and many take one hundredth for ten. The filter
// paletteuse makes pal8 of the pixel format.
var gifCodec = videoCodec{
	encoder:     "gif",
	probed:      "gif",
	highestRate: media.Rational{Num: 50, Den: 1},
	pixelFormat: fixedFormat("rgb24"),
	settle:      newGIF,
}

// gif is an animation with every choice made. It has no bit rate to hold.
type gif struct {
	videoScene
	// loops is how often it plays again; -1 is without end.
	loops int
	// held is what the frames need, in bytes, that wait for their palette; 0 for two passes.
	held int64
}

// mostHeld bounds, in bytes, the frames that wait for their palette.
const mostHeld = 512 << 20

// newGIF chooses how the colours are found. The palette is known at the end: in one pass
// every frame waits for it in memory, and where these are too many, or nobody knows how
// many, the source is decoded twice.
func newGIF(spec transcode.VideoSpec, s videoScene) videoEncoder {
	const bytesPerPixel = 3
	g := gif{videoScene: s, loops: spec.Loops}
	held := int64(s.length.Seconds()*s.rate.Float()+1) * pixels(s.size) * bytesPerPixel
	if s.length > 0 && held <= mostHeld {
		g.held = held
	}
	return g
}

func (g gif) palette() paletteMode {
	if g.held > 0 {
		return paletteInOnePass
	}
	return paletteInTwoPasses
}

func (g gif) threads(int) int { return 1 }

func (g gif) alone() bool { return true }

func (g gif) effort(string) float64 { return 80 }

// memory is measured, and the same for both passes: 38 MB and 54 bytes a pixel.
func (g gif) memory(string, int) int64 { return 50<<20 + pixels(g.size)*60 + g.held }

// expect leaves the pixel format open: ffprobe's says nothing of use.
func (g gif) expect(v *Video) { v.probed, v.pixelFormat = gifCodec.probed, "" }

// args: the muxer's 0 is without end, its -1 leaves the block with the count out.
func (g gif) args(string, int) []string {
	count := g.loops
	switch g.loops {
	case -1:
		count = 0
	case 0:
		count = -1
	}
	return []string{"-c:v", gifCodec.encoder, "-loop", strconv.Itoa(count)}
}
