package ffmpeg

import (
	"strings"
	"syscall"

	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// sign is a sort of message that says why a run failed. When several were
// seen, the first in this order decides.
type sign int

const (
	noSign sign = iota
	notStarted
	diskFull
	manyStreams
	noMemory
	stillImage
	forbidden
	tooLarge
	noCodec
	noStream
	notMedia
	badOutput
	changed
	emptyOutput
	damaged
	unopened
	encrypted
	changedFrame
	damagedFrame
)

// signs tells the sort of a message by a part of its text. No version says of one
// thing what another says of something else, so that one table serves all: first what
// ffmpeg 5.1 to 9.0 say alike, then what only some do.
var signs = []struct {
	text string
	sign sign
}{
	{"No space left on device", diskFull},
	{"Disk quota exceeded", diskFull},
	{"exceeds max_streams parameter", manyStreams},
	{"Cannot allocate memory", noMemory},
	{"not on whitelist", forbidden},
	{"Unsafe file name", forbidden},
	{"exceeds specified max pixel count", tooLarge},
	{"Cannot determine format of input ", noCodec},
	{"matches no streams", noStream},
	{"moov atom not found", notMedia},
	{"EBML number", notMedia},
	{"EBML header parsing failed", notMedia},
	{"rror reading header", notMedia},
	{"Error while opening encoder", badOutput},
	{"Could not write header ", badOutput},
	{"Error writing trailer", badOutput},
	{"Error muxing a packet", badOutput},
	{"Error submitting a packet to the muxer", badOutput},
	{"Unknown encoder", badOutput},
	{"Error reinitializing filters", changed},
	{"partial file", damaged},
	{"ended prematurely", damaged},
	{"Changing video frame properties on the fly", changedFrame},
	{"Changing audio frame properties on the fly", changedFrame},
	{"corrupt decoded frame", damagedFrame},
	{"DRM protected stream detected", encrypted},

	// 5.1 and 6.
	{"Decoder (codec ", noCodec},
	{"Error initializing output stream", badOutput},
	{"av_interleaved_write_frame()", badOutput},
	{"Video encoding failed", badOutput},
	{"Audio encoding failed", badOutput},
	{"[fatal] Empty output", emptyOutput},

	// From 7 on. An encoder that was never given anything is what follows from
	// almost everything else that goes wrong.
	{"pthread_create() failed", noMemory},
	{"no decoder found for", noCodec},
	{"Error encoding a frame", badOutput},
	{"Error submitting video frame to the encoder", badOutput},
	{"Error submitting audio frame to the encoder", badOutput},
	{"Error applying encoder options", badOutput},
	{"[fatal] Output file is empty", emptyOutput},
	{"Could not open encoder before EOF", unopened},
}

// signOf tells the sort of one line.
func signOf(line string) sign {
	for _, s := range signs {
		if strings.Contains(line, s.text) {
			if s.sign == forbidden && imageReader(line) {
				return stillImage
			}
			return s.sign
		}
	}
	switch {
	case strings.HasPrefix(line, "bwrap: "), strings.HasPrefix(line, "prlimit: "):
		return notStarted
	case !strings.HasPrefix(line, "[error] file:") && !strings.Contains(line, openingInput):
		return noSign
	case strings.HasSuffix(line, ": Invalid data found when processing input"):
		return notMedia
	case strings.HasSuffix(line, ": Permission denied"), strings.HasSuffix(line, ": No such file or directory"):
		return notStarted
	}
	return noSign
}

// openingInput begins what ffmpeg says from 7 on about an input that it can't open.
const openingInput = "Error opening input: "

// imageReader reports whether a line is of ffmpeg's reader of still pictures.
func imageReader(line string) bool {
	return strings.HasPrefix(line, "[image2 ") || strings.Contains(line, "_pipe @ ")
}

// firstSign is the deciding message.
func firstSign(t *tail) (sign, string) {
	for s := notStarted; s <= unopened; s++ {
		if text, ok := t.said(s); ok {
			return s, text
		}
	}
	return noSign, ""
}

const (
	// tooManyDecodeErrors is ffmpeg's exit status when more than two thirds of
	// the input could not be decoded.
	tooManyDecodeErrors = 69
	// stoppedBySignal is its exit status after a signal that it heeds, the one
	// of the limit on processor time included.
	stoppedBySignal = 255
)

// statusSign tells why ffmpeg failed by its exit status, which from 7 on is the number
// of the error in two's complement. 5.1 has none of these.
func statusSign(code int) sign {
	switch syscall.Errno(256 - code) {
	case syscall.ENOSPC:
		return diskFull
	case syscall.ENOMEM:
		return noMemory
	}
	return noSign
}

// classify turns the end of a failed step into what the worker needs to know.
func classify(e exit, t *tail) *plan.RunError {
	f := &plan.RunError{ExitCode: e.code, Tail: t.all(), Reason: t.lastError()}
	if e.signal != 0 {
		f.Signal = e.signal.String()
		f.Reason = signalReason(e.signal)
	}
	if e.code == stoppedBySignal {
		f.Reason = "it was stopped by a signal or by the limit on processor time"
	}
	s, text := firstSign(t)
	if byStatus := statusSign(e.code); byStatus != noSign && (s == noSign || byStatus < s) {
		s, text = byStatus, ""
	}
	switch s {
	case notStarted:
		f.Reason = text
		return f
	case diskFull:
		f.Reason, f.DiskFull = "no space is left on the disk", true
		return f
	case noMemory:
		f.Reason = "it ran out of memory"
		return f
	case badOutput:
		f.Reason, f.RetryAlone = text, true
		return f
	case emptyOutput, changed, unopened:
		f.RetryAlone = true
	}
	if e.signal != 0 {
		return f
	}
	f.Failure, f.Undecoded = failureOf(s, text), s == emptyOutput && !t.faulty()
	if e.code == tooManyDecodeErrors && (f.Failure == nil || s == emptyOutput) {
		f.Failure = transcode.DamagedInput("most of it can't be decoded")
	}
	if text != "" {
		f.Reason = text
	}
	return f
}

// failureOf is what a client may read about a message; nil when the fault is ours.
func failureOf(s sign, text string) *transcode.Failure {
	switch s {
	case manyStreams:
		return transcode.BadInput("it holds more streams than are read")
	case stillImage:
		return transcode.BadInput("it is a still picture")
	case forbidden:
		return transcode.BadInput("it is not media, but names other files or addresses, which are not read")
	case tooLarge:
		return transcode.LargeFrame("Pictures of more than 8192 x 4320 pixels are never read.")
	case noCodec:
		return transcode.UnsupportedCodec("a stream that can't be decoded")
	case noStream:
		return transcode.Mismatch("the preset asks for video or audio that the input does not have")
	case notMedia:
		return transcode.BadInput(text)
	case emptyOutput:
		f := transcode.StartAfterEnd("", "")
		f.Advice = "Nothing of the input was left to encode."
		return f
	case changed:
		return transcode.DamagedInput("its pictures or sound turn into something that can't be converted")
	case damaged:
		return transcode.DamagedInput("it ends too early")
	}
	return nil
}

// signalReason explains a signal that we did not send.
func signalReason(s syscall.Signal) string {
	switch s {
	case syscall.SIGXFSZ:
		return "a file grew beyond the limit"
	case syscall.SIGXCPU:
		return "it used more processor time than it may"
	case syscall.SIGKILL:
		return "it was killed, perhaps because memory ran out"
	}
	return "it was ended by a signal (" + s.String() + ")"
}
