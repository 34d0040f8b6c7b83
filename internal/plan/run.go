package plan

import (
	"errors"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Progress is where a running step stands.
type Progress struct {
	// OutTime is how far the furthest stream of the step has been written; it
	// never goes back.
	OutTime time.Duration
	// Speed is seconds of media per second of time; 0 when not known.
	Speed float64
	// Frames counts the frames of the first video output so far.
	Frames int64
	// Done is set with ffmpeg's own word that it has ended.
	Done bool
	// DamagedFrames counts, in the last report, the frames of the inputs that were damaged,
	// or made up for what was missing.
	DamagedFrames int64
}

// ErrUnready reports that programs can't be run here, or not confined as they must be: ffmpeg
// or its sandbox is missing, broken, or not permitted any more. No job is to blame.
var ErrUnready = errors.New("ffmpeg can't be run")

// RunError is a step that did not come to its end.
type RunError struct {
	// ExitCode is ffmpeg's; -1 when it was killed by Signal.
	ExitCode int
	Signal   string
	// Reason is one sentence without machine paths.
	Reason string
	// Tail holds the last lines of ffmpeg's messages, oldest first.
	Tail []string
	// Failure is what the client may read; nil when the fault is ours.
	Failure *transcode.Failure
	// Undecoded reports that nothing came out of the decoder, which said nothing against the
	// input: it can't decode it.
	Undecoded bool
	// Changed reports that frames of an input change midway, in size, format, channels or
	// sample rate, so that no graph can take them all (see [Even]).
	Changed bool
	// RetryAlone reports that one output may be the cause (an encoder that can't
	// open, a muxer): each output of the step is worth a run of its own.
	RetryAlone bool
	// DiskFull reports that no room was left for the results, of which there were so many
	// bytes.
	DiskFull     bool
	WrittenBytes int64
}

func (e *RunError) Error() string { return fmt.Sprintf("ffmpeg: %s", e.Reason) }

// Unwrap gives the failure, if there is one.
func (e *RunError) Unwrap() error {
	if e.Failure == nil {
		return nil
	}
	return e.Failure
}
