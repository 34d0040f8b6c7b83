package plan

import (
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

const (
	// mostApart is how far the beginnings of two streams may be from each other: the longest
	// priming of an encoder (HE-AACv2, 7106 samples at 48 kHz), which transport streams can't
	// leave out.
	mostApart = 170 * time.Millisecond
	// blocks is what the last blocks of an encoder may add to audio.
	blocks = 400 * time.Millisecond
	// listOff is how far the sum of a list may be from what it lists.
	listOff = 100 * time.Millisecond
	// missing is by how many frames fewer than fill its time video has a hole. Containers round
	// times to less than half a frame.
	missing = 0.75
)

// checkExtents refuses what is too much: frames, audio, blocks of audio that lie over each
// other, a list that does not sum up to its media, streams that begin apart; and frames that
// are missing between the first and the last.
func checkExtents(out Output, got media.Inspection) *transcode.Failure {
	if f := checkFrames(out.Video, got); f != nil {
		return f
	}
	for _, track := range got.Audio {
		if f := checkTrackExtent(out, got, track); f != nil {
			return f
		}
	}
	listed := got.AudioDuration()
	if out.Video != nil {
		listed = got.VideoDuration
	}
	if off := got.ListDuration - listed; got.ListDuration > 0 && off.Abs() > listOff {
		return different(fmt.Sprintf("a list of %s", rounded(got.ListDuration)), rounded(listed))
	}
	return nil
}

// checkFrames compares the number of frames with what was meant, and with what fills their time.
func checkFrames(v *Video, got media.Inspection) *transcode.Failure {
	if v == nil {
		return nil
	}
	if v.Frames > 0 && got.VideoFrames > v.Frames {
		return different(fmt.Sprintf("%d frames", got.VideoFrames), fmt.Sprint(v.Frames))
	}
	filled := got.VideoDuration.Seconds() * v.FrameRate.Float()
	if filled-float64(got.VideoFrames) > missing {
		return different(fmt.Sprintf("%d frames within %s", got.VideoFrames, rounded(got.VideoDuration)),
			fmt.Sprintf("%.0f", filled))
	}
	return nil
}

func checkTrackExtent(out Output, got media.Inspection, track media.Track) *transcode.Failure {
	if track.Covered > track.Duration+track.Duration/100+blocks {
		covered := fmt.Sprintf("%s of audio within %s", rounded(track.Covered), rounded(track.Duration))
		return different(covered, "each moment once")
	}
	if want := out.Audio.Duration; want > 0 && track.Duration > want+blocks {
		return different(rounded(track.Duration)+" of audio", rounded(want))
	}
	if off := track.Start - got.VideoStart; out.Video != nil && off.Abs() > mostApart {
		return different(fmt.Sprintf("audio that begins %s after the video", rounded(off)), "the same beginning")
	}
	return nil
}
