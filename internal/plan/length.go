package plan

import (
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// streamFormats are demuxers of bare streams, which state no length: where it was not
// measured it is computed from the size and the first bit rate seen, and may be many times
// too long.
var streamFormats = []string{"mp3", "aac", "ac3", "eac3", "amr"}

// bare reports whether an input is a bare stream.
func bare(p media.Probe) bool { return slices.Contains(streamFormats, p.Demuxer) }

// outlasting is how much longer than video audio is at the least for its last frame to be
// held: more than the last block of an encoder adds.
const outlasting = 100 * time.Millisecond

// composition is which streams of an input an output shows.
type composition struct {
	video, audio bool
	// listed reports that the output is in a playlist, whose outputs are equally long.
	listed bool
}

func compositionOf(p media.Probe, spec transcode.OutputSpec) composition {
	return composition{
		video:  spec.Preset.Video != nil && len(p.Video) > 0,
		audio:  spec.Preset.Audio != nil && spec.Preset.Audio.Channels != 0 && len(p.Audio) > 0,
		listed: len(spec.Formats) > 0,
	}
}

// holds reports whether the last frame of an input stands until its audio ends.
func (c composition) holds(p media.Probe) bool {
	return c.video && (c.audio || c.listed) && p.Measured && audioEnd(p) > p.VideoEnd()+outlasting
}

// length is how long an input's part of the output is, counted from the origin; 0 when only
// an estimate tells.
func (c composition) length(p media.Probe) time.Duration {
	if !p.Measured && bare(p) {
		return 0
	}
	length := p.Duration
	switch video, audio := p.VideoEnd(), audioEnd(p); {
	case c.holds(p):
		length = audio
	case c.video && video > 0:
		length = video
	case !c.video && audio > 0 && (p.Measured || len(p.Video) == 0):
		length = audio
	}
	return length
}

// standsFor is from how many frame distances on a frame is taken to stand still: the frame
// that is shown at a time is then the one before it.
const standsFor = 3

// stands reports whether a clip that starts at a time of a source begins with a frame that
// is older: in a pause of a recording, or after the end of its video.
func stands(p media.Probe, start time.Duration) bool {
	v, ok := p.MainVideo()
	if !ok || !p.Measured || start <= v.Start-p.Origin() {
		return false
	}
	frame := 1 / max(v.FrameRate.Float(), v.BaseRate.Float())
	return start >= p.VideoEnd()-time.Millisecond || !v.Constant && v.LongestGap.Seconds() > standsFor*frame
}

// standingSeek is from where a source is read so that the frame that stands at a time is
// among what is read.
func standingSeek(p media.Probe, start time.Duration) time.Duration {
	v, _ := p.MainVideo()
	const roundings = 2 * time.Millisecond
	frame := time.Duration(float64(time.Second) / v.FrameRate.Float())
	return max(0, min(start, p.VideoEnd()-frame)-max(v.LongestGap, frame)-roundings)
}
