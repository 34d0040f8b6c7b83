package ffmpeg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/transcode"
)

func TestTail(t *testing.T) {
	t.Parallel()
	var tl tail
	for i := range 100 {
		fmt.Fprintf(&tl, "line %d\r\n\n", i)
	}
	fmt.Fprint(&tl, strings.Repeat("y", 10*lineBytes), "\n[error] last \x1b[31mwords\xff in /var/lib/x/in0")
	got := tl.all()
	if len(got) != tailLines || got[0] != "line 62" || len(got[tailLines-2]) != lineBytes ||
		got[tailLines-1] != "[error] last [31mwords in in0" {
		t.Errorf("%d lines: %q", len(got), got)
	}
	if got := tl.lastError(); got != "last [31mwords in in0" {
		t.Errorf("last error %q", got)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	type meaning struct {
		Sign    sign
		Message string
	}
	for line, want := range map[string]meaning{
		"[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5635620c8440] [error] moov atom not found": {notMedia,
			"moov atom not found"},
		"[error] file:in0: Invalid data found when processing input": {notMedia,
			"Invalid data found when processing input"},
		"[error] Error while decoding stream #0:0: Invalid data found when processing input": {noSign,
			"Error while decoding stream #0:0: Invalid data found when processing input"},
		"[concat @ 0x560479009440] [error] Format not on whitelist 'mov,mp4'": {forbidden,
			"Format not on whitelist 'mov,mp4'"},
		"[png_pipe @ 0x560e398c9440] [error] Format not on whitelist 'mov,mp4'": {stillImage,
			"Format not on whitelist 'mov,mp4'"},
		"[image2 @ 0x5626af845440] [error] Format not on whitelist 'mov,mp4'": {stillImage,
			"Format not on whitelist 'mov,mp4'"},
		"[http @ 0x5626af845440] [error] Protocol 'http' not on whitelist 'file'!": {forbidden,
			"Protocol 'http' not on whitelist 'file'!"},
		"[h264 @ 0x5] [IMGUTILS @ 0x7] [error] Picture size 5056x3000 exceeds specified max pixel count 12582912, " +
			"see the documentation if you wish to increase it": {
			tooLarge, "Picture size 5056x3000 exceeds specified max pixel count 12582912, see the documentation if " +
				"you wish to increase it"},
		"[error] Decoder (codec none) not found for input stream #0:0": {noCodec,
			"Decoder (codec none) not found for input stream #0:0"},
		"[error] av_interleaved_write_frame(): No space left on device": {diskFull,
			"av_interleaved_write_frame(): No space left on device"},
		"[error] Error writing trailer of /scratch/w-1/o1.ts: No space left on device": {diskFull,
			"Error writing trailer of o1.ts: No space left on device"},
		"[fatal] Error initializing output stream 1:0 -- Error while opening encoder for output": {badOutput,
			"Error initializing output stream 1:0 -- Error while opening encoder for output"},
		"[fatal] Stream map '0:v:0' matches no streams.": {noStream,
			"Stream map '0:v:0' matches no streams."},
		"[fatal] Empty output": {emptyOutput, "Empty output"},
		"[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55] [error] stream 0, offset 0x30: partial file": {damaged,
			"stream 0, offset 0x30: partial file"},
		"[matroska,webm @ 0x55] [warning] File ended prematurely at pos. 5": {damaged,
			"File ended prematurely at pos. 5"},
		"[error] file:/.reelastic-step/in0: No such file or directory": {notStarted,
			"No such file or directory"},
		"bwrap: Can't find source path /var/x/in0: No such file or directory": {notStarted,
			"bwrap: Can't find source path in0: No such file or directory"},
		// From 7 on.
		"[in#0 @ 0x558bc34e4b40] [error] Error opening input: Invalid data found when processing input": {notMedia,
			"Invalid data found when processing input"},
		"[in#0 @ 0x558bc34e4b40] [error] Error opening input: No such file or directory": {notStarted,
			"No such file or directory"},
		"[error] Error opening input file file:in0.": {noSign,
			"Error opening input file file:in0."},
		"[out#0/mp4 @ 0x5] [fatal] Output file is empty, nothing was encoded": {emptyOutput,
			"Output file is empty, nothing was encoded"},
		"[out#0/mp4 @ 0x5] [warning] Output file is empty, nothing was encoded": {noSign,
			"Output file is empty, nothing was encoded"},
		"[vost#0:0/libx264 @ 0x5] [enc:libx264 @ 0x7] [error] Could not open encoder before EOF": {unopened,
			"Could not open encoder before EOF"},
		"[out#0/flv @ 0x5] [error] Could not write header (incorrect codec parameters ?): Invalid argument": {badOutput,
			"Could not write header (incorrect codec parameters ?): Invalid argument"},
		"[fc#0 @ 0x5] [error] Cannot determine format of input 0:0 after EOF": {noCodec,
			"Cannot determine format of input 0:0 after EOF"},
		"[vist#0:0 @ 0x5] [fatal] Decoding requested, but no decoder found for: none": {noCodec,
			"Decoding requested, but no decoder found for: none"},
		"[vost#0:0 @ 0x5] [error] Error submitting a packet to the muxer: No space left on device": {diskFull,
			"Error submitting a packet to the muxer: No space left on device"},
		"[dec:wrapped_avframe @ 0x5] [error] pthread_create() failed: Resource temporarily unavailable": {noMemory,
			"pthread_create() failed: Resource temporarily unavailable"},
		"[vf#0:0 @ 0x5] [error] Task finished with error code: -22 (Invalid argument)": {noSign,
			"Task finished with error code: -22 (Invalid argument)"},
		"30000/1001 and a/b/c stay":      {noSign, "30000/1001 and a/b/c stay"},
		`open "/home/me/x y.mp4" failed`: {noSign, `open "x y.mp4" failed`},
	} {
		var tl tail
		fmt.Fprintln(&tl, line)
		got := meaning{signOf(line), message(line)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

// TestTheDecidingMessage: what stands first in the order of signs decides, not
// what was said first.
func TestTheDecidingMessage(t *testing.T) {
	t.Parallel()
	var tl tail
	fmt.Fprintln(&tl, "[error] Error writing trailer of o1.ts: Input/output error")
	fmt.Fprintln(&tl, "[error] av_interleaved_write_frame(): No space left on device")
	failed := classify(exit{code: 1}, &tl)
	if failed.RetryAlone || failed.Reason != "no space is left on the disk" {
		t.Errorf("%+v", failed)
	}
}

// TestTheNumberOfTheError: from 7 on ffmpeg ends with the number of its error, which
// decides where no message does.
func TestTheNumberOfTheError(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{228: "no space is left on the disk", 244: "it ran out of memory",
		234: "the last real word"} {
		var tl tail
		fmt.Fprintln(&tl, "[vf#0:0 @ 0x5] [error] the last real word")
		fmt.Fprintln(&tl, "[vf#0:0 @ 0x5] [error] Task finished with error code: -22 (Invalid argument)")
		if failed := classify(exit{code: code}, &tl); failed.Reason != want || failed.Failure != nil {
			t.Errorf("%d: %+v", code, failed)
		}
	}
	var tl tail
	fmt.Fprintln(&tl, "[out#0/mp4 @ 0x5] [fatal] Output file is empty, nothing was encoded")
	if failed := classify(exit{code: tooManyDecodeErrors}, &tl); failed.Failure == nil ||
		failed.Failure.Code != transcode.CodeDamagedInput {
		t.Errorf("nothing could be decoded: %+v", failed)
	}
}
