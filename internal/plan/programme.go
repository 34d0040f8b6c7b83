package plan

import (
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// monoTracks are the one-channel tracks that together are the programme: all
// audio streams, at most eight, when each of them has one channel (API model,
// AudioPackingMode: two tracks with one channel each make one stereo track).
func monoTracks(p media.Probe, main media.AudioStream) []media.AudioStream {
	for _, a := range p.Audio {
		if a.Channels != 1 {
			return []media.AudioStream{main}
		}
	}
	return p.Audio[:min(len(p.Audio), maxChannels)]
}

// audioEnd is when the last of the tracks that make up the main audio ends.
func audioEnd(p media.Probe) (end time.Duration) {
	main, ok := p.MainAudio()
	if !ok {
		return 0
	}
	for _, a := range monoTracks(p, main) {
		if a.Duration > 0 {
			end = max(end, a.Start+a.Duration-p.Origin())
		}
	}
	return end
}

// maxChannels is how many channels of a source are used at the most.
const maxChannels = 8

// layouts are the channel layouts by channel count: those that Vorbis, FLAC
// and WAVE files have for it, but with AAC's layout of four.
var layouts = [...]string{1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

// squareLayout is the layout in which codecs get so many channels, AAC excepted: four
// of them stand in the corners of a square.
func squareLayout(channels int) string {
	if channels == 4 {
		return "quad"
	}
	return layouts[channels]
}
