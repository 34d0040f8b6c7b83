package plan

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

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
	if v.DolbyVision == 5 || v.DolbyVision >= 10 && v.Compatible == 0 {
		return transcode.UnsupportedCodec(fmt.Sprintf(
			"Dolby Vision of profile %d, without a picture that other decoders can show", v.DolbyVision))
	}
	return nil
}
