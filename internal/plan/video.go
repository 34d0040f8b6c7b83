package plan

import (
	"github.com/reelastic/reelastic/internal/media"
)

// videoTrack is the video of an output with every choice made: what others do not see of it.
type videoTrack struct {
	scene   videoScene
	encoder videoEncoder
	// rate is that of the frames before the finish.
	rate media.Rational
	// finish is the filter between the frames and the encoder; "" for none.
	finish string
	// pixelFormat is what frames have before the finish.
	pixelFormat string
	colours     colours
	// converted are the pixels of a frame that zscale converts, of the largest input.
	converted int64
	// reordered is how many frames ahead the frames of a segmented output are decoded.
	reordered int
	// ground is what makes the frames of a carrier fit; "" without.
	ground string
}

// passes is how often the frames of the source are decoded.
func (t *videoTrack) passes() int {
	if t.encoder.palette() == paletteInTwoPasses {
		return 2
	}
	return 1
}
