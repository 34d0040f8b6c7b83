package plan

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
)

// filesArgs are the arguments of all files of a run, after those of the graph. Each encoder has
// so many threads.
func filesArgs(renditions []rendition, at []placement, e encodings, speed string, threads []int) (args []string) {
	for _, places := range e.files() {
		if first := places[0]; len(places) == 1 {
			args = append(args, fileArgs(&renditions[first], at[first], speed, threads[first])...)
		} else {
			args = append(args, teeArgs(renditions, places, e, speed, threads)...)
		}
		for _, i := range places {
			args = append(args, thumbnailArgs(&renditions[i])...)
		}
	}
	return args
}

// fileArgs are the arguments of a rendition's media file.
func fileArgs(r *rendition, at placement, speed string, threads int) []string {
	args := streamMaps(r, at)
	for i, a := range r.artwork {
		args = append(args, a.args(i)...)
	}
	if r.Video != nil {
		args = append(args, videoArgs(r, speed, threads)...)
	}
	if r.audio != nil {
		args = append(args, r.audio.encoder.args()...)
	}
	args = append(args, bareArgs...)
	return append(args, muxArgs(r)...)
}

// videoArgs are the arguments of a rendition's stream of video.
func videoArgs(r *rendition, speed string, threads int) []string {
	return append(r.video.encoder.args(speed, threads), leadArgs(r)...)
}

// thumbnailArgs are the arguments of a rendition's thumbnails.
func thumbnailArgs(r *rendition) []string {
	if r.Thumbnails == nil {
		return nil
	}
	return append([]string{"-map", bracket(thumbnailLabel(r))}, r.Thumbnails.args()...)
}

// streamMaps are the streams of the media file, with what is said of its captions.
func streamMaps(r *rendition, at placement) (args []string) {
	if r.Video != nil {
		args = append(args, "-map", bracket(videoLabel(r)))
	}
	if r.audio != nil {
		args = append(args, r.audio.maps(r.number(), at.audio)...)
	}
	args = append(args, captionArgs(r, at.captions)...)
	for i, a := range r.artwork {
		from := fmt.Sprintf("%d:%d", at.source, a.stream)
		if a.made() {
			from = bracket(artworkLabel(r, i))
		}
		args = append(args, "-map", from)
	}
	return args
}

// captionArgs map the tracks of mov-text, which are inputs from first on. The label becomes
// the handler's name, which players show; the muxer keeps no title.
func captionArgs(r *rendition, first int) (args []string) {
	if len(r.captions) == 0 {
		return nil
	}
	for i := range r.captions {
		args = append(args, "-map", fmt.Sprintf("%d:0", first+i))
	}
	for i, t := range r.captions {
		stream := fmt.Sprintf("-metadata:s:s:%d", i)
		args = append(args, stream, "language="+media.Alpha3(t.Language))
		if t.Label != "" {
			args = append(args, stream, "handler_name="+t.Label)
		}
	}
	args = append(args, "-c:s", "mov_text")
	if r.Video != nil { // else the track would have no room for a letter
		args = append(args, "-s:s", r.Video.Size.String())
	}
	return args
}
