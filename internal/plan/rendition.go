package plan

import (
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// rendition is an output with every choice made: the facts that others see and
// what is needed to write its arguments. It is plain data, which [decide] fills in.
type rendition struct {
	Output
	container transcode.Container
	// segment is how long a segment is, 0 for none; segmentSeconds the same in seconds, "" for
	// none.
	segment        time.Duration
	segmentSeconds string
	// smooth reports that segments are fragments for Smooth Streaming.
	smooth bool
	// pieces are what is shown, one of each input.
	pieces []piece
	// video and audio are nil without.
	video *videoTrack
	audio *audioTrack
	// artwork stands beside the audio; artworkApart tells that the input's own comes from
	// the source, where the sources' files have none.
	artwork      []artwork
	artworkApart bool
	// captions are the tracks of mov-text.
	captions []CaptionTrack
}

// number is the output's in names of files and labels, from 1.
func (r *rendition) number() int { return r.Index + 1 }

// reading names what is read of the inputs: renditions of the same can share a run.
func (r *rendition) reading() string {
	var all []excerpt
	for _, p := range r.pieces {
		all = append(all, p.excerpt)
	}
	return fmt.Sprint(all)
}

// threads is how many threads the output can use.
func (r *rendition) threads(most int) int {
	if r.video == nil {
		return 1
	}
	return r.video.encoder.threads(most)
}

// prepared reports whether something must be made before the output can be written.
func (r *rendition) prepared() bool {
	return r.preparesAudio() || r.preparesPalette()
}

func (r *rendition) preparesAudio() bool { return r.audio != nil && r.audio.encoder.external() != nil }

func (r *rendition) preparesPalette() bool { return r.video != nil && r.video.passes() > 1 }

// frameStreams counts the video, the series of thumbnails and the artwork.
func (r *rendition) frameStreams() int {
	n := len(r.artwork)
	if r.Video != nil {
		n++
	}
	if r.Thumbnails != nil {
		n++
	}
	return n
}
