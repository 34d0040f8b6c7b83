package plan

import (
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// deinterlace makes a frame of each pair of fields, or of each field where the
// output is interlaced again, since its fields are of different times. "auto"
// trusts the flags, first of the stream and then of each frame.
func deinterlace(v media.VideoStream, interlaced string, output transcode.Scan) string {
	mode := "send_frame"
	if output.Interlaced() {
		mode = "send_field"
	}
	switch {
	case interlaced == "true":
		return "bwdif=mode=" + mode + ":deint=all"
	case interlaced != "false" && v.Interlaced():
		return "bwdif=mode=" + mode + ":deint=interlaced"
	}
	return ""
}

// times is how many instants a frame of a scan shows.
func times(s transcode.Scan) int {
	if s.Interlaced() {
		return 2
	}
	return 1
}

// interlace makes one frame of two, and marks it with the field that is shown
// first, which the encoders go by; the filter takes out the detail that would flicker.
// "" for a progressive output.
func interlace(s transcode.Scan) string {
	switch s {
	case transcode.TopFirst:
		return "interlace=scan=tff:lowpass=linear"
	case transcode.BottomFirst:
		return "interlace=scan=bff:lowpass=linear"
	}
	return ""
}

// fieldMark says, as an option of the filter setparams, which field is shown first,
// where the marks of interlace are lost.
func fieldMark(s transcode.Scan) []string {
	switch s {
	case transcode.TopFirst:
		return []string{"field_mode=tff"}
	case transcode.BottomFirst:
		return []string{"field_mode=bff"}
	}
	return nil
}
