package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
)

// mostTrackBytes ends a track whose text is longer than any reader takes: the sample table
// of a small file can name the same bytes over and over.
const mostTrackBytes = 16<<20 + 1

// CaptionStep copies the tracks of mov-text of input in into SRT files, each named
// by [CaptionFile]. A track without a word leaves no file. A track that can't be
// read fails the step.
func CaptionStep(probe media.Probe, in int) Step {
	args := append(SafetyArgs(), "-xerror", "-f", probe.Demuxer, "-i", fmt.Sprintf("file:in%d", in))
	for _, track := range probe.Captions {
		args = append(args, "-map", fmt.Sprintf("0:%d", track.Index), "-c:s", "srt",
			"-fs", strconv.Itoa(mostTrackBytes), "-f", "srt", CaptionFile(in, track))
	}
	return Step{Name: fmt.Sprintf("captions-%d", in+1), Threads: 1, MemoryBytes: 100 << 20, Share: 1,
		Duration: probe.Duration, Args: args}
}

// CaptionFile is where [CaptionStep] writes a track of input in.
func CaptionFile(in int, track media.CaptionStream) string {
	return fmt.Sprintf("e%d_%d.srt", in, track.Index)
}
