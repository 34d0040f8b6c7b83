package plan

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Frames that refer to later ones are decoded in another order than they are shown,
// so that decoding begins earlier than showing, by a lead. Where two renditions of a
// playlist have different leads, decode times jump at every switch: all that have
// segments get the longest lead of their job.

// decideLeads gives all outputs with video and segments the longest lead.
func decideLeads(all []rendition, speed string) {
	var longest media.Rational
	segmented := func(r rendition) bool { return r.Video != nil && r.segment > 0 }
	for i := range all {
		if r := &all[i]; segmented(*r) {
			r.video.reordered = r.video.encoder.reordered(speed)
			longest = larger(longest, whole(r.video.reordered).Div(r.Video.FrameRate))
		}
	}
	for i := range all {
		if segmented(all[i]) {
			all[i].Lead = longest
		}
	}
}

// frameTicks is how long a frame is in the time base of the packets, which a filter of
// these is not told: the distance of decode times.
const frameTicks = `if(gt(NEXT_DTS\,DTS)\,NEXT_DTS-DTS\,if(N\,DTS-PREV_INDTS))`

// leadArgs make the frames of an output in fragments have the lead, in whole frames. They
// belong to the stream that an encoder makes: this filter keeps a packet back, which the
// muxer that hands packets on to several files never asks for.
func leadArgs(r *rendition) []string {
	n := r.LeadFrames()
	if n == 0 || r.container != transcode.FMP4 || r.smooth || r.List != "" {
		return nil
	}
	return []string{"-bsf:v", fmt.Sprintf("setts=pts=PTS:dts=DTS-STARTDTS+STARTPTS-%d*%s", n, frameTicks)}
}

// preloadArgs put audio into the fragment of the frames that are shown with it: a
// fragment ends where the next keyframe is decoded, a lead of so many frames before it
// is shown, and audio has to be written by that earlier.
func preloadArgs(r *rendition, frames int) []string {
	if r.audio == nil || frames == 0 {
		return nil
	}
	return []string{"-audio_preload", microseconds(framesLength(frames, r.Video.FrameRate))}
}
