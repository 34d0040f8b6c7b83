package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// lacking is the failure of an output whose encoder is not installed.
func lacking(encoder string) *transcode.Failure {
	return transcode.Internal(fmt.Sprintf("The installed ffmpeg has no %s encoder.", encoder))
}

// kilobits is a bit rate, or a number of bits, as ffmpeg reads it.
func kilobits(r media.BitRate) string { return strconv.Itoa(int(r)) + "k" }
